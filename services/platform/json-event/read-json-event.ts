// A JSON event becomes a usage event: the one way in for everything that is not Avro. What it lets through is within all
// limits and goes to the log as it is; what it refuses names the field, what came and what was expected.

import type { Refusal } from '#core/errors.ts'
import { checkEventLimits } from '#core/event-limits.ts'
import {
  EVENT_FIELDS,
  type EventField,
  type FieldKind,
  type Status,
  type UsageEvent,
} from '#core/usage-event.ts'
import { defaultEvent } from './default-event.ts'
import { describeValue } from './describe-value.ts'
import { identify, type Stamps } from './event-identity.ts'
import { checkTypes, IGNORED_FIELD, type JsonEvent } from './event-schema.ts'
import { likelyField, unknownFields, type Warning, warnUnknown } from './unknown-fields.ts'
import { readUsage } from './usage-object.ts'

/** What the one who takes the event adds to it. */
export interface Intake extends Stamps {
  /** Refuses fields that the event does not have instead of dropping them with a warning. */
  readonly strict: boolean
  /** Which way the event came, where it does not say so itself. */
  readonly source: string
}

export type JsonEventResult =
  | { readonly ok: true; readonly event: UsageEvent; readonly warnings: readonly Warning[] }
  | {
      readonly ok: false
      readonly refusal: Refusal
      /** As far as the event named one. */
      readonly eventId: string
    }

/** Attempts that may have used nothing, or nothing that anybody counted. */
const USAGE_OPTIONAL: ReadonlySet<Status> = new Set(['error', 'aborted', 'cached_by_gateway'])

/**
 * Reads one event of the JSON form (docs/event.md). Never throws, and never looks at the clock: whether occurred_at is
 * acceptable is for `checkOccurredAt`.
 */
export function readJsonEvent(value: unknown, intake: Intake): JsonEventResult {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const got = describeValue(value)
    return refused({ code: 'not_an_object', field: '', got, expected: 'a JSON object' }, value)
  }
  const types = checkTypes(value)
  if (!types.ok) return refused(types.refusal, value)
  const { json } = types

  const unknown = unknownFields(value)
  const [firstUnknown] = unknown
  if (intake.strict && firstUnknown !== undefined) return refused(unknownRefusal(firstUnknown), value)

  const incomplete = checkComplete(json)
  if (incomplete) return refused(incomplete, value)

  const event = buildEvent(json, intake)
  if ('code' in event) return refused(event, value)

  const outside = checkEventLimits(event)
  if (outside) return refused(asSent(outside, json), value)
  return { ok: true, event, warnings: [...warnIgnored(value), ...warnUnknown(unknown)] }
}

/** Who sent `usage` does not know that it is kept as raw_usage. */
const asSent = (refusal: Refusal, json: JsonEvent): Refusal =>
  refusal.field === 'raw_usage' && isGiven(json.usage) ? { ...refusal, field: 'usage' } : refusal

/** An empty object says nothing: read as zeros it would be a free call. */
const isGiven = (part: object | null | undefined): part is object => Object.keys(part ?? {}).length > 0

const hasUsage = (json: JsonEvent): boolean =>
  isGiven(json.usage) || isGiven(json.tokens) || isGiven(json.units) || Boolean(json.raw_usage)

function checkComplete(json: JsonEvent): Refusal | undefined {
  if (isGiven(json.usage) && isGiven(json.tokens)) return conflict('tokens', 'usage or tokens, not both')
  if (isGiven(json.usage) && json.raw_usage) return conflict('raw_usage', 'usage or raw_usage, not both')
  if (!json.provider) return missing('provider', 'who served the call')
  if (!json.request_model && !json.response_model)
    return missing('request_model', 'request_model or response_model')

  const optional = USAGE_OPTIONAL.has(json.status ?? 'ok') || json.usage_source === 'none'
  return hasUsage(json) || optional
    ? undefined
    : missing('usage', 'usage, tokens or units; or usage_source "none"')
}

const conflict = (field: EventField, expected: string): Refusal => ({
  code: 'conflicting_fields',
  field,
  got: '',
  expected,
})

const missing = (field: string, expected: string): Refusal => ({
  code: 'missing_field',
  field,
  got: '',
  expected,
})

const unknownRefusal = (name: string): Refusal => {
  const meant = likelyField(name)
  return {
    code: 'unknown_field',
    field: name.slice(0, 64),
    got: '',
    expected: meant ? `perhaps ${meant}` : '',
  }
}

/** Kinds whose JSON value is not yet the event's value. */
const READ_KINDS: ReadonlySet<FieldKind> = new Set<FieldKind>(['time', 'tokens', 'decimal', 'decimal_map'])

const PLAIN_FIELDS = (Object.keys(EVENT_FIELDS) as EventField[]).filter(
  field => !READ_KINDS.has(EVENT_FIELDS[field]),
)

function buildEvent(json: JsonEvent, intake: Intake): UsageEvent | Refusal {
  const identity = identify(json, intake)
  if ('code' in identity) return identity
  const rawUsage = isGiven(json.usage) ? readUsage(json.usage) : (json.raw_usage ?? '')
  if (typeof rawUsage === 'object') return rawUsage

  const event = defaultEvent()
  copyPlain(json, event)
  event.event_id = identity.event_id
  event.occurred_at = identity.occurred_at
  event.received_at = intake.receivedAt
  if (event.source === '') event.source = intake.source
  Object.assign(event.tokens, json.tokens)
  event.units = decimalTexts(json.units ?? {})
  event.raw_usage = rawUsage
  if (hasUsage(json)) event.usage_source = json.usage_source ?? 'provider'
  event.reported_cost = String(json.reported_cost ?? '')
  return event
}

function copyPlain(json: JsonEvent, target: Record<string, unknown>): void {
  for (const field of PLAIN_FIELDS) {
    const value = json[field]
    if (value !== undefined && value !== null) target[field] = value
  }
}

const decimalTexts = (units: Record<string, string | number>): Record<string, string> =>
  Object.fromEntries(Object.entries(units).map(([unit, quantity]) => [unit, String(quantity)]))

const warnIgnored = (value: object): Warning[] =>
  Object.hasOwn(value, IGNORED_FIELD)
    ? [
        {
          code: 'ignored_field',
          field: IGNORED_FIELD,
          message: 'received_at was ignored: it is stamped on arrival',
        },
      ]
    : []

function refused(refusal: Refusal, value: unknown): JsonEventResult {
  const id = typeof value === 'object' && value !== null && 'event_id' in value ? value.event_id : ''
  return { ok: false, refusal, eventId: typeof id === 'string' ? id.slice(0, 128) : '' }
}
