// What the values of an event may be, whichever way it came: sizes, signs, clean text. The Avro guard and the JSON schema
// have checked the types; this is the one place for the rest. A value that slips through ends as a row that the
// warehouse refuses, or as an invisible character that splits a feature's spend in two.

import { type Refusal, type RefusalCode, shown } from './errors.ts'
import { parseDecimal } from './money-fraction.ts'
import { MAX_TOKENS_PER_BUCKET, TOKEN_BUCKETS } from './tokens.ts'
import { EVENT_FIELDS, type EventField, type FieldKind, LIMITS, type UsageEvent } from './usage-event.ts'

/** A count (attempt, latency, ...) is below 2^32. */
export const MAX_COUNT = 2 ** 32 - 1

/** A total cannot be more than all buckets at their limit. */
const MAX_TOTAL_TOKENS = TOKEN_BUCKETS.length * MAX_TOKENS_PER_BUCKET

/** The last instant that a Date holds. */
const MAX_TIME_MS = 8.64e15

/** Units and costs are below this. */
const DECIMAL_LIMIT = 10n ** 15n

type FieldOfKind<K extends FieldKind> = {
  [F in EventField]: (typeof EVENT_FIELDS)[F] extends K ? F : never
}[EventField]

const STRINGS = (Object.keys(EVENT_FIELDS) as EventField[]).filter(
  (field): field is FieldOfKind<'string'> => EVENT_FIELDS[field] === 'string' && field !== 'event_id',
)

/** The first value of an event that is outside of its limits, or undefined. */
export function checkEventLimits(event: UsageEvent): Refusal | undefined {
  return (
    checkEventId(event.event_id) ??
    checkStrings(event) ??
    checkNumbers(event) ??
    checkTokens(event) ??
    checkTags(event.tags) ??
    checkUnits(event.units) ??
    checkPromptParts(event.prompt_parts) ??
    (event.reported_cost === '' ? undefined : checkDecimal('reported_cost', event.reported_cost)) ??
    checkRawUsage(event.raw_usage)
  )
}

function checkEventId(id: string): Refusal | undefined {
  if (id === '') return refusal('out_of_range', 'event_id', id, `1 to ${LIMITS.event_id_bytes} bytes`)
  return checkText('event_id', id, LIMITS.event_id_bytes)
}

function checkStrings(event: UsageEvent): Refusal | undefined {
  const all = joinedStrings(event)
  if (all.length <= LIMITS.string_bytes && !NOT_PLAIN_ASCII.test(all)) return undefined
  for (const field of STRINGS) {
    const text = event[field]
    if (text === '') continue
    const refused = checkText(field, text, LIMITS.string_bytes)
    if (refused) return refused
  }
  return undefined
}

const NOT_PLAIN_ASCII = /[^\x20-\x7e]/

/**
 * Every plain text of the event in a row. Most events are short ASCII throughout, and one scan says so; fields are named in
 * full because looking up forty of them by a variable costs more than all the rest of these checks.
 */
const joinedStrings = (e: UsageEvent): string =>
  e.source +
  e.provider +
  e.request_model +
  e.response_model +
  e.response_id +
  e.request_id +
  e.operation +
  e.service_tier +
  e.speed +
  e.inference_geo +
  e.region +
  e.host +
  e.deployment +
  e.deployment_type +
  e.finish_reason +
  e.error_type +
  e.tenant_id +
  e.user_id +
  e.user_segment +
  e.team +
  e.feature +
  e.workflow_id +
  e.session_id +
  e.task_type +
  e.prompt_id +
  e.prompt_version +
  e.release +
  e.environment +
  e.service +
  e.api_key_id +
  e.trace_id +
  e.span_id +
  e.routing_rule +
  e.baseline_model +
  e.usage_format +
  e.reported_cost_source

const checkNumbers = (e: UsageEvent): Refusal | undefined =>
  checkTime('occurred_at', e.occurred_at) ??
  checkTime('received_at', e.received_at) ??
  checkCount('schema_version', e.schema_version, MAX_COUNT) ??
  checkCount('attempt', e.attempt, MAX_COUNT) ??
  checkCount('max_output_tokens', e.max_output_tokens, MAX_COUNT) ??
  checkCount('latency_ms', e.latency_ms, MAX_COUNT) ??
  checkCount('time_to_first_token_ms', e.time_to_first_token_ms, MAX_COUNT) ??
  (e.total_tokens_reported === null
    ? undefined
    : checkCount('total_tokens_reported', e.total_tokens_reported, MAX_TOTAL_TOKENS))

function checkTokens({ tokens }: UsageEvent): Refusal | undefined {
  for (const bucket of TOKEN_BUCKETS) {
    const count = tokens[bucket]
    if (!isCount(count, MAX_TOKENS_PER_BUCKET)) {
      return checkCount(`tokens.${bucket}`, count, MAX_TOKENS_PER_BUCKET)
    }
  }
  return undefined
}

