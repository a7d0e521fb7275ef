// What orchestrators and Prometheus ask. Open also where keys are asked for.

import type { Paths } from './operation.ts'
import { FLAG, mapOf, object, ref, type Schema, TEXT } from './schema.ts'

export const SERVICE_SCHEMAS: Readonly<Record<string, Schema>> = {
  Alive: object({ ok: FLAG }),
  Ready: object({ ok: FLAG, checks: mapOf(object({ ok: FLAG }, { reason: TEXT })) }),
}

const json = (description: string, schema: string, value: unknown) => ({
  description,
  content: { 'application/json': { schema: ref(schema), examples: { answer: { value } } } },
})

const COMMON = { tag: 'Service', scope: 'open', problems: [] } as const

export const SERVICE_PATHS: Paths = {
  '/healthz': {
    get: {
      ...COMMON,
      id: 'healthz',
      summary: 'Whether the process is alive',
      description: 'Checks nothing: a restart does not bring a warehouse back.',
      responses: { 200: json('It is.', 'Alive', { ok: true }) },
    },
  },
  '/readyz': {
    get: {
      ...COMMON,
      id: 'readyz',
      summary: 'Whether the process can work',
      description: 'Asks what the process needs; an answer is kept for a second.',
      responses: {
        200: json('It can.', 'Ready', { ok: true, checks: { log: { ok: true }, warehouse: { ok: true } } }),
        503: json('It cannot.', 'Ready', {
          ok: false,
          checks: { log: { ok: true }, warehouse: { ok: false, reason: 'no answer within 2 s' } },
        }),
      },
    },
  },
  '/metrics': {
    get: {
      ...COMMON,
      id: 'metrics',
      summary: 'Metrics for Prometheus',
      description: 'The names begin with `spendledger_`.',
      responses: {
        200: {
          description: 'The text format of Prometheus.',
          content: { 'text/plain': { schema: TEXT, example: 'spendledger_events_accepted_total 41\n' } },
        },
      },
    },
  },
}
