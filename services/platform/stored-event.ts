// A row of events turned back into the event that was priced: for explaining a price line by line, and for pricing again. A
// field that is lost on this way would give a stored event another price than it had when it came in.

import { TOKEN_COLUMN } from '#core/columns.ts'
import { fromSqlTime } from '#core/hours.ts'
import { noTokens, TOKEN_BUCKETS } from '#core/tokens.ts'
import { EVENT_FIELDS, type EventField, type FieldKind, type UsageEvent } from '#core/usage-event.ts'
import { defaultEvent } from './json-event/default-event.ts'

/** A row of v_events or usage_events as the warehouse answers it: 64-bit integers and decimals as text. */
export type StoredRow = Readonly<Record<string, unknown>>

const READ: Readonly<Partial<Record<FieldKind, (value: unknown) => unknown>>> = {
  count: Number,
  optional_count: value => (value === null ? null : Number(value)),
  time: value => fromSqlTime(String(value)),
  count_map: value =>
    Object.fromEntries(Object.entries(value as object).map(([key, count]) => [key, Number(count)])),
}

const FIELDS = Object.entries(EVENT_FIELDS) as [EventField, FieldKind][]

/** Fields of the event by their columns; what no column holds keeps its default. */
export function toUsageEvent(row: StoredRow): UsageEvent {
  const fields: Partial<Record<EventField, unknown>> = {}
  for (const [name, kind] of FIELDS) {
    const value = row[name]
    const read = READ[kind]
    if (value !== undefined) fields[name] = read ? read(value) : value
  }
  const event = Object.assign(defaultEvent(), fields)
  event.tokens = noTokens()
  for (const bucket of TOKEN_BUCKETS) event.tokens[bucket] = Number(row[TOKEN_COLUMN[bucket]])
  event.reported_cost = String(row['reported_cost_usd'] ?? '')
  return event
}