function checkTags(tags: UsageEvent['tags']): Refusal | undefined {
  const refused = checkKeys('tags', tags, LIMITS.tags)
  if (refused) return refused
  for (const key in tags) {
    const valueRefused = checkText(`tags.${key}`, tags[key] ?? '', LIMITS.tag_value_bytes)
    if (valueRefused) return valueRefused
  }
  return undefined
}

function checkUnits(units: UsageEvent['units']): Refusal | undefined {
  const refused = checkKeys('units', units, LIMITS.units)
  if (refused) return refused
  for (const key in units) {
    const valueRefused = checkDecimal(`units.${key}`, units[key] ?? '')
    if (valueRefused) return valueRefused
  }
  return undefined
}

function checkPromptParts(parts: UsageEvent['prompt_parts']): Refusal | undefined {
  const refused = checkKeys('prompt_parts', parts, LIMITS.prompt_parts)
  if (refused) return refused
  for (const key in parts) {
    const valueRefused = checkCount(`prompt_parts.${key}`, parts[key] ?? 0, MAX_TOKENS_PER_BUCKET)
    if (valueRefused) return valueRefused
  }
  return undefined
}

const LONE_SURROGATE = /\p{Surrogate}/u

/** JSON may hold line breaks; half a surrogate pair cannot be written as UTF-8. */
function checkRawUsage(text: string): Refusal | undefined {
  if (LONE_SURROGATE.test(text)) return refusal('bad_text', 'raw_usage', text, 'text without lone surrogates')
  const bytes = text.length * 3 <= LIMITS.raw_usage_bytes ? 0 : Buffer.byteLength(text)
  if (bytes <= LIMITS.raw_usage_bytes) return undefined
  return {
    code: 'too_long',
    field: 'raw_usage',
    got: `${bytes} bytes`,
    expected: `at most ${LIMITS.raw_usage_bytes} bytes`,
  }
}

function checkKeys(field: string, map: object, limit: number): Refusal | undefined {
  let entries = 0
  for (const key in map) {
    if (++entries > limit) {
      return {
        code: 'too_long',
        field,
        got: `${Object.keys(map).length} entries`,
        expected: `at most ${limit}`,
      }
    }
    // Copying such a key into a plain object changes the object's prototype and loses the entry.
    if (key === '__proto__') return refusal('bad_text', field, key, 'another key')
    if (key === '') return refusal('out_of_range', field, key, 'keys that are not empty')
    const refused = checkText(field, key, LIMITS.tag_key_bytes)
    if (refused) return refused
  }
  return undefined
}

const isCount = (value: number, max: number): boolean =>
  Number.isSafeInteger(value) && value >= 0 && value <= max

const checkCount = (field: string, value: number, max: number): Refusal | undefined =>
  isCount(value, max) ? undefined : refusal('out_of_range', field, value, `a whole number from 0 to ${max}`)

const checkTime = (field: string, value: number): Refusal | undefined =>
  Number.isInteger(value) && Math.abs(value) <= MAX_TIME_MS
    ? undefined
    : refusal('out_of_range', field, value, 'whole milliseconds since 1970')

function checkDecimal(field: string, text: string): Refusal | undefined {
  const value = parseDecimal(text)
  if (!value) return refusal('wrong_type', field, text, 'a decimal such as "12.5", not negative')
  return value.n < DECIMAL_LIMIT * value.d
    ? undefined
    : refusal('out_of_range', field, text, 'less than 10^15')
}

function checkText(field: string, text: string, maxBytes: number): Refusal | undefined {
  const bytes = cleanBytes(text, maxBytes)
  if (bytes === undefined) {
    return refusal('bad_text', field, text, 'text without control characters or lone surrogates')
  }
  return bytes > maxBytes ? refusal('too_long', field, text, `at most ${maxBytes} bytes of UTF-8`) : undefined
}

/**
 * The length in UTF-8, or undefined where the text holds a control character (C0, DEL, C1) or half of a surrogate pair.
 * Stops early, with a number beyond the limit, for a text that is longer than the limit in any encoding.
 */
function cleanBytes(text: string, maxBytes: number): number | undefined {
  if (text.length > maxBytes) return text.length
  let bytes = text.length
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x7f) {
      if (unit < 0x20) return undefined
    } else if (unit < 0x800) {
      if (unit < 0xa0) return undefined
      bytes += 1
    } else {
      // Three bytes for one unit, or four for the two units of a pair.
      bytes += 2
      if (unit >= 0xd800 && unit <= 0xdfff) {
        const next = text.charCodeAt(++i)
        if (unit > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return undefined
      }
    }
  }
  return bytes
}

const refusal = (code: RefusalCode, field: string, got: unknown, expected: string): Refusal => ({
  code,
  field,
  got: shown(got),
  expected,
})
