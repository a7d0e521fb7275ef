// The verdict on one event: a record for the log, or a refusal. Everything that the consumer would refuse is refused here
// already, so that the sender hears of it; the consumer checks again, since others write to the log too.

import { checkOccurredAt } from '#core/accepted-times.ts'
import { type Refusal, refusalMessage, shown } from '#core/errors.ts'
import { normaliseEvent } from '#core/normalise/index.ts'
import type { Pins } from '#platform/api-keys/pins.ts'
import { readJsonEvent } from '#platform/json-event/read-json-event.ts'
import type { NewRecord } from '#ports/event-log.ts'
import type { CollectorContext } from './context.ts'
import { applyPins } from './pin.ts'
import type { Candidate } from './read-candidates.ts'

export interface JudgeOptions {
  /** When the request came, ms; one instant for all of its events. */
  readonly receivedAt: number
  /** Refuses unknown fields instead of warning. */
  readonly strict: boolean
  /** Which way in: the event's `source` where it names none. */
  readonly source: string
  /** What the sender's key says in place of the event. */
  readonly pinned: Pins
}

export interface Refused {
  readonly kind: 'refused'
  readonly refusal: Refusal
  readonly message: string
  readonly eventId: string
  /** Whether the event names itself, by event_id or response_id: then the same bytes again are the same event. */
  readonly named: boolean
}

export type Verdict =
  | Refused
  | { readonly kind: 'accepted'; readonly record: NewRecord; readonly warnings: readonly string[] }

export function judge(context: CollectorContext, candidate: Candidate, options: JudgeOptions): Verdict {
  if (candidate.kind === 'broken') {
    return refused(
      { code: 'not_an_object', field: '', got: shown(candidate.reason), expected: 'one JSON object' },
      '',
      false,
    )
  }
  const { receivedAt } = options
  const named = isNamed(candidate.value)
  const read = readJsonEvent(candidate.value, { ...options, newId: () => context.newEventId(receivedAt) })
  if (!read.ok) return refused(read.refusal, read.eventId, named)
  const { event, warnings } = applyPins(read.event, candidate.value, options.pinned)

  const { retentionDays, notBefore } = context
  const late = checkOccurredAt(event.occurred_at, { now: receivedAt, retentionDays, notBefore })
  if (late) return refused(late, event.event_id, named)
  const normalised = normaliseEvent(event)
  if (normalised.kind === 'dead-letter') return refused(normalised.refusal, event.event_id, named)

  return {
    kind: 'accepted',
    record: { key: event.event_id, value: context.codec.encode(event) },
    warnings: [...read.warnings.map(warning => warning.message), ...warnings],
  }
}

function isNamed(value: unknown): boolean {
  const { event_id: id, response_id: responseId }: { event_id?: unknown; response_id?: unknown } =
    Object(value)
  return [id, responseId].some(name => typeof name === 'string' && name !== '')
}

const refused = (refusal: Refusal, eventId: string, named: boolean): Refused => ({
  kind: 'refused',
  refusal,
  message: refusalMessage(refusal),
  eventId,
  named,
})
