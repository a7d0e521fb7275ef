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
import { encodeCursor, readCursor } from '../query/cursor.ts'
import { badQuery, checkNames, count, type Query, single } from '../query/parameters.ts'
import { nearNames } from './near-names.ts'
import { type PriceRow, priceRow, type RuleRow, ruleRow } from './rows.ts'

const DEFAULT_LIMIT = 100
const MAX_LIMIT = 1_000

/** Of cursors: by provider and model. */
const ORDER = 'prices'

export interface PricesMeta {
  /** The moment whose prices these are. */
  readonly at: string
  readonly price_book_version: string
}

/** All rules of what one name stands for. */
export interface ModelPrices {
  readonly data: readonly RuleRow[]
  readonly currency: string
  /** `did_you_mean` is there when no model has the name. */
  readonly meta: PricesMeta & { readonly did_you_mean?: readonly string[] }
}

/** What is in force, model by model. */
export interface PriceList {
  readonly data: readonly PriceRow[]
  readonly next_cursor: string | null
  readonly currency: string
  readonly meta: PricesMeta
}

/**
 * @param now ms
 * @throws LedgerError `bad_query`
 */
export function answerPrices(book: PriceBook, query: Query, now: number): ModelPrices | PriceList {
  const model = single(query, 'model')
  checkNames(query, ['model', 'provider', 'at', ...(model === undefined ? ['limit', 'cursor'] : [])])
  const given = single(query, 'provider')
  const provider = given === undefined ? undefined : canonicalProvider(given)
  const at = readAt(query, now)
  const meta = { at: new Date(at).toISOString(), price_book_version: book.hash }
  if (model === undefined) {
    return { ...list(book, query, provider, at), currency: CURRENCY, meta }
  }
  const data = rulesOf(book, model, provider).map(rule => ruleRow(rule, at))
  const known = data.length > 0
  return {
    data,
    currency: CURRENCY,
    meta: known ? meta : { ...meta, did_you_mean: nearNames(book, model, provider) },
  }
}

function readAt(query: Query, now: number): number {
  const text = single(query, 'at')
  if (text === undefined) return now
  const utc = createZone('UTC')
  const at = utc && parseInstant(text, utc)
  if (at === undefined) throw badQuery('at', text, 'a time such as 2026-11-24 or 2026-11-24T10:00:00Z')
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

function list(book: PriceBook, query: Query, provider: string | undefined, at: number) {
  const limit = count(query, 'limit', MAX_LIMIT) ?? DEFAULT_LIMIT
  const after = readCursor(query, ORDER)?.id ?? ''
  const inForce = book.json.rules.filter(
    rule => (provider === undefined || rule.provider === provider) && isInForce(rule, at),
  )
  const rules = groupBy(inForce, ({ provider: seller, model }) => `${seller}\n${model}`)
  const keys = [...rules.keys()].filter(key => key > after).toSorted()
  const page = keys.slice(0, limit)
  // Compiled and let go: the book itself keeps only what calls are priced with.
  const data = page
    .flatMap(key => rules.get(key) ?? [])
    .map(rule => priceRow(compileRule(rule, book.json.bucket_fallback)))
  const last = keys.length > limit ? page.at(-1) : undefined
  return {
    data,
    next_cursor: last === undefined ? null : encodeCursor({ order: ORDER, value: '0', id: last }),
  }
}

function isInForce({ effective }: RuleJson, at: number): boolean {
  const { from, to } = bounds(effective)
  return at >= from && at < to
}
