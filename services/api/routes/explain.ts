// GET /v1/explain: why spend changed, in parts that add up, and who carries the change.

import type { FastifyInstance } from 'fastify'
import { sendCsv } from '../answer/csv.ts'
import type { ApiContext } from '../context.ts'
import { explain } from '../explain/answer.ts'
import { EXPLAIN_COLUMNS, explainRows } from '../explain/csv.ts'
import { readExplainQuery } from '../explain/question.ts'
import { choice, FORMATS, type Query } from '../query/parameters.ts'
import { READ } from './read.ts'

export function registerExplainRoutes(server: FastifyInstance, context: ApiContext): void {
  server.get('/v1/explain', READ, async (request, reply) => {
    const parameters = request.query as Query
    const query = readExplainQuery(parameters, {
      now: context.clock.now(),
      defaultZone: context.defaultZone,
    })
    const asCsv = choice(parameters, 'format', FORMATS) === 'csv'
    const answer = await explain(context, query)
    if (!asCsv) return answer
    return sendCsv(reply, {
      name: 'explain',
      columns: EXPLAIN_COLUMNS,
      rows: explainRows(answer),
      meta: answer.meta,
    })
  })
}
