// The events of a request for quotes: one object, an array, or NDJSON. Unlike a delivery, nothing is lost when a line is
// broken, so the request as a whole is refused.

import { LedgerError } from '#core/errors.ts'

export const MAX_EVENTS = 1_000

/** @throws LedgerError `body_empty`, `body_not_parseable`, `too_many_events` */
export function readEvents(body: unknown): unknown[] {
  const events = typeof body === 'string' ? readLines(body) : Array.isArray(body) ? body : [body]
  if (events.length === 0) throw new LedgerError('body_empty')
  if (events.length > MAX_EVENTS) throw new LedgerError('too_many_events', `got ${events.length}`)
  return events
}

const readLines = (body: string): unknown[] =>
  body.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return []
    try {
      return [JSON.parse(line) as unknown]
    } catch (cause) {
      throw new LedgerError('body_not_parseable', `line ${i + 1}`, { cause })
    }
  })
