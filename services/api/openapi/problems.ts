// What can go wrong, by the one table of errors: a problem body for each status, with the codes that it may carry.

import { ERRORS, type ErrorCode, LedgerError } from '#core/errors.ts'
import { groupBy } from '#core/group-by.ts'
import { PROBLEM_TYPE, problemOf } from '#platform/problem.ts'
import { object, oneOf, type Schema, TEXT } from './schema.ts'

const CODES = Object.keys(ERRORS) as ErrorCode[]

const isRefusal = (code: ErrorCode): boolean => ERRORS[code].status === 422 && code !== 'nothing_acceptable'

/** The codes that refuse one event. */
export const REFUSAL_CODES: readonly ErrorCode[] = CODES.filter(isRefusal)

/** The codes of whole requests. */
export const PROBLEM_CODES: readonly ErrorCode[] = CODES.filter(code => !isRefusal(code))

export const PROBLEM_FIELDS: Readonly<Record<string, Schema>> = {
  type: { type: 'string', pattern: '^urn:spendledger:error:[a-z_]+$' },
  title: TEXT,
  status: { type: 'integer', minimum: 400, maximum: 599 },
  detail: { type: 'string', description: 'For people.' },
  code: { ...oneOf(PROBLEM_CODES), description: 'For programs: does not change.' },
}

export const PROBLEM_SCHEMAS: Readonly<Record<string, Schema>> = {
  Problem: { ...object(PROBLEM_FIELDS), description: 'An error, as RFC 9457 has it.' },
}

/** What may happen to every question that the warehouse answers. */
export const ASKING = [
  'bad_query',
  'query_too_large',
  'warehouse_unavailable',
  'warehouse_denied',
  'warehouse_refused',
] as const satisfies readonly ErrorCode[]

/** What every request may meet. */
const EVERYWHERE: readonly ErrorCode[] = ['host_not_allowed', 'stopping', 'internal']

const WITH_KEYS: readonly ErrorCode[] = ['unauthorized', 'not_allowed']

/** Responses by status, for these codes and those that any request may meet. */
export function problems(
  codes: readonly ErrorCode[],
  { open = false }: { readonly open?: boolean } = {},
): Record<string, object> {
  const all = [...codes, ...(open ? [] : WITH_KEYS), ...EVERYWHERE]
  const byStatus = groupBy(all, code => String(ERRORS[code].status))
  return Object.fromEntries([...byStatus].map(([status, ofStatus]) => [status, response(ofStatus)]))
}

function response(codes: readonly ErrorCode[]): object {
  const headers = {
    ...(codes.some(code => ERRORS[code].retryable) ? { 'Retry-After': RETRY_AFTER } : {}),
    ...(codes.includes('unauthorized') ? { 'WWW-Authenticate': CHALLENGE } : {}),
  }
  return {
    description: codes.map(code => `\`${code}\`: ${ERRORS[code].message}.`).join('\n\n'),
    ...(Object.keys(headers).length > 0 ? { headers } : {}),
    content: {
      [PROBLEM_TYPE]: {
        schema: { $ref: '#/components/schemas/Problem' },
        examples: Object.fromEntries(codes.map(code => [code, { value: problemOf(new LedgerError(code)) }])),
      },
    },
  }
}

const RETRY_AFTER = {
  description: 'Seconds after which trying again makes sense; missing where it does not.',
  schema: { type: 'integer', minimum: 0 },
}

const CHALLENGE = { description: 'Asks for a key.', schema: TEXT }
