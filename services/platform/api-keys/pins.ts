// Fields of an event that a key may pin: whom spend belongs to. Never what an event is (its ids and times), what it used and
// what it cost: a pin there would turn many events into one, or one price into another.

import { checkEventLimits } from '#core/event-limits.ts'
import type { EventField } from '#core/usage-event.ts'
import { defaultEvent } from '../json-event/default-event.ts'

export const PINNABLE_FIELDS = [
  'source',
  'tenant_id',
  'user_id',
  'user_segment',
  'team',
  'feature',
  'workflow_id',
  'session_id',
  'task_type',
  'prompt_id',
  'prompt_version',
  'release',
  'environment',
  'service',
  'api_key_id',
  'routing_rule',
] as const satisfies readonly EventField[]

export type PinnableField = (typeof PINNABLE_FIELDS)[number]

/** What events of a key say in these fields, whatever they were sent with. */
export type Pins = Readonly<Partial<Record<PinnableField, string>>>

const isPinnable = (field: string): field is PinnableField =>
  PINNABLE_FIELDS.some(pinnable => pinnable === field)

/** What is wrong with a pin, as the sentence after its name; undefined if nothing is. */
export function pinComplaint(field: string, value: string): string | undefined {
  if (!isPinnable(field)) return `cannot be pinned, expected one of ${PINNABLE_FIELDS.join(', ')}`
  if (value === '') return 'is empty, expected a text'
  const refusal = checkEventLimits({ ...defaultEvent(), event_id: 'any', [field]: value })
  return refusal && `expected ${refusal.expected}`
}
