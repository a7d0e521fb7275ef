// The one table of errors and refusals: what a code means, how HTTP says it, and whether trying again can help.
// docs/errors.md has a heading for each; a test holds the two together.

interface ErrorEntry {
  readonly message: string
  readonly status: number
  readonly retryable: boolean
}

export const ERRORS = {
  // A whole request
  body_not_parseable: { message: 'The body is not valid JSON or NDJSON', status: 400, retryable: false },
  body_empty: { message: 'The body holds no event', status: 400, retryable: false },
  bad_compression: { message: 'The body is not valid gzip', status: 400, retryable: false },
  unauthorized: {
    message: 'A valid API key is needed: Authorization: Bearer <key>',
    status: 401,
    retryable: false,
  },
  not_allowed: { message: 'The API key does not allow this', status: 403, retryable: false },
  rate_limited: { message: 'The API key sends more than its limit', status: 429, retryable: true },
  bad_query: { message: 'A query parameter is not valid', status: 400, retryable: false },
  query_too_large: { message: 'The question is too large to answer', status: 400, retryable: false },
  host_not_allowed: { message: 'The Host header names another host', status: 403, retryable: false },
  not_found: { message: 'There is nothing here', status: 404, retryable: false },
  body_too_large: {
    message: 'The body is larger than 1 MiB after decompression',
    status: 413,
    retryable: false,
  },
  too_many_events: { message: 'One request carries at most 1,000 events', status: 413, retryable: false },
  unsupported_media_type: {
    message: 'Content type or encoding is not supported',
    status: 415,
    retryable: false,
  },
  nothing_acceptable: { message: 'No event in the request was acceptable', status: 422, retryable: false },
  record_too_large: {
    message: 'An event is larger than the event log takes',
    status: 413,
    retryable: false,
  },
  log_full: { message: 'The event log is full; nothing was taken', status: 503, retryable: true },
  log_unavailable: {
    message: 'The event log does not answer; nothing was taken',
    status: 503,
    retryable: true,
  },
  log_denied: { message: 'The event log refuses this user', status: 503, retryable: false },
  warehouse_denied: { message: 'The warehouse refuses this user', status: 503, retryable: false },
  warehouse_unavailable: { message: 'The warehouse does not answer', status: 503, retryable: true },
  warehouse_refused: { message: 'The warehouse refused the statement', status: 500, retryable: false },
  stopping: { message: 'The service is stopping', status: 503, retryable: true },
  internal: { message: 'Something went wrong inside spendledger', status: 500, retryable: true },

  // One event, or one record of the log: these are also the reasons of dead letters
  not_an_object: { message: 'An event is a JSON object', status: 422, retryable: false },
  wrong_type: { message: 'A field has the wrong type', status: 422, retryable: false },
  out_of_range: { message: 'A value is outside of what is possible', status: 422, retryable: false },
  too_long: { message: 'A value is longer than allowed', status: 422, retryable: false },
  bad_text: { message: 'A text holds control characters or broken Unicode', status: 422, retryable: false },
  missing_field: { message: 'A needed field is missing', status: 422, retryable: false },
  unknown_field: { message: 'A field is not known', status: 422, retryable: false },
  conflicting_fields: { message: 'Fields contradict one another', status: 422, retryable: false },
  bad_usage: {
    message: 'The usage object does not have the shape of its format',
    status: 422,
    retryable: false,
  },
  missing_occurred_at: {
    message:
      'An event that brings event_id or response_id must bring occurred_at too: a retry with another time would be another event',
    status: 422,
    retryable: false,
  },
  too_old: { message: 'occurred_at is older than raw events are kept', status: 422, retryable: false },
  in_future: { message: 'occurred_at is more than an hour ahead', status: 422, retryable: false },
  empty_record: { message: 'The record is empty', status: 422, retryable: false },
  unknown_framing: { message: 'The first bytes are no framing we know', status: 422, retryable: false },
  unknown_schema: { message: 'The schema id or fingerprint is not known', status: 422, retryable: false },
  malformed_avro: { message: 'The bytes do not fit the Avro schema', status: 422, retryable: false },
  record_failed: { message: 'The record made the consumer fail', status: 422, retryable: false },
  row_refused: { message: 'The warehouse refused this row', status: 422, retryable: false },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof ERRORS

/** The codes that may refuse one event: the closed list of dead-letter reasons. */
export type RefusalCode = {
  [C in ErrorCode]: (typeof ERRORS)[C]['status'] extends 422 ? C : never
}[ErrorCode]

/** Why one event was refused: the field, what came and what was expected. `got` is cut to 80 characters. */
export interface Refusal {
  readonly code: RefusalCode
  readonly field: string
  readonly got: string
  readonly expected: string
}

/**
 * Foreign text with everything in it that could act on a terminal or reorder a line as `\u00XX`: control characters (C0,
 * DEL, C1), line and paragraph separators, bidirectional controls, halves of surrogate pairs.
 */
const escaped = (text: string): string =>
  text.replace(
    /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/gu,
    character => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** The path of a field ends in keys that are the sender's own, each as long as a body can be: cut to 128 characters. */
export const shownField = (refusal: Refusal): string => escaped(refusal.field.slice(0, 128)).slice(0, 128)

/** A refusal as one sentence, the same in answers, dead letters and logs. */
export function refusalMessage(refusal: Refusal): string {
  const field = shownField(refusal)
  const got = refusal.got ? `${field ? `${field} is` : 'got'} ${refusal.got}` : field
  const expected = refusal.expected ? `expected ${refusal.expected}` : ''
  const details = [got, expected].filter(Boolean).join(', ')
  return details ? `${ERRORS[refusal.code].message}: ${details}` : ERRORS[refusal.code].message
}

/**
 * Shows a foreign value in a message: JSON without control characters, at most 80 characters. Of objects and lists only what they are: they may be
 * nested deeper than JSON.stringify can go, and may hold what no message should repeat.
 */
export function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  const text = escaped(typeof value === 'bigint' ? String(value) : (JSON.stringify(value) ?? String(value)))
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

/** An error with a code of the table. `retryable` decides whether callers try again; nobody reads messages. */
export class LedgerError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly retryable: boolean
  /** Seconds until a retry makes sense; goes out as Retry-After. */
  readonly retryAfter: number | undefined

  constructor(code: ErrorCode, detail?: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    const entry = ERRORS[code]
    super(detail ? `${entry.message}: ${detail}` : entry.message, { cause: options.cause })
    this.name = 'LedgerError'
    this.code = code
    this.status = entry.status
    this.retryable = entry.retryable
    this.retryAfter = options.retryAfter ?? (entry.retryable ? 5 : undefined)
  }
}
