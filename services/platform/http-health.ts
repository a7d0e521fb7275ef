// What orchestrators and Prometheus ask: is the process alive (/healthz), can it do its work now (/readyz), how is it doing
// (/metrics). Liveness checks nothing: a process that is restarted because its warehouse is down helps nobody.

import type { FastifyInstance } from 'fastify'
import type { Registry } from './metrics.ts'

/** Whether one thing that the service needs is there, and why not. */
export type CheckResult = { readonly ok: true } | { readonly ok: false; readonly reason: string }

export type Check = () => Promise<CheckResult>

/** ms; a check that hangs is a check that failed. */
const CHECK_TIMEOUT = 2_000

async function run(check: Check): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<CheckResult>(resolve => {
    timer = setTimeout(() => resolve({ ok: false, reason: 'no answer within 2 s' }), CHECK_TIMEOUT)
  })
  try {
    return await Promise.race([check(), timeout])
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) }
  } finally {
    clearTimeout(timer)
  }
}

/** Orchestrators and Prometheus hold no keys. */
const OPEN = { config: { scope: 'open' } } as const

/** Adds /healthz, /readyz and /metrics. */
export function addHealthRoutes(
  app: FastifyInstance,
  options: { readonly checks: Readonly<Record<string, Check>>; readonly metrics: Registry },
): void {
  const { checks, metrics } = options

  app.get('/healthz', OPEN, async () => ({ ok: true }))

  app.get('/readyz', OPEN, async (_request, reply) => {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await run(check)] as const),
    )
    const ok = results.every(([, result]) => result.ok)
    return reply.code(ok ? 200 : 503).send({ ok, checks: Object.fromEntries(results) })
  })

  app.get('/metrics', OPEN, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  )
}
