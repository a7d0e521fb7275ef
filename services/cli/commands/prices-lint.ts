// `spendledger prices lint`: whether a price file can be used, and what looks wrong in it.

import { readFile } from 'node:fs/promises'
import { type LintException, type LintFinding, lintBook } from '#core/catalog/lint.ts'
import { CommandError } from '../errors.ts'
import { counted } from '../figures.ts'
import { type Io, print } from '../io.ts'
import { type NamedBook, readBook } from '../price-files.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'
import { table } from '../table.ts'

export interface LintOptions extends ConfigOption {
  readonly strict?: boolean
  readonly json?: boolean
}

const SHIPPED = 'the shipped book'

const DATA = new URL('../../../schemas/prices/', import.meta.url)

/** @throws CommandError when there are errors */
export async function lint(io: Io, file: string | undefined, options: LintOptions): Promise<void> {
  const named = file === undefined ? await inForce(io, options) : await readBook(file)
  const strict = options.strict === true
  const findings = await lintNamed(io, named, { strict, sourcesRequired: named.name === SHIPPED })
  if (options.json) await print(io, JSON.stringify(findings))
  else if (findings.length > 0) await print(io, findingsTable(io, findings))
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const others = findings.length - errors
  if (errors > 0) {
    throw new CommandError('price_faults', `${counted(errors, 'error')} in ${named.name}`)
  }
  if (!options.json) await print(io, `${named.name}: no errors, ${counted(others, 'other finding')}`)
}

/** Of own prices, only what is about their models: the shipped book is not theirs to mend. */
export async function lintNamed(
  io: Io,
  { book, own }: NamedBook,
  options: { readonly strict: boolean; readonly sourcesRequired?: boolean },
): Promise<readonly LintFinding[]> {
  const today = new Date(io.clock.now()).toISOString().slice(0, 10)
  const [hot, exceptions] = await Promise.all([
    readData<readonly string[]>('hot.json'),
    readData<readonly LintException[]>('lint-exceptions.json'),
  ])
  const findings = lintBook(book.json, { ...options, today, hot, exceptions })
  return own ? findings.filter(({ model }) => own.has(model)) : findings
}

async function inForce(io: Io, options: LintOptions): Promise<NamedBook> {
  const { readPricing } = await import('#platform/price-books.ts')
  const config = await loadSettings(io, options)
  const { book } = await readPricing(config.prices)
  return {
    name: config.prices === undefined ? SHIPPED : `the shipped book with ${config.prices}`,
    book,
  }
}

async function readData<T>(name: string): Promise<T> {
  return JSON.parse(await readFile(new URL(name, DATA), 'utf8')) as T
}

export const findingsTable = (io: Io, findings: readonly LintFinding[]): string =>
  table(
    io,
    ['severity', 'rule', 'where', 'what'].map(head => ({ head })),
    findings.map(({ severity, rule, path, message }) => [severity, rule, path, message]),
  )
