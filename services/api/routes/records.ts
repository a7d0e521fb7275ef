// GET /v1/dead-letters, /v1/dead-letters/{id} and /v1/changes: what was refused, and which closed hours moved.

import type { FastifyInstance, FastifyReply } from 'fastify'
import { LedgerError, shown } from '#core/errors.ts'
import { sendCsv } from '../answer/csv.ts'
import { readFreshUntil, readTotals, windowOf } from '../answer/meta.ts'
import { startReading } from '../answer/reading.ts'
import { readRecord, recordColumns, type StoredRecord } from '../answer/records.ts'
import { CURRENCY } from '../answer/values.ts'
import { type ApiContext, ask } from '../context.ts'
import { encodeCursor } from '../query/cursor.ts'
import { everythingIn } from '../query/model.ts'
import { checkNames, choice, FORMATS, type Query } from '../query/parameters.ts'
import {
  CHANGES,
  compileDeadLetter,
  compileRecords,
  DEAD_LETTERS,
  type RecordQuery,
  type RecordView,
  readRecordQuery,
} from '../query/records.ts'
import { readZone } from '../query/window.ts'
import { READ } from './read.ts'

export function registerRecordRoutes(server: FastifyInstance, context: ApiContext): void {
  const read = (query: Query, view: RecordView): RecordQuery =>
    readRecordQuery(query, view, { now: context.clock.now(), defaultZone: context.defaultZone })

  server.get('/v1/dead-letters', READ, async (request, reply) => {
    const parameters = request.query as Query
    const query = read(parameters, DEAD_LETTERS)
    const page = await readPage(startReading(context).context, DEAD_LETTERS, query)
    const answer = { ...page, meta: windowOf(query) }
    return isCsv(parameters) ? sendRecords(reply, DEAD_LETTERS, answer) : answer
  })

  server.get<{ Params: { id: string } }>('/v1/dead-letters/:id', READ, async request => {
    const query = request.query as Query
    checkNames(query, ['tz'])
    const zone = readZone(query, context.defaultZone)
    const { id } = request.params
    const [row, other] = await ask<StoredRecord>(startReading(context).context, compileDeadLetter(id))
    if (!row) throw new LedgerError('not_found', `dead letter ${shown(id)}`)
    if (other && row['dead_letter_id'] !== id) {
      throw new LedgerError('bad_query', `several dead letters begin with ${shown(id)}; give more of the id`)
    }
    return { data: readRecord(row, zone) }
  })

  server.get('/v1/changes', READ, async (request, reply) => {
    const parameters = request.query as Query
    const query = read(parameters, CHANGES)
    const reading = startReading(context)
    const freshUntil = await readFreshUntil(reading.context)
    const [page, totals] = await Promise.all([
      readPage(reading.context, CHANGES, query),
      readTotals(reading.context, everythingIn(query), freshUntil),
    ])
    const meta = { ...totals.meta, scanned: reading.scanned() }
    const answer = { ...page, currency: CURRENCY, meta }
    return isCsv(parameters) ? sendRecords(reply, CHANGES, answer) : answer
  })
}

const isCsv = (query: Query): boolean => choice(query, 'format', FORMATS) === 'csv'

interface Page {
  readonly data: readonly Record<string, unknown>[]
  readonly next_cursor: string | null
}

async function readPage(context: ApiContext, view: RecordView, query: RecordQuery): Promise<Page> {
  const found = await ask<StoredRecord>(context, compileRecords(view, query))
  const rows = found.slice(0, query.limit)
  const last = found.length > query.limit ? rows.at(-1) : undefined
  return {
    data: rows.map(({ rank: _rank, tie: _tie, ...row }) => readRecord(row, query.zone)),
    next_cursor: last
      ? encodeCursor(query.question, {
          window: query.window,
          value: String(last['rank']),
          id: String(last['tie']),
        })
      : null,
  }
}

const sendRecords = (
  reply: FastifyReply,
  { name, columns }: RecordView,
  { data, next_cursor: nextCursor, meta }: Page & { readonly meta: object },
): FastifyReply =>
  sendCsv(reply, {
    name,
    columns: recordColumns(columns),
    rows: data,
    truncated: nextCursor !== null,
    nextCursor,
    meta,
  })
