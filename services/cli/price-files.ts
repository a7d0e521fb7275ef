// Price files that a person names: a whole book, own prices to be laid over the shipped one, or `shipped`.

import { readFile } from 'node:fs/promises'
import { parseDocument } from 'yaml'
import { compileBook, compileWithOverlay, type PriceBook } from '#core/price-book.ts'
import { checkBook } from '#core/price-book-check.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import { CommandError } from './errors.ts'
import { networkCode } from './http.ts'

export interface NamedBook {
  readonly name: string
  readonly book: PriceBook
  /** "provider/model" of what the file itself is about; undefined for a whole book. */
  readonly own?: ReadonlySet<string>
}

/** @throws CommandError with every complaint about the file */
export async function readBook(name: string): Promise<NamedBook> {
  const shipped = await loadPriceBook()
  if (name === 'shipped') return { name, book: shipped }
  const json = await readJson(name)
  const whole = checkBook(json).length === 0
  const compiled = whole ? compileBook(json) : compileWithOverlay(shipped.json, json)
  if (compiled.kind === 'complaints') {
    throw new CommandError('price_faults', [name, ...compiled.complaints].join('\n  '))
  }
  if (whole) return { name, book: compiled.book }
  const { models = [], rules = [] } = json as {
    models?: { provider: string; id: string }[]
    rules?: { provider: string; model: string }[]
  }
  const own = new Set([
    ...models.map(({ provider, id }) => `${provider}/${id}`),
    ...rules.map(({ provider, model }) => `${provider}/${model}`),
  ])
  return { name, book: compiled.book, own }
}

/** JSON or YAML. */
export async function readJson(name: string): Promise<unknown> {
  let text: string
  try {
    text = await readFile(name, 'utf8')
  } catch (error) {
    throw new CommandError('wrong_usage', `${name} cannot be read (${networkCode(error)})`)
  }
  const document = parseDocument(text)
  const [fault] = document.errors
  if (fault) throw new CommandError('price_faults', `${name}: ${fault.message.split('\n')[0]}`)
  return document.toJS()
}
