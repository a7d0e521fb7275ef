// Calls without usage that cost nothing: the provider answered with an error instead of tokens. Everything else without
// usage may have been billed (a timeout or an abort after dispatch is, for its input at least), so it is unpriced.

import type { UsageEvent } from './usage-event.ts'

/** The whole text, so that "timeout after 500 ms" is none. */
const HTTP_ERROR = /^(?:http|status|error)?[ _:-]*([45]\d\d)(?:[ _:-]+[a-z][a-z _-]*)?$/i

/** Answers of something that gave up waiting: the provider may have gone on, and bills what it did. */
const GAVE_UP = new Set(['408', '499', '504', '524'])

/** Names under which SDKs report an HTTP error, without case, separators and the endings "error" and "exception". */
const ANSWERED = new Set([
  'api',
  'apistatus',
  'authentication',
  'badrequest',
  'billing',
  'conflict',
  'contextlengthexceeded',
  'failedprecondition',
  'insufficientquota',
  'internal',
  'internalserver',
  'invalidargument',
  'invalidrequest',
  'modelnotfound',
  'notfound',
  'overloaded',
  'permission',
  'permissiondenied',
  'quotaexceeded',
  'ratelimit',
  'ratelimited',
  'ratelimitexceeded',
  'requesttoolarge',
  'resourceexhausted',
  'server',
  'serviceunavailable',
  'throttling',
  'toomanyrequests',
  'unauthenticated',
  'unauthorized',
  'unavailable',
  'unprocessableentity',
  'validation',
])

/**
 * Whether the provider turned the call down, and so bills nothing for it: an error status with an HTTP 4xx or 5xx, or
 * one of the names for it, as `error_type`, and no output begun. https://platform.claude.com/docs/en/api/errors,
 * https://developers.openai.com/api/docs/guides/error-codes
 */
export function wasTurnedDown(event: UsageEvent): boolean {
  if (event.status !== 'error' || event.output_started === true) return false
  const name = event.error_type
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/(?:error|exception)$/, '')
  const [, status] = HTTP_ERROR.exec(event.error_type.trim()) ?? []
  return status === undefined ? ANSWERED.has(name) : !GAVE_UP.has(status)
}
