// GET /v1/prices: what the price book says, of one model or of all.

import type { FastifyInstance } from 'fastify'
import { sendCsv } from '../answer/csv.ts'
import type { ApiContext } from '../context.ts'
import { answerPrices } from '../prices/answer.ts'
import { priceColumns } from '../prices/rows.ts'
import { choice, FORMATS, type Query } from '../query/parameters.ts'
import { READ } from './read.ts'

export function registerPriceRoutes(server: FastifyInstance, { books, clock }: ApiContext): void {
  server.get('/v1/prices', READ, async (request, reply) => {
    const query = request.query as Query
    const { data, next_cursor, ...answer } = answerPrices(books.current().book, query, clock.now())
    if (choice(query, 'format', FORMATS) !== 'csv') return { data, next_cursor, ...answer }
    return sendCsv(reply, {
      name: 'prices',
      columns: priceColumns(query['model'] === undefined ? 'models' : 'rules'),
      rows: data.map(row => ({ ...row })),
      truncated: next_cursor !== null,
      nextCursor: next_cursor,
      meta: answer.meta,
    })
  })
}
