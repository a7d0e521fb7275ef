// The answer of GET /v1/prices, made of a question and a price book alone: the command `price` gives the same answer where
// nothing runs that it could ask.

import { groupBy } from '#core/group-by.ts'
import { parseInstant } from '#core/periods.ts'
import type { PriceBook } from '#core/price-book.ts'
import { EVERY, type RuleJson } from '#core/price-book-json.ts'
import { bounds, compileRule } from '#core/price-rule-compile.ts'
import { canonicalProvider } from '#core/providers.ts'
import { createZone } from '#core/zones.ts'
import { CURRENCY } from '../answer/values.ts'
import { encodeCursor, questionOf, readCursor } from '../query/cursor.ts'
import { badQuery, checkNames, count, type Query, single } from '../query/parameters.ts'
import { EARLIEST, LATEST } from '../query/window.ts'
import { nearNames, nearProviders } from './near-names.ts'
import { type PriceRow, priceRow, type RuleRow, ruleRow } from './rows.ts'

/** Models, or rules of one. */
export const DEFAULT_PRICES = 100
export const MAX_PRICES = 1_000

export const PRICE_PARAMETERS = ['model', 'provider', 'at', 'limit', 'cursor', 'format'] as const

export interface PricesMeta {
  /** The moment whose prices these are. */
  readonly at: string
  readonly price_book_version: string
  /** There when the book does not have the provider, or else the model: names of those that it has. */
  readonly did_you_mean?: readonly string[]
}

interface Page<Row> {
  readonly data: readonly Row[]
  readonly next_cursor: string | null
  readonly currency: string
}

/** All rules of what one name stands for. */
export interface ModelPrices extends Page<RuleRow> {
  readonly meta: PricesMeta
}

/** What is in force, model by model. */
export interface PriceList extends Page<PriceRow> {
  readonly meta: PricesMeta
}

/** What a page consists of. Rows are made for the page alone: a book has thousands of models. */
interface Item<Row> {
  readonly key: string
  rows(): Row[]
}

/**
 * @param now ms
 * @throws LedgerError `bad_query`
 */
export function answerPrices(book: PriceBook, query: Query, now: number): ModelPrices | PriceList {
  const model = single(query, 'model')
  checkNames(query, PRICE_PARAMETERS)
  const given = single(query, 'provider')
  const provider = given === undefined ? undefined : canonicalProvider(given)
  // The pages of one list are of one moment and one book.
  const question = questionOf(['prices', book.hash], query)
  const after = readCursor(query, question, 'id')
  const at = after?.window.from ?? readAt(query, now)
  const limit = count(query, 'limit', MAX_PRICES) ?? DEFAULT_PRICES
  const stranger = provider !== undefined && !book.json.rules.some(rule => rule.provider === provider)
  const meta: PricesMeta = {
    at: new Date(at).toISOString(),
    price_book_version: book.hash,
    ...(stranger ? { did_you_mean: nearProviders(book, provider) } : {}),
  }

  function pageOf<Row>(items: readonly Item<Row>[]): Page<Row> {
    const start = after ? items.findIndex(({ key }) => key === after.id) + 1 : 0
    const page = items.slice(start, start + limit)
    const last = start + limit < items.length ? page.at(-1) : undefined
    return {
      data: page.flatMap(item => item.rows()),
      next_cursor: last
        ? encodeCursor(question, { window: { from: at, to: at }, value: '', id: last.key })
        : null,
      currency: CURRENCY,
    }
  }

  if (model === undefined) return { ...pageOf(modelsOf(book, provider, at)), meta }
  const rules = rulesOf(book, model, provider)
  return {
    ...pageOf(rules.map(rule => ({ key: rule.json.id, rows: () => [ruleRow(rule, at)] }))),
    meta: rules.length > 0 || stranger ? meta : { ...meta, did_you_mean: nearNames(book, model, provider) },
  }
}

function readAt(query: Query, now: number): number {
  const text = single(query, 'at')
  if (text === undefined) return now
  const utc = createZone('UTC')
  const at = utc && parseInstant(text, utc)
  if (at === undefined) throw badQuery('at', text, 'a time such as 2026-11-24 or 2026-11-24T10:00:00Z')
  if (at < EARLIEST || at > LATEST) throw badQuery('at', text, 'a time from 2000 to 2099')
  return at
}

/** The rules of the models that have exactly this name, the newest of each first. */
function rulesOf(book: PriceBook, name: string, provider: string | undefined) {
  const sellers = provider === undefined ? new Set(book.json.rules.map(rule => rule.provider)) : [provider]
  return [...sellers].toSorted().flatMap(seller => {
    if (name === EVERY) return unitRulesOf(book, seller)
    return book.find(seller, name)?.model.rules ?? []
  })
}

/** Only a seller's own: those of every provider have `*` for a seller. */
const unitRulesOf = (book: PriceBook, seller: string) =>
  [...new Set(book.unitRules(seller))].filter(({ json }) => json.provider === seller)

/** The models that have a price at a time, by provider and name. */
function modelsOf(book: PriceBook, provider: string | undefined, at: number): Item<PriceRow>[] {
  const inForce = book.json.rules.filter(
    rule => (provider === undefined || rule.provider === provider) && isInForce(rule, at),
  )
  const rules = groupBy(inForce, ({ provider: seller, model }) => `${seller}\n${model}`)
  return [...rules.keys()].toSorted().map(key => ({
    key,
    // Compiled and let go: the book itself keeps only what calls are priced with.
    rows: () => (rules.get(key) ?? []).map(rule => priceRow(compileRule(rule, book.json.bucket_fallback))),
  }))
}

function isInForce({ effective }: RuleJson, at: number): boolean {
  const { from, to } = bounds(effective)
  return at >= from && at < to
}
