// GET /v1/events/{id}: one call, with everything that is stored of it and the lines that made its cost.

import type { FastifyInstance } from 'fastify'
import { LedgerError, shown } from '#core/errors.ts'
import { fromSqlTime } from '#core/hours.ts'
import { readEventRow, type StoredEvent } from '../answer/event-rows.ts'
import { type Coverage, metaOf, readFreshUntil } from '../answer/meta.ts'
import { startReading } from '../answer/reading.ts'
import { CURRENCY } from '../answer/values.ts'
import { type ApiContext, ask } from '../context.ts'
import { compileEvent } from '../query/events.ts'
import { checkNames, type Query } from '../query/parameters.ts'
import { EVENTS } from '../query/sources.ts'
import { readZone } from '../query/window.ts'
import { createBookOf } from '../stored-books.ts'
import { explainStored } from '../stored-event.ts'
import { READ } from './read.ts'

export function registerEventRoute(server: FastifyInstance, context: ApiContext): void {
  const bookOf = createBookOf()
  server.get<{ Params: { id: string } }>('/v1/events/:id', READ, async request => {
    const query = request.query as Query
    checkNames(query, ['tz'])
    const zone = readZone(query, context.defaultZone)
    const { id } = request.params
    const reading = startReading(context)
    const freshUntil = await readFreshUntil(reading.context)
    const [row] = await ask<StoredEvent>(reading.context, compileEvent(id))
    if (!row) throw new LedgerError('not_found', `event ${shown(id)}`)
    const at = fromSqlTime(String(row['occurred_at']))
    const price = explainStored(row, await bookOf(reading.context, String(row['price_book_version'])))
    const known = { freshUntil, coverage: coverageOf(row), source: EVENTS.name }
    const meta = { ...metaOf({ window: { from: at, to: at + 1 }, zone }, known), scanned: reading.scanned() }
    return { data: readEventRow(row, zone), price, currency: CURRENCY, meta }
  })
}

/** The coverage of one call. */
function coverageOf(row: StoredEvent): Coverage {
  const unpriced = row['cost_usd'] === null ? 1 : 0
  const estimated = row['cost_status'] === 'estimated' ? 1 : 0
  return {
    calls: 1,
    priced: 1 - unpriced - estimated,
    unpriced,
    estimated,
    inconsistent: row['cost_status'] === 'inconsistent_usage' ? 1 : 0,
    without_feature: row['feature'] === '' ? 1 : 0,
  }
}
