// The events of a request for quotes: one object, an array, or NDJSON. A line that is not JSON is refused alone, as in a
// delivery; its neighbours are priced.

import { LedgerError, type Refusal, shown } from '#core/errors.ts'

export const MAX_EVENTS = 1_000

/** One event as it came, or why it is none. */
export type Readable = { readonly event: unknown } | { readonly refusal: Refusal }

/** @throws LedgerError `body_empty`, `too_many_events` */
export function readEvents(body: unknown): Readable[] {
  if (typeof body === 'string')
    return counted(body.split('\n').filter(line => line.trim() !== '')).map(readLine)
  return counted<unknown>(Array.isArray(body) ? body : [body]).map(event => ({ event }))
}

/** Before anything is made of them. */
function counted<T>(events: readonly T[]): readonly T[] {
  if (events.length === 0) throw new LedgerError('body_empty')
  if (events.length > MAX_EVENTS) throw new LedgerError('too_many_events', `got ${events.length}`)
  return events
}

function readLine(line: string): Readable {
  try {
    return { event: JSON.parse(line) as unknown }
  } catch (error) {
    const got = shown(error instanceof Error ? error.message : error)
    return { refusal: { code: 'not_an_object', field: '', got, expected: 'one JSON object' } }
  }
}
