// GET /v1/prices: what the price book says, of one model or of all.

import type { FastifyInstance } from 'fastify'
import type { ApiContext } from '../context.ts'
import { answerPrices } from '../prices/answer.ts'
import type { Query } from '../query/parameters.ts'
import { READ } from './read.ts'

export function registerPriceRoutes(server: FastifyInstance, { books, clock }: ApiContext): void {
  server.get('/v1/prices', READ, async request =>
    answerPrices(books.current().book, request.query as Query, clock.now()),
  )
}
