// The events of a body, each still unjudged: an object, an array, or NDJSON with one event a line. A line that is not JSON is
// that event's fault alone; its neighbours are taken.

import { LedgerError } from '#core/errors.ts'

/** One event as it came. */
export type Candidate = {
  /** As sent, for the dead letter. */
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
  const candidates = body.type === 'ndjson' ? readLines(body.text) : readJson(body.value)
  if (candidates.length === 0) throw new LedgerError('body_empty')
  if (candidates.length > MAX_EVENTS) throw new LedgerError('too_many_events', `got ${candidates.length}`)
  return candidates
}

const readJson = (body: unknown): Candidate[] =>
  (Array.isArray(body) ? body : [body]).map(value => ({
    kind: 'json',
    value,
    text: () => textOf(value),
  }))

/** JSON that parses may be nested deeper than it can be written again. */
function textOf(value: unknown): string {
  try {
    return JSON.stringify(value)
  } catch {
    return '"an event nested too deeply to be kept"'
  }
}

function readLines(body: string): Candidate[] {
  return body
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => {
      const text = () => line
      try {
        return { kind: 'json', value: JSON.parse(line) as unknown, text }
      } catch (error) {
        return { kind: 'broken', reason: error instanceof Error ? error.message : String(error), text }
      }
    })
}
