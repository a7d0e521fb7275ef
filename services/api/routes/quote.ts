// POST /v1/quote: what events would cost, without storing them.

import type { FastifyInstance } from 'fastify'
import { LedgerError } from '#core/errors.ts'
import { JSON_TYPE, NDJSON_TYPE } from '#platform/http-body.ts'
import { PROBLEM_TYPE, problemOf } from '#platform/problem.ts'
import { CURRENCY } from '../answer/values.ts'
import type { ApiContext } from '../context.ts'
import { checkNames, choice, type Query } from '../query/parameters.ts'
import { type Readable, readEvents } from '../quote/body.ts'
import { quote } from '../quote/quote.ts'

export function registerQuoteRoute(server: FastifyInstance, context: ApiContext): void {
  const config = { contentTypes: [JSON_TYPE, NDJSON_TYPE], scope: ['ingest', 'read'] } as const
  server.post('/v1/quote', { config }, async (request, reply) => {
    const query = request.query as Query
    checkNames(query, ['strict'])
    const strict = choice(query, 'strict', ['0', '1']) === '1'
    const answer = quoteAll(context, readEvents(request.body), strict)
    if (answer.data.length > 0) return { ...answer, currency: CURRENCY }
    const problem = problemOf(new LedgerError('nothing_acceptable', answer.rejected[0]?.message))
    return reply
      .code(problem.status)
      .type(PROBLEM_TYPE)
      .send({ ...problem, ...answer })
  })
}

/** `index` is an event's place in the request, from 0. */
function quoteAll({ books, clock }: ApiContext, events: readonly Readable[], strict: boolean) {
  const now = clock.now()
  const { book } = books.current()
  const quotes = events.map((event, index) => ({ index, quoted: quote(event, { book, now, strict }) }))
  return {
    data: quotes.flatMap(({ index, quoted }) =>
      quoted.kind === 'quoted' ? [{ index, ...quoted.data }] : [],
    ),
    rejected: quotes.flatMap(({ index, quoted }) =>
      quoted.kind === 'refused'
        ? [{ index, event_id: quoted.eventId, code: quoted.code, message: quoted.message }]
        : [],
    ),
    warnings: quotes.flatMap(({ index, quoted }) =>
      quoted.kind === 'quoted' ? quoted.warnings.map(message => ({ index, message })) : [],
    ),
  }
}
