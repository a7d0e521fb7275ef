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
import { CONTRACT_SCOPES, UNITS } from './price-book-json.ts'
import { DAYS, FLAG_DIMENSIONS, parseWindow, WORD_DIMENSIONS } from './price-conditions.ts'
import { parseRate } from './price-rate.ts'
import { TOKEN_BUCKETS } from './tokens.ts'

const BUCKETS: ReadonlySet<string> = new Set(TOKEN_BUCKETS)
const UNIT_NAMES: ReadonlySet<string> = new Set(UNITS)
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

const text = textLike('a text', value => value !== '')
const day = textLike('a date such as "2026-11-22"', value => /^\d{4}-\d\d-\d\d$/.test(value))
const url = textLike('an https address', value => value.startsWith('https://'))
const fraction = textLike(
  'a fraction in text such as "1/2" or "2"',
  value => parseFraction(value) !== undefined,
)
const instant = textLike(
  'a time such as "2026-08-21T00:00:00Z"',
  value => INSTANT.test(value) && !Number.isNaN(Date.parse(value)),
)
const regex = textLike('a regular expression from ^ to $', value => /^\^.*\$$/.test(value) && isRegex(value))
const window = textLike('a window such as "01:00-04:00"', value => parseWindow(value) !== undefined)

const rate: Check = (value, path, complain) => {
  const bucket = path.slice(path.lastIndexOf('.') + 1)
  const parsed = typeof value === 'string' ? parseRate(value) : undefined
  if (value === 'REFUSE') return
  const perToken = BUCKETS.has(bucket)
  if (parsed === undefined || (parsed.unit === 'Mtok') !== perToken) {
    complain(path, value, perToken ? 'a rate such as "5/Mtok"' : 'a rate such as "10/K" or "0.36/hour"')
  }
}

const rates = mapOf(name => BUCKETS.has(name) || UNIT_NAMES.has(name), 'a token bucket or unit', rate)

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
  if (value !== 'REFUSE' && !BUCKETS.has(String(value))) complain(path, value, 'a token bucket or "REFUSE"')
}

const book = object(
  {
    $schema: literal('price-book/v1'),
    book: object(
      { id: text, version: text, currency: literal('USD') },
      { built_from: list(object({ source: text, version: text })) },
    ),
    models: list(
      object({ provider: text, id: text, match: object({ exact: list(text, 1) }, { dated: regex }) }),
      1,
    ),
    rules: list(rule, 1),
    bucket_fallback: mapOf(name => BUCKETS.has(name), 'a token bucket', fallback),
  },
  {
    contracts: list(
      object(
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
      ),
    ),
    aliases: list(
      object(
        { provider: text, deployment: text, model: text },
        { tenant: text, deployment_type: text, region_class: text },
      ),
    ),
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
export function checkBook(json: unknown): string[] {
  const complaints: string[] = []
  book(json, '', (path, value, expected) => {
    const found = value === absent ? 'is missing' : `is ${shown(value)}`
    complaints.push(`${path || 'the book'}: ${found}, expected ${expected}`)
  })
  return complaints
}
