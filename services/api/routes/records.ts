// GET /v1/dead-letters, /v1/dead-letters/{id} and /v1/changes: what was refused, and which closed hours moved.

import type { FastifyInstance } from 'fastify'
import { LedgerError, shown } from '#core/errors.ts'
import { readTotals, windowOf } from '../answer/meta.ts'
import { readRecord, type StoredRecord } from '../answer/records.ts'
import { CURRENCY } from '../answer/values.ts'
import { type ApiContext, ask } from '../context.ts'
import { encodeCursor } from '../query/cursor.ts'
import { everythingIn } from '../query/model.ts'
import { checkNames, type Query } from '../query/parameters.ts'
import {
  CHANGES,
  compileDeadLetter,
  compileRecords,
  DEAD_LETTERS,
  ORDER,
  type RecordQuery,
  type RecordView,
  readRecordQuery,
} from '../query/records.ts'
import { readZone } from '../query/window.ts'
import { READ } from './read.ts'

export function registerRecordRoutes(server: FastifyInstance, context: ApiContext): void {
  const read = (query: unknown, view: RecordView): RecordQuery =>
    readRecordQuery(query as Query, view, { now: context.clock.now(), defaultZone: context.defaultZone })

  server.get('/v1/dead-letters', READ, async request =>
    page(context, DEAD_LETTERS, read(request.query, DEAD_LETTERS)),
  )

  server.get<{ Params: { id: string } }>('/v1/dead-letters/:id', READ, async request => {
    const query = request.query as Query
    checkNames(query, ['tz'])
    const zone = readZone(query, context.defaultZone)
    const { id } = request.params
    const [row, other] = await ask<StoredRecord>(context, compileDeadLetter(id))
    if (!row) throw new LedgerError('not_found', `dead letter ${shown(id)}`)
    if (other && row['dead_letter_id'] !== id) {
      throw new LedgerError('bad_query', `several dead letters begin with ${shown(id)}; give more of the id`)
    }
    return { data: readRecord(row, zone) }
  })

  server.get('/v1/changes', READ, async request => {
    const query = read(request.query, CHANGES)
    const [changes, { meta }] = await Promise.all([
      page(context, CHANGES, query),
      readTotals(context, everythingIn(query)),
    ])
    return { ...changes, currency: CURRENCY, meta }
  })
}

async function page(context: ApiContext, view: RecordView, query: RecordQuery) {
  const found = await ask<StoredRecord>(context, compileRecords(view, query))
  const rows = found.slice(0, query.limit)
  const last = found.length > query.limit ? rows.at(-1) : undefined
  return {
    data: rows.map(({ rank: _rank, tie: _tie, ...row }) => readRecord(row, query.zone)),
    next_cursor: last
      ? encodeCursor({ order: ORDER, value: String(last['rank']), id: String(last['tie']) })
      : null,
    meta: windowOf(query),
  }
}
