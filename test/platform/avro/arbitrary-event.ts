// Random usage events within their limits, for properties of the codec.

import fc from 'fast-check'
import { MAX_COUNT } from '#core/event-limits.ts'
import { MAX_TOKENS_PER_BUCKET, TOKEN_BUCKETS } from '#core/tokens.ts'
import {
  CAPACITIES,
  EVENT_FIELDS,
  type FieldKind,
  STATUSES,
  USAGE_SOURCES,
  type UsageEvent,
} from '#core/usage-event.ts'

const isPlain = (text: string) => !/\p{Cc}/u.test(text)
const text = (maxLength: number) => fc.string({ unit: 'grapheme', maxLength }).filter(isPlain)
const shortText = (maxBytes: number) =>
  text(maxBytes).filter(
    value => value !== '' && value !== '__proto__' && Buffer.byteLength(value) <= maxBytes,
  )
const count = fc.nat({ max: MAX_COUNT })
const tokenCount = fc.nat({ max: MAX_TOKENS_PER_BUCKET })
const decimal = fc
  .tuple(fc.nat(), fc.option(fc.nat()))
  .map(([whole, part]) => (part === null ? `${whole}` : `${whole}.${part}`))
const mapOf = <T>(values: fc.Arbitrary<T>) =>
  fc.dictionary(shortText(64), values, { maxKeys: 8, noNullPrototype: true })

const KINDS: Record<FieldKind, fc.Arbitrary<unknown>> = {
  string: fc.oneof(fc.constant(''), text(40)),
  json_text: fc.json().map(json => json.slice(0, 4000)),
  decimal: fc.oneof(fc.constant(''), decimal),
  count,
  time: fc.integer({ min: 0, max: Date.UTC(2200, 0) }),
  flag: fc.boolean(),
  optional_flag: fc.option(fc.boolean()),
  optional_count: fc.option(tokenCount),
  status: fc.constantFrom(...STATUSES),
  usage_source: fc.constantFrom(...USAGE_SOURCES),
  capacity: fc.constantFrom(...CAPACITIES),
  tokens: fc.record(Object.fromEntries(TOKEN_BUCKETS.map(bucket => [bucket, tokenCount])), {
    noNullPrototype: true,
  }),
  string_map: mapOf(text(40)),
  decimal_map: mapOf(decimal),
  count_map: mapOf(tokenCount),
}

export const arbitraryEvent = fc.record(
  {
    ...Object.fromEntries(Object.entries(EVENT_FIELDS).map(([field, kind]) => [field, KINDS[kind]])),
    event_id: shortText(128),
  },
  { noNullPrototype: true },
) as unknown as fc.Arbitrary<UsageEvent>
