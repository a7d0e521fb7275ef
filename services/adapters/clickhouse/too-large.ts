// Tells a question that is too large from a server that is too busy. The first is the asker's to narrow, and asking again only makes
// the same work again; the second is worth another try.

import { ClickHouseError } from '@clickhouse/client'
import { LedgerError } from '#core/errors.ts'

/** ClickHouse src/Common/ErrorCodes.cpp; each completes "... than one question may". */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['158', 'it would read more rows'], // TOO_MANY_ROWS
  ['159', 'it would take longer'], // TIMEOUT_EXCEEDED
  ['160', 'it would take longer'], // TOO_SLOW
  ['241', 'it would take more memory'], // MEMORY_LIMIT_EXCEEDED
  ['307', 'it would read more bytes'], // TOO_MANY_BYTES
  ['396', 'it would answer with more rows or keep more temporary data'], // TOO_MANY_ROWS_OR_BYTES
])

/** A query's own limit, as against that of all queries of a user or of the whole server, which other people use up. */
const OF_THE_QUERY = /\(for query\)|query memory limit/i

/** The error of a query that reached a limit of its own; undefined for any other error. */
export function asTooLarge(error: unknown): LedgerError | undefined {
  if (!(error instanceof ClickHouseError)) return undefined
  const reason = REASONS.get(error.code)
  if (reason === undefined || (error.code === '241' && !OF_THE_QUERY.test(error.message))) return undefined
  return new LedgerError('query_too_large', `${reason} than one question may`, { cause: error })
}
