// GET /v1/costs, /v1/costs/timeseries and /v1/coverage: one question with other measures, with or without time.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { costColumns, flatten, type RawRow, readCostRow } from '../answer/cost-rows.ts'
import { sendCsv, toCsv } from '../answer/csv.ts'
import { readRowsAndTotals } from '../answer/meta.ts'
import { CURRENCY } from '../answer/values.ts'
import { type ApiContext, ask } from '../context.ts'
import { compileCosts } from '../query/compile.ts'
import { type ReadOptions, readCostQuery } from '../query/model.ts'
import { choice, FORMATS, type Query } from '../query/parameters.ts'
import { COST_MEASURES, COVERAGE_MEASURES } from '../query/sources.ts'
import { READ } from './read.ts'

interface Report extends Pick<ReadOptions, 'measures'> {
  readonly series: (query: Query) => boolean
  /** Of the CSV file. */
  readonly name: string
}

export function registerCostRoutes(server: FastifyInstance, context: ApiContext): void {
  server.get(
    '/v1/costs',
    READ,
    report(context, { measures: COST_MEASURES, series: () => false, name: 'costs' }),
  )
  server.get(
    '/v1/costs/timeseries',
    READ,
    report(context, { measures: COST_MEASURES, series: () => true, name: 'timeseries' }),
  )
  server.get(
    '/v1/coverage',
    READ,
    report(context, {
      measures: COVERAGE_MEASURES,
      series: query => query['granularity'] !== undefined,
      name: 'coverage',
    }),
  )
}

const report =
  (context: ApiContext, { measures, series, name }: Report) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const parameters = request.query as Query
    const query = readCostQuery(parameters, {
      measures,
      series: series(parameters),
      now: context.clock.now(),
      defaultZone: context.defaultZone,
    })
    const toData = (rows: readonly RawRow[]) => rows.slice(0, query.limit).map(row => readCostRow(query, row))
    if (choice(parameters, 'format', FORMATS) === 'csv') {
      const rows = await ask<RawRow>(context, compileCosts(query))
      const text = toCsv(costColumns(query), toData(rows).map(flatten))
      return sendCsv(reply, { name, truncated: rows.length > query.limit, text })
    }
    const { rows, meta, total } = await readRowsAndTotals(context, query)
    const truncated = rows.length > query.limit
    return { data: toData(rows), total, currency: CURRENCY, meta: { ...meta, truncated } }
  }
