// `npm run prices`: builds the shipped price book from the pinned catalogue and the files that are kept by hand. The result is
// committed; it is the same on every machine and every day, so that a change of a price is a change that somebody reviewed.

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findProvider } from '@pydantic/genai-prices'
import { type CoverageEntry, coverage, coverageTable } from '#core/catalog/coverage.ts'
import { type Decision, disagreements, undecided } from '#core/catalog/disagreements.ts'
import { type CatalogueProvider, readCatalogue } from '#core/catalog/genai.ts'
import { buildBook } from '#core/catalog/shipped-book.ts'
import { compileBook, type PriceBook } from '#core/price-book.ts'
import type { PriceBookJson, PriceOverlayJson } from '#core/price-book-json.ts'

const HERE = fileURLToPath(new URL('./', import.meta.url))

export const BOOK_FILE = join(HERE, '2026-11.json')
export const DOCS_FILE = join(HERE, '../../docs/pricing.md')

/** Rises with every change of the files by hand or of the catalogue. */
const VERSION = '2026-11-24.2'

export const CATALOGUE = { version: '0.1.8', checked: '2026-09-23', providers: 43, models: 1_694 }

/**
 * The catalogue has these models too, under names with geographies in front (Bedrock) or with fees that depend on what a request
 * does not say.
 */
const BY_HAND_ALONE = new Set(['aws_bedrock'])

/** What a bucket costs where a rule has no rate for it. */
const BUCKET_FALLBACK = {
  reasoning: 'output',
  input_image: 'input',
  input_video: 'input',
  cache_read_image: 'cache_read',
  cache_write_1h: 'REFUSE',
  input_audio: 'REFUSE',
  output_audio: 'REFUSE',
  output_image: 'REFUSE',
}

/** The package gives providers one by one; their ids stand in its source alone. */
export function readPackage(): CatalogueProvider[] {
  const file = createRequire(import.meta.url).resolve('@pydantic/genai-prices')
  const ids = new Set(
    [...readFileSync(file, 'utf8').matchAll(/\bid: ?"([a-z0-9_-]+)"/g)].map(found => found[1]),
  )
  const providers = [...ids].flatMap((id): CatalogueProvider[] => {
    const provider = findProvider({ providerId: String(id) })
    return provider?.id === id ? [provider as unknown as CatalogueProvider] : []
  })
  const models = providers.reduce((sum, provider) => sum + provider.models.length, 0)
  if (providers.length !== CATALOGUE.providers || models !== CATALOGUE.models) {
    throw new Error(
      `genai-prices has ${providers.length} providers and ${models} models, expected ${CATALOGUE.providers} and ${CATALOGUE.models}`,
    )
  }
  return providers.toSorted((a, b) => (a.id < b.id ? -1 : 1))
}

export function readByHand(): PriceOverlayJson[] {
  const directory = join(HERE, 'overlay')
  return readdirSync(directory)
    .filter(name => name.endsWith('.json'))
    .sort()
    .map(name => JSON.parse(readFileSync(join(directory, name), 'utf8')) as PriceOverlayJson)
}

const readJson = <T>(name: string): T => JSON.parse(readFileSync(join(HERE, name), 'utf8')) as T

export interface Build {
  /** The book as it is written. */
  readonly text: string
  readonly book: PriceBook
  /** What of the catalogue is not in it. */
  readonly leftOut: readonly string[]
  /** Differences between the catalogue and what is kept by hand, and decisions without one. */
  readonly differences: ReturnType<typeof undecided>
}

export function build(): Build {
  const catalogue = readCatalogue(readPackage(), CATALOGUE)
  const byHand = readByHand()
  const newest = byHand
    .flatMap(overlay => overlay.rules ?? [])
    .flatMap(rule => rule.source?.checked ?? [])
    .sort()
    .at(-1)
  const book = buildBook(
    {
      $schema: 'price-book/v1',
      book: {
        id: 'default',
        version: VERSION,
        currency: 'USD',
        built_from: [
          { source: '@pydantic/genai-prices', version: CATALOGUE.version },
          { source: 'by hand', version: newest ?? 'nothing' },
        ],
      },
      bucket_fallback: BUCKET_FALLBACK,
    },
    catalogue,
    byHand,
    BY_HAND_ALONE,
  )
  const compiled = compileBook(book)
  if (compiled.kind === 'complaints')
    throw new Error(`The book has faults:\n${compiled.complaints.join('\n')}`)
  const kept = {
    models: byHand.flatMap(overlay => overlay.models ?? []),
    rules: byHand.flatMap(overlay => overlay.rules ?? []),
  }
  return {
    text: write(book),
    book: compiled.book,
    leftOut: catalogue.leftOut,
    differences: undecided(disagreements(kept, catalogue), readJson<Decision[]>('decisions.json')),
  }
}

export const coverageOf = (book: PriceBook): ReturnType<typeof coverage> =>
  coverage(book, readJson<CoverageEntry[]>('coverage.json'), Date.parse(VERSION.slice(0, 10)))

/** The page about prices with the table of today's rates between its marks. */
export function withCoverage(page: string, book: PriceBook): string {
  const covered = coverageOf(book)
  const priced = covered.filter(({ rule }) => rule).length
  const summary = `On ${VERSION.slice(0, 10)}, ${priced} of ${covered.length} are priced.`
  const table = coverageTable(covered)
  return page.replace(
    /(<!-- coverage -->\n)[\s\S]*(<!-- \/coverage -->)/,
    (_, open: string, close: string) => `${open}${summary}\n\n${table}\n${close}`,
  )
}

/** A model and a rule a line, so that a difference can be read. */
function write({ models, rules, ...rest }: PriceBookJson): string {
  const lines = (items: readonly unknown[]) => items.map(item => `    ${JSON.stringify(item)}`).join(',\n')
  const head = JSON.stringify(rest, null, 2).replace(/\n}$/, '')
  return `${head},\n  "models": [\n${lines(models)}\n  ],\n  "rules": [\n${lines(rules)}\n  ]\n}\n`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { text, book, leftOut, differences } = build()
  writeFileSync(BOOK_FILE, text)
  writeFileSync(DOCS_FILE, withCoverage(readFileSync(DOCS_FILE, 'utf8'), book))
  for (const line of leftOut) console.log(`left out: ${line}`)
  for (const open of differences.open) console.error(`not decided: ${JSON.stringify(open)}`)
  for (const stale of differences.stale) console.error(`no difference any more: ${JSON.stringify(stale)}`)
  console.log(`wrote ${BOOK_FILE}`)
  if (differences.open.length + differences.stale.length > 0) process.exitCode = 1
}
