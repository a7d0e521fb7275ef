// GET /v1/events: single calls, the newest or the dearest first, page by page.

import type { FastifyInstance } from 'fastify'
import { sendCsv } from '../answer/csv.ts'
import { eventColumns, readEventRow, type StoredEvent } from '../answer/event-rows.ts'
import { describeGap, describeUnknown, readFreshUntil, readTotals } from '../answer/meta.ts'
import { startReading } from '../answer/reading.ts'
import { CURRENCY } from '../answer/values.ts'
import { type ApiContext, ask } from '../context.ts'
import { encodeCursor } from '../query/cursor.ts'
import { compileEvents, type EventQuery, LISTED_COLUMNS, readEventQuery, stepsOf } from '../query/events.ts'
import { choice, FORMATS, type Query } from '../query/parameters.ts'
import { EVENTS } from '../query/sources.ts'
import { READ } from './read.ts'

export function registerEventRoutes(server: FastifyInstance, context: ApiContext): void {
  server.get('/v1/events', READ, async (request, reply) => {
    const parameters = request.query as Query
    const query = readEventQuery(parameters, {
      now: context.clock.now(),
      defaultZone: context.defaultZone,
    })
    const asCsv = choice(parameters, 'format', FORMATS) === 'csv'
    const { costs } = query
    const reading = startReading(context)
    // First, as for every answer: what was in by then is in the rows.
    const [freshUntil, gap] = await Promise.all([
      readFreshUntil(reading.context),
      describeGap(reading.context, costs),
    ])
    const [found, totals] = await Promise.all([
      readEvents(reading.context, query),
      readTotals(reading.context, costs, freshUntil),
    ])
    const page = found.slice(0, costs.limit)
    const data = page.map(({ rank: _, ...row }) => readEventRow(row, costs.zone))
    const truncated = found.length > costs.limit
    const nextCursor = truncated ? cursorAfter(query, page.at(-1)) : null
    // A file's meta is a header, and foreign names may not stand in one.
    const unknown = asCsv ? {} : await describeUnknown(reading.context, costs, totals.meta)
    const meta = { ...totals.meta, source: EVENTS.name, ...gap, ...unknown, scanned: reading.scanned() }
    if (asCsv) {
      const columns = eventColumns(LISTED_COLUMNS)
      return sendCsv(reply, { name: 'events', columns, rows: data, truncated, nextCursor, meta })
    }
    return { data, next_cursor: nextCursor, currency: CURRENCY, meta }
  })
}

async function readEvents(context: ApiContext, query: EventQuery): Promise<StoredEvent[]> {
  let found: StoredEvent[] = []
  for (const step of stepsOf(query)) {
    found = await ask<StoredEvent>(context, compileEvents(step))
    if (found.length > query.costs.limit) break
  }
  return found
}

const cursorAfter = ({ question, costs }: EventQuery, row: StoredEvent | undefined): string | null =>
  row
    ? encodeCursor(question, {
        window: costs.window,
        value: String(row['rank']),
        id: String(row['event_id']),
      })
    : null
