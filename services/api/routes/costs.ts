// GET /v1/costs, /v1/costs/timeseries and /v1/coverage: one question with other measures, with or without time.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { costColumns, flatten, readCostRow } from '../answer/cost-rows.ts'
import { sendCsv } from '../answer/csv.ts'
import { describeUnknown, readRowsAndTotals } from '../answer/meta.ts'
import { startReading } from '../answer/reading.ts'
import { CURRENCY } from '../answer/values.ts'
import type { ApiContext } from '../context.ts'
import { COVERAGE_METRICS } from '../query/metrics.ts'
import { type ReadOptions, readCostQuery } from '../query/model.ts'
import { choice, FORMATS, type Query } from '../query/parameters.ts'
import { READ } from './read.ts'

interface Report extends Pick<ReadOptions, 'metrics'> {
  readonly series: (query: Query) => boolean
  /** Of the CSV file. */
  readonly name: string
}

export function registerCostRoutes(server: FastifyInstance, context: ApiContext): void {
  server.get('/v1/costs', READ, report(context, { series: () => false, name: 'costs' }))
  server.get('/v1/costs/timeseries', READ, report(context, { series: () => true, name: 'timeseries' }))
  server.get(
    '/v1/coverage',
    READ,
    report(context, {
      metrics: COVERAGE_METRICS,
      series: query => query['granularity'] !== undefined,
      name: 'coverage',
    }),
  )
}

const report =
  (context: ApiContext, { series, name, ...fixed }: Report) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const parameters = request.query as Query
    const query = readCostQuery(parameters, {
      ...fixed,
      series: series(parameters),
      now: context.clock.now(),
      defaultZone: context.defaultZone,
    })
    const asCsv = choice(parameters, 'format', FORMATS) === 'csv'
    const reading = startReading(context)
    const { rows, meta: known, total } = await readRowsAndTotals(reading.context, query)
    const truncated = rows.length > query.limit
    const data = rows.slice(0, query.limit).map(row => readCostRow(query, row))
    // A file's meta is a header, and foreign names may not stand in one.
    const unknown = asCsv ? {} : await describeUnknown(reading.context, query, known)
    const meta = { ...known, ...unknown, scanned: reading.scanned(), truncated }
    if (asCsv) {
      return sendCsv(reply, { name, columns: costColumns(query), rows: data.map(flatten), truncated, meta })
    }
    return { data, total, currency: CURRENCY, meta }
  }
