// The shipped book is what its sources say: rebuilt here to the byte, held against the catalogue's own calculation rate by
// rate, and against what is kept by hand wherever the two know the same model.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { calcPrice } from '@pydantic/genai-prices'
import { disagreements, type PriceList } from '#core/catalog/disagreements.ts'
import { type CatalogueModel, readCatalogue } from '#core/catalog/genai.ts'
import { ruleSheets } from '#core/catalog/rule-sheets.ts'
import { groupBy } from '#core/group-by.ts'
import type { RuleJson } from '#core/price-book-json.ts'
import { canonicalProvider } from '#core/providers.ts'
import {
  BOOK_FILE,
  build,
  CATALOGUE,
  coverageOf,
  DOCS_FILE,
  readByHand,
  readPackage,
  withCoverage,
} from '../../schemas/prices/build.ts'

const { text, book, differences } = build()
const providers = readPackage()

describe('the shipped price book', () => {
  it('is what npm run prices writes, to the byte', () => {
    assert.ok(text === readFileSync(BOOK_FILE, 'utf8'), 'run npm run prices and commit what changes')
  })

  it('is described by the table in docs/pricing.md', () => {
    const page = readFileSync(DOCS_FILE, 'utf8')
    assert.match(page, /<!-- coverage -->\n[\s\S]+<!-- \/coverage -->/)
    assert.ok(withCoverage(page, book) === page, 'run npm run prices and commit what changes')
  })

  it('says of every rule where it is from and when that was read', () => {
    const without = book.json.rules.filter(({ source }) => source === undefined).map(({ id }) => id)
    assert.deepEqual(without, [])
  })

  it('prices at least 70 of the models that are asked for most, and says why it does not price the others', () => {
    const covered = coverageOf(book)
    assert.equal(covered.length, 74)
    assert.ok(covered.filter(({ rule }) => rule).length >= 70)
    const silent = covered.filter(({ rule, reason }) => rule === undefined && reason === undefined)
    assert.deepEqual(
      silent.map(({ provider, model }) => `${provider}/${model}`),
      [],
    )
  })
})

const N = 1_000

/** What the catalogue's own calculation calls a thousand (of seconds: an hour) of one bucket or unit. */
const USAGE: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  input: { input_tokens: N },
  output: { output_tokens: N },
  cache_read: { input_tokens: N, cache_read_tokens: N },
  cache_write_5m: { input_tokens: N, cache_write_tokens: N },
  cache_write_1h: { input_tokens: N, cache_write_tokens: N, cache_write_1h_tokens: N },
  input_audio: { input_tokens: N, input_audio_tokens: N },
  input_image: { input_tokens: N, input_image_tokens: N },
  input_video: { input_tokens: N, input_video_tokens: N },
  cache_read_audio: {
    input_tokens: N,
    cache_read_tokens: N,
    input_audio_tokens: N,
    cache_audio_read_tokens: N,
  },
  cache_read_image: {
    input_tokens: N,
    cache_read_tokens: N,
    input_image_tokens: N,
    cache_image_read_tokens: N,
  },
  output_audio: { output_tokens: N, output_audio_tokens: N },
  output_image: { output_tokens: N, output_image_tokens: N },
  reasoning: { output_tokens: N, output_reasoning_tokens: N },
  video_token_out: { output_tokens: N, output_video_tokens: N },
  citation_token: { output_tokens: N, output_citation_tokens: N },
  web_search: { web_searches: N },
  file_search: { storage_searches: N },
  text_message: { input_text_messages: N },
  page: { input_document_pages: N },
  annotated_page: { input_document_pages: N, input_annotated_document_pages: N },
  audio_second_in: { audio_seconds: 3_600, input_audio_seconds: 3_600 },
}

