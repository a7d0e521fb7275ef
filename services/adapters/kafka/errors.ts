// What the brokers' refusals mean to us. kafkajs wraps errors in errors and marks even a refused connection as not retriable, so
// names and types decide, wherever in the chain of causes they stand. A denial taken for an outage is waited for in vain; an
// outage taken for a denial ends a process that should have waited.

import { LedgerError } from '#core/errors.ts'

/** Protocol errors: the user may not do this. https://kafka.apache.org/protocol#protocol_error_codes */
const DENIALS = new Set([
  'TOPIC_AUTHORIZATION_FAILED',
  'GROUP_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
])

const TOO_LARGE = new Set(['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE'])

/** The group goes on without this generation of ours: what is assigned is about to be said anew. */
const GENERATION_GONE = new Set([
  'REBALANCE_IN_PROGRESS',
  'ILLEGAL_GENERATION',
  'UNKNOWN_MEMBER_ID',
  'FENCED_INSTANCE_ID',
  'NOT_COORDINATOR_FOR_GROUP',
])

/** The first group of a cluster waits until its coordinator is there. */
const NO_COORDINATOR_YET = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR_FOR_GROUP',
])

interface KafkaError extends Error {
  readonly type?: string
}

/** The error and its causes, outermost first. */
function* chain(error: unknown): Generator<KafkaError> {
  for (let depth = 0; error instanceof Error && depth < 10; depth++) {
    yield error
    error = error.cause
  }
}

const typeIn = (error: unknown, types: ReadonlySet<string>): string | undefined =>
  [...chain(error)].map(({ type }) => type ?? '').find(type => types.has(type))

export const isTooLarge = (error: unknown): boolean => typeIn(error, TOO_LARGE) !== undefined

export const isGenerationGone = (error: unknown): boolean => typeIn(error, GENERATION_GONE) !== undefined

export const hasNoCoordinatorYet = (error: unknown): boolean =>
  typeIn(error, NO_COORDINATOR_YET) !== undefined ||
  [...chain(error)].some(({ name }) => name === 'KafkaJSGroupCoordinatorNotFound')

/** What the brokers deny, in words; undefined for anything else. */
export function denialIn(error: unknown): string | undefined {
  for (const { name, type, message } of chain(error)) {
    if (name === 'KafkaJSSASLAuthenticationError') return `wrong user or password: ${message}`
    if (type !== undefined && DENIALS.has(type)) return `${type}: ${message}`
  }
  return undefined
}

/** As `log_denied` or `log_unavailable`, with the brokers' words. */
export function toLogError(error: unknown): LedgerError {
  if (error instanceof LedgerError) return error
  const denial = denialIn(error)
  if (denial !== undefined) return new LedgerError('log_denied', denial, { cause: error })
  return new LedgerError('log_unavailable', innermost(error), { cause: error })
}

/** The outer messages only say that something was tried several times. */
function innermost(error: unknown): string {
  const messages = [...chain(error)].map(({ message }) => message)
  return messages.at(-1) ?? String(error)
}
