// POST /v1/events. The status says what a sender should do: 202 some or all are safe, 422 none was acceptable and a retry is
// useless, 503 nothing was taken and a retry is right.

import type { FastifyInstance, FastifyRequest } from 'fastify'
import { LedgerError, shown } from '#core/errors.ts'
import { JSON_TYPE, NDJSON_TYPE } from '#platform/http-body.ts'
import { PROBLEM_TYPE, problemOf } from '#platform/problem.ts'
import type { CollectorContext } from './context.ts'
import { createKeepRefused } from './keep-refused.ts'
import { receive } from './pipeline.ts'
import type { Body } from './read-candidates.ts'

export function registerCollector(server: FastifyInstance, context: CollectorContext): void {
  const keepRefused = createKeepRefused(context)

  server.post<{ Querystring: Record<string, unknown> }>(
    '/v1/events',
    { config: { contentTypes: [JSON_TYPE, NDJSON_TYPE], scope: 'ingest', limited: true } },
    async (request, reply) => {
      const strict = readStrict(request.query)
      const receipt = await receive(context, keepRefused, bodyOf(request), {
        strict,
        source: 'http',
        pinned: request.apiKey?.pinned ?? {},
        admit: events => request.apiKey?.take({ events, bytes: request.bodyBytes }),
      })
      if (receipt.accepted > 0) return reply.code(202).send(receipt)
      const problem = problemOf(new LedgerError('nothing_acceptable', receipt.rejected[0]?.message))
      return reply
        .code(problem.status)
        .type(PROBLEM_TYPE)
        .send({ ...problem, ...receipt })
    },
  )
}

/** @throws LedgerError `bad_query` that names the parameter and what it may be */
function readStrict({ strict = '0', ...others }: Record<string, unknown>): boolean {
  const [unknown] = Object.keys(others)
  if (unknown !== undefined)
    throw new LedgerError('bad_query', `${shown(unknown)} is unknown, expected strict`)
  if (strict !== '0' && strict !== '1') {
    throw new LedgerError('bad_query', `strict is ${shown(strict)}, expected 0 or 1`)
  }
  return strict === '1'
}

/** A JSON body may be a string too, which is not NDJSON. */
const bodyOf = (request: FastifyRequest): Body =>
  request.headers['content-type']?.toLowerCase().startsWith(NDJSON_TYPE)
    ? { type: 'ndjson', text: String(request.body) }
    : { type: 'json', value: request.body }
