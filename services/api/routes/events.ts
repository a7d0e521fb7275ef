// GET /v1/events: single calls, the newest or the dearest first, page by page.

import type { FastifyInstance } from 'fastify'
import { sendCsv, toCsv } from '../answer/csv.ts'
import { eventColumns, readEventRow, type StoredEvent } from '../answer/event-rows.ts'
import { readTotals } from '../answer/meta.ts'
import { CURRENCY } from '../answer/values.ts'
import { type ApiContext, ask } from '../context.ts'
import { encodeCursor } from '../query/cursor.ts'
import { compileEvents, type EventOrder, LISTED_COLUMNS, readEventQuery } from '../query/events.ts'
import { choice, FORMATS, type Query } from '../query/parameters.ts'
import { READ } from './read.ts'

export function registerEventRoutes(server: FastifyInstance, context: ApiContext): void {
  server.get('/v1/events', READ, async (request, reply) => {
    const parameters = request.query as Query
    const query = readEventQuery(parameters, {
      now: context.clock.now(),
      defaultZone: context.defaultZone,
    })
    const asCsv = choice(parameters, 'format', FORMATS) === 'csv'
    const { costs, order } = query
    const [found, totals] = await Promise.all([
      ask<StoredEvent>(context, compileEvents(query)),
      asCsv ? undefined : readTotals(context, costs),
    ])
    const page = found.slice(0, costs.limit)
    const data = page.map(({ rank: _, ...row }) => readEventRow(row, costs.zone))
    const truncated = found.length > costs.limit
    if (!totals) {
      return sendCsv(reply, { name: 'events', truncated, text: toCsv(eventColumns(LISTED_COLUMNS), data) })
    }
    const next = truncated ? cursorAfter(order, page.at(-1)) : null
    return { data, next_cursor: next, currency: CURRENCY, meta: totals.meta }
  })
}

const cursorAfter = (order: EventOrder, row: StoredEvent | undefined): string | null =>
  row ? encodeCursor({ order, value: String(row['rank']), id: String(row['event_id']) }) : null
