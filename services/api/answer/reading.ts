// One answer's view of the warehouse: it counts what all statements behind the answer read, and turns a limit of the warehouse
// into an answer that says what to narrow. Nobody can make a question cheaper who is not told what it cost.

import { ERRORS, LedgerError } from '#core/errors.ts'
import type { ApiContext } from '../context.ts'

/** What the statements behind an answer read, from disk or cache. */
export interface Scanned {
  readonly rows: number
  readonly bytes: number
}

export interface Reading {
  /** For everything that asks the warehouse for this answer. */
  readonly context: ApiContext
  /** Of all statements that are done. */
  scanned(): Scanned
}

export function startReading(context: ApiContext): Reading {
  const scanned = { rows: 0, bytes: 0 }
  const { warehouse } = context
  return {
    context: {
      ...context,
      warehouse: {
        ...warehouse,
        query: <Row extends object>(...[sql, options]: Parameters<typeof warehouse.query>) =>
          warehouse
            .query<Row>(sql, {
              ...options,
              onRead: ({ rows, bytes }) => {
                scanned.rows += rows
                scanned.bytes += bytes
              },
            })
            .catch(narrowed),
      },
    },
    scanned: () => ({ ...scanned }),
  }
}

function narrowed(error: unknown): never {
  if (!(error instanceof LedgerError) || error.code !== 'query_too_large') throw error
  const reason = error.message.replace(`${ERRORS.query_too_large.message}: `, '')
  throw new LedgerError('query_too_large', `${reason}; ${NARROW}`, { cause: error })
}

const NARROW =
  'choose a shorter window, filter by what the rollups keep, or group by fewer or other dimensions'
