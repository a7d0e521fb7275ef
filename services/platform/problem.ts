// Errors as HTTP answers: every one is a problem body (RFC 9457) with a code of the one table, whoever raised it. A foreign
// error is "internal" and says nothing about itself to the outside; what it was stands in the log.

import type { FastifyError, FastifyReply } from 'fastify'
import { ERRORS, type ErrorCode, LedgerError } from '#core/errors.ts'

/** https://www.rfc-editor.org/rfc/rfc9457, with the code as an extra member. */
export interface Problem {
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
}

export const PROBLEM_TYPE = 'application/problem+json'

export const problemOf = (error: LedgerError): Problem => ({
  type: `urn:spendledger:error:${error.code}`,
  title: ERRORS[error.code].message,
  status: error.status,
  detail: error.message,
  code: error.code,
})

/** Fastify's codes that are the sender's doing: https://fastify.dev/docs/latest/Reference/Errors/ */
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: 'body_empty',
  FST_ERR_CTP_INVALID_JSON_BODY: 'body_not_parseable',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'body_not_parseable',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_ROUTE_MISSING_CONTENT_TYPE: 'unsupported_media_type',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_MAX_PARAM_LENGTH: 'not_found',
  // The sender went away in the middle of its body.
  ECONNRESET: 'body_not_parseable',
  ERR_STREAM_PREMATURE_CLOSE: 'body_not_parseable',
}

/** The error of the table that stands for a thrown value. */
export function ledgerErrorOf(error: unknown): LedgerError {
  if (error instanceof LedgerError) return error
  const { code, validation, validationContext, message } = (error ?? {}) as Partial<FastifyError>
  if (validation) {
    return new LedgerError(validationContext === 'body' ? 'wrong_type' : 'bad_query', message, {
      cause: error,
    })
  }
  const known = code === undefined ? undefined : FASTIFY_CODES[code]
  return new LedgerError(known ?? 'internal', undefined, { cause: error })
}

/** https://www.rfc-editor.org/rfc/rfc6750#section-3 */
const CHALLENGE = 'Bearer realm="spendledger"'

/** Answers with the problem; what may be tried again says when (Retry-After, seconds), 401 says what it asks for. */
export function sendProblem(reply: FastifyReply, error: LedgerError): FastifyReply {
  if (error.status === 401) reply.header('www-authenticate', CHALLENGE)
  if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter)
  return reply.code(error.status).type(PROBLEM_TYPE).send(problemOf(error))
}
