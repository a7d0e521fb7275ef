// The shape of a price book, key by key. An unknown key is a complaint: a misspelt condition that is quietly ignored
// prices calls that it was meant to exclude.

import { shown } from './errors.ts'
import { parseFraction } from './money-fraction.ts'
import {
  absent,
  anyOf,
  type Check,
  flag,
  list,
  literal,
  mapOf,
  object,
  positiveNumber,
  textLike,
} from './price-book-check-kit.ts'
import { CONTRACT_SCOPES } from './price-book-json.ts'
import { DAYS, FLAG_DIMENSIONS, parseWindow, WORD_DIMENSIONS } from './price-conditions.ts'
import { parseRate } from './price-rate.ts'
import { isTokenBucket } from './tokens.ts'

const UNIT_NAME = /^[a-z][a-z0-9_]{0,63}$/
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

const text = textLike('a text', value => value !== '')
const day = textLike('a date such as "2026-11-22"', value => /^\d{4}-\d\d-\d\d$/.test(value))
const url = textLike('an https address', value => value.startsWith('https://'))
const fraction = textLike(
  'a fraction in text such as "17/20" or "2"',
  value => parseFraction(value) !== undefined,
)
const instant = textLike(
  'a time such as "2026-08-21T00:00:00Z"',
  value => INSTANT.test(value) && !Number.isNaN(Date.parse(value)),
)
const regex = textLike('a regular expression from ^ to $', value => /^\^.*\$$/.test(value) && isRegex(value))
const window = textLike('a window such as "01:00-04:00"', value => parseWindow(value) !== undefined)

/** The unit of a rate tells buckets from units, so that a misspelt bucket is not taken for a unit of somebody's own. */
const rate: Check = (value, path, complain) => {
  const name = path.slice(path.lastIndexOf('.') + 1)
  if (value === 'REFUSE') return
  const parsed = typeof value === 'string' ? parseRate(value) : undefined
  const perToken = isTokenBucket(name)
  if (parsed && perToken === (parsed.unit === 'Mtok')) return
  if (parsed && !perToken) complain(path, value, `a token bucket for a rate per Mtok, and ${name} is none`)
  else complain(path, value, perToken ? 'a rate such as "5/Mtok"' : 'a rate such as "10/K" or "0.36/hour"')
}

const rates = mapOf(name => UNIT_NAME.test(name), 'a token bucket, or a unit such as vector_read', rate)

const interval = object({ from: instant, to: anyOf(instant, literal(null)) })

const words = list(
  textLike('a text', () => true),
  1,
)
const when = object(
  {},
  {
    ...Object.fromEntries(Object.keys(WORD_DIMENSIONS).map(name => [name, words])),
    ...Object.fromEntries(Object.keys(FLAG_DIMENSIONS).map(name => [name, flag])),
    time: object({ tz: literal('UTC'), days: list(literal(...DAYS), 1), windows: list(window, 1) }),
  },
)

const contextTier = object(
  { metric: literal('input_total'), rates },
  { gt: positiveNumber, gte: positiveNumber },
)

const variant = object(
  { id: text },
  { when, rates, context_tiers: list(contextTier), scale: object({ of: text, tokens: fraction }) },
)

const rule = object(
  {
    id: text,
    provider: text,
    model: text,
    effective: interval,
    variants: list(variant, 1),
  },
  {
    multipliers: list(object({ id: text, when, tokens: fraction })),
    source: object({ url, checked: day }, { note: text }),
  },
)

const fallback: Check = (value, path, complain) => {
  if (value !== 'REFUSE' && !isTokenBucket(String(value))) complain(path, value, 'a token bucket or "REFUSE"')
}

const header = object(
  { id: text, version: text, currency: literal('USD') },
  { built_from: list(object({ source: text, version: text })) },
)

const model = object({
  provider: text,
  id: text,
  match: object({ exact: list(text, 1) }, { dated: regex }),
})

const contract = object(
  {
    id: text,
    scope: object({}, Object.fromEntries(CONTRACT_SCOPES.map(scope => [scope, text]))),
    tokens: fraction,
  },
  {
    effective: interval,
    capacity: object({ units: positiveNumber, usd_per_unit_hour: text }),
    note: text,
  },
)

const alias = object(
  { provider: text, deployment: text, model: text },
  { tenant: text, deployment_type: text, region_class: text },
)

const fallbacks = mapOf(name => isTokenBucket(name), 'a token bucket', fallback)
const additions = { contracts: list(contract), aliases: list(alias) }
const schema = literal('price-book/v1')

const book = object(
  { $schema: schema, book: header, models: list(model, 1), rules: list(rule, 1), bucket_fallback: fallbacks },
  additions,
)

const overlay = object(
  {},
  {
    $schema: schema,
    book: header,
    models: list(model),
    rules: list(rule),
    bucket_fallback: fallbacks,
    ...additions,
  },
)

function isRegex(source: string): boolean {
  try {
    new RegExp(source)
    return true
  } catch {
    return false
  }
}

/** Every place where the JSON does not have the shape of a price book: "path: is ..., expected ...". */
export const checkBook = (json: unknown): string[] => complaintsOf(book, json, 'the book')

/** The same of an overlay, which is any part of a book. */
export const checkOverlay = (json: unknown): string[] => complaintsOf(overlay, json, 'the overlay')

function complaintsOf(check: Check, json: unknown, whole: string): string[] {
  const complaints: string[] = []
  check(json, '', (path, value, expected) => {
    const found = value === absent ? 'is missing' : `is ${shown(value)}`
    complaints.push(`${path || whole}: ${found}, expected ${expected}`)
  })
  return complaints
}
