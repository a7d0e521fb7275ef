// The events of a body, each still unjudged: an object, an array, or NDJSON with one event a line. A line that is not JSON is
// that event's fault alone; its neighbours are taken.

import { LedgerError } from '#core/errors.ts'

/** One event as it came. */
export type Candidate = {
  /** For the dead letter: a line as sent, an event of a JSON body written again. */
  readonly text: () => string
} & (
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'broken'; readonly reason: string }
)

export type Body =
  | { readonly type: 'json'; readonly value: unknown }
  | { readonly type: 'ndjson'; readonly text: string }

export const MAX_EVENTS = 1_000

/**
 * @param body parsed JSON, or the lines of an NDJSON body
 * @throws LedgerError `body_empty`, `too_many_events`
 */
export function readCandidates(body: Body): Candidate[] {
  if (body.type === 'ndjson') {
    return counted(body.text.split('\n').filter(line => line.trim() !== '')).map(readLine)
  }
  return counted<unknown>(Array.isArray(body.value) ? body.value : [body.value]).map(readValue)
}

/** Before anything is made of them: one body has room for half a million numbers. */
function counted<T>(events: readonly T[]): readonly T[] {
  if (events.length === 0) throw new LedgerError('body_empty')
  if (events.length > MAX_EVENTS) throw new LedgerError('too_many_events', `got ${events.length}`)
  return events
}

const readValue = (value: unknown): Candidate => ({ kind: 'json', value, text: () => textOf(value) })

/** JSON that parses may be nested deeper than it can be written again. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    return '"an event nested too deeply to be kept"'
  }
}

function readLine(line: string): Candidate {
  const text = () => line
  try {
    return { kind: 'json', value: JSON.parse(line) as unknown, text }
  } catch (error) {
    return { kind: 'broken', reason: error instanceof Error ? error.message : String(error), text }
  }
}