describe('what is taken from the catalogue', () => {
  const rules = groupBy(
    book.json.rules.filter(({ source }) => source?.note === `genai-prices ${CATALOGUE.version}`),
    rule => `${rule.provider}/${rule.model}`,
  )
  const seen = new Map<string, number>()

  /** USD of a usage at a moment, by this very model: its own patterns would find another one for some names. */
  const priceOf = (model: CatalogueModel, providerId: string, usage: Record<string, number>, at: string) => {
    const provider = providers.find(({ id }) => id === providerId)
    const alone = { ...provider, models: [{ ...model, match: { equals: 'this' } }] } as never
    return calcPrice(usage, 'this', { provider: alone, timestamp: new Date(at) })?.total_price ?? Number.NaN
  }

  const faultsOf = (model: CatalogueModel, providerId: string, rule: RuleJson): string[] =>
    ruleSheets(rule).flatMap(sheet =>
      [...sheet.rates].flatMap(([name, usd]) => {
        seen.set(name, (seen.get(name) ?? 0) + 1)
        const at = rule.effective.from
        const filler = sheet.threshold === undefined ? {} : { input_tokens: sheet.above + 1 }
        const usage: Record<string, number> = { ...filler }
        for (const [key, count] of Object.entries(USAGE[name] ?? {})) usage[key] = (usage[key] ?? 0) + count
        const before = name === 'request' ? 0 : priceOf(model, providerId, filler, at)
        const theirs = priceOf(model, providerId, usage, at) - before
        const count = name === 'audio_second_in' ? 3_600 : name === 'request' ? 1 : N
        const ours = (Number(usd.n) / Number(usd.d)) * count
        // The calculation goes through floats, and through a difference of two of them.
        return Math.abs(theirs - ours) <= 1e-9 * Math.max(ours, before, 1e-3)
          ? []
          : [`${sheet.path}.${name}: ours ${ours}, the catalogue's ${theirs}`]
      }),
    )

  it("costs what the catalogue's own calculation says, every rate of every model, tier and date", () => {
    const faults = providers.flatMap(({ id, models }) =>
      models.flatMap(model =>
        (rules.get(`${canonicalProvider(id)}/${model.id.toLowerCase()}`) ?? []).flatMap(rule =>
          faultsOf(model, id, rule),
        ),
      ),
    )
    assert.deepEqual(faults, [])
    const untold = [...seen.keys()].filter(name => name !== 'request' && USAGE[name] === undefined)
    assert.deepEqual(untold, [])
    assert.ok((seen.get('input') ?? 0) > 1_000 && (seen.get('output') ?? 0) > 1_000)
  })
})

describe('what is kept by hand', () => {
  const catalogue = readCatalogue(providers, CATALOGUE)
  const files = readByHand()
  const kept: PriceList = {
    models: files.flatMap(({ models = [] }) => models),
    rules: files.flatMap(({ rules = [] }) => rules),
  }

  it('differs from the catalogue only where a decision says so', () => {
    assert.deepEqual(differences, { open: [], stale: [] })
  })

  /** The fields of a model that are said to differ once one of its rules is changed. */
  const newlyDifferent = (id: string, change: (rule: RuleJson) => RuleJson): string[] => {
    const known = new Set(disagreements(kept, catalogue).map(entry => JSON.stringify(entry)))
    const rules = kept.rules.map(rule => (rule.id === id ? change(rule) : rule))
    assert.ok(
      kept.rules.some(rule => rule.id === id),
      id,
    )
    return disagreements({ ...kept, rules }, catalogue)
      .filter(entry => !known.has(JSON.stringify(entry)))
      .map(({ field }) => field)
  }
  const standard = (rule: RuleJson, change: (rates: Record<string, string>) => Record<string, string>) => ({
    ...rule,
    variants: rule.variants.map(variant =>
      variant.when === undefined ? { ...variant, rates: change({ ...variant.rates }) } : variant,
    ),
  })
  const OPUS = 'anthropic/claude-opus-4-8/2026-05-28'

  it('cannot be ten times too dear unseen', () => {
    const fields = newlyDifferent(OPUS, rule => standard(rule, rates => ({ ...rates, input: '50/Mtok' })))
    assert.deepEqual(fields, ['input'])
  })

  it('cannot have input and output the wrong way round unseen', () => {
    const fields = newlyDifferent(OPUS, rule =>
      standard(rule, rates => ({ ...rates, input: rates['output'] ?? '', output: rates['input'] ?? '' })),
    )
    assert.deepEqual(fields.toSorted(), ['input', 'output'])
  })

  it('cannot lose its price for one-hour cache writes unseen', () => {
    const fields = newlyDifferent(OPUS, rule => standard(rule, ({ cache_write_1h: _, ...rates }) => rates))
    assert.deepEqual(fields, ['cache_write_1h'])
  })

  it('cannot have its long context begin elsewhere unseen', () => {
    const fields = newlyDifferent('openai/gpt-5.6-sol/2026-08-21', rule => ({
      ...rule,
      variants: rule.variants.map(variant =>
        variant.context_tiers
          ? { ...variant, context_tiers: variant.context_tiers.map(tier => ({ ...tier, gt: 200_000 })) }
          : variant,
      ),
    }))
    assert.ok(fields.includes('>200000 input') && fields.includes('>272000 input'), fields.join())
  })

  it('cannot have a change of price on another day unseen', () => {
    const fields = newlyDifferent('openai/gpt-5.6-sol/2026-08-21', rule => ({
      ...rule,
      effective: { ...rule.effective, from: '2026-08-22T00:00:00Z' },
    }))
    assert.ok(fields.length > 0)
  })
})
