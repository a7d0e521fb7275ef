// POST /v1/events. The status says what a sender should do: 202 some or all are safe, 422 none was acceptable and a retry is
// useless, 503 nothing was taken and a retry is right.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { LedgerError } from '#core/errors.ts'
import { JSON_TYPE, NDJSON_TYPE } from '#platform/http-body.ts'
import { PROBLEM_TYPE, problemOf } from '#platform/problem.ts'
import type { CollectorContext } from './context.ts'
import { createKeepRefused } from './keep-refused.ts'
import { receive } from './pipeline.ts'
import type { Body } from './read-candidates.ts'

const QUERY_SCHEMA = {
  type: 'object',
  properties: { strict: { enum: ['0', '1'] } },
  additionalProperties: false,
} as const

export function registerCollector(server: FastifyInstance, context: CollectorContext): void {
  const keepRefused = createKeepRefused(context)

  server.post<{ Querystring: { strict?: '0' | '1' } }>(
    '/v1/events',
    { schema: { querystring: QUERY_SCHEMA }, config: { contentTypes: [JSON_TYPE, NDJSON_TYPE] } },
    async (request, reply) => {
      const strict = request.query.strict === '1'
      const receipt = await receive(context, keepRefused, bodyOf(request), { strict, source: 'http' })
      if (receipt.accepted > 0) return reply.code(202).send(receipt)
      const problem = problemOf(new LedgerError('nothing_acceptable', receipt.rejected[0]?.message))
      return reply
        .code(problem.status)
        .type(PROBLEM_TYPE)
        .send({ ...problem, ...receipt })
    },
  )
}

/** A JSON body may be a string too, which is not NDJSON. */
const bodyOf = (request: FastifyRequest): Body =>
  request.headers['content-type']?.toLowerCase().startsWith(NDJSON_TYPE)
    ? { type: 'ndjson', text: String(request.body) }
    : { type: 'json', value: request.body }
