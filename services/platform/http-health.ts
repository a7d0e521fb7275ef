// What orchestrators and Prometheus ask: is the process alive (/healthz), can it do its work now (/readyz), how is it doing
// (/metrics). Liveness checks nothing: a process that is restarted because its warehouse is down helps nobody.

import type { FastifyInstance } from 'fastify'
import { ERRORS } from '#core/errors.ts'
import type { Registry } from './metrics.ts'
import { maskCredentials } from './secret.ts'

/** Whether one thing that the service needs is there, and why not. */
export type CheckResult = { readonly ok: true } | { readonly ok: false; readonly reason: string }

export type Check = () => Promise<CheckResult>

/** ms; a check that hangs is a check that failed. */
const CHECK_TIMEOUT = 2_000

/** ms that an answer serves all who ask: everybody may, and each run costs the log and the warehouse a request. */
const KEPT = 1_000

/** What follows these is the server's own text, which names the account. */
const DENIALS: readonly string[] = [ERRORS.log_denied.message, ERRORS.warehouse_denied.message]

/** Everybody may read it: no account and no password. */
const shownReason = (reason: string): string =>
  DENIALS.find(denial => reason.startsWith(denial)) ?? maskCredentials(reason)

async function run(check: Check): Promise<CheckResult> {
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<CheckResult>(resolve => {
    timer = setTimeout(() => resolve({ ok: false, reason: 'no answer within 2 s' }), CHECK_TIMEOUT)
  })
  try {
    const result = await Promise.race([check(), timeout])
    return result.ok ? result : { ok: false, reason: shownReason(result.reason) }
  } catch (error) {
    return { ok: false, reason: shownReason(error instanceof Error ? error.message : String(error)) }
  } finally {
    clearTimeout(timer)
  }
}

interface Readiness {
  readonly ok: boolean
  readonly checks: Readonly<Record<string, CheckResult>>
}

/**
 * Runs all checks, once at a time for all who ask, and keeps what came out for a second.
 * @param now a clock that never goes back, ms
 */
export function createReadiness(
  checks: Readonly<Record<string, Check>>,
  now: () => number = () => performance.now(),
): () => Promise<Readiness> {
  let latest: Promise<Readiness> | undefined
  let freshUntil = 0

  async function runAll(): Promise<Readiness> {
    const results = await Promise.all(
      Object.entries(checks).map(async ([name, check]) => [name, await run(check)] as const),
    )
    freshUntil = now() + KEPT
    return { ok: results.every(([, { ok }]) => ok), checks: Object.fromEntries(results) }
  }

  return () => {
    if (latest === undefined || now() >= freshUntil) {
      freshUntil = Number.POSITIVE_INFINITY
      latest = runAll()
    }
    return latest
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
  const readiness = createReadiness(checks)

  app.get('/healthz', OPEN, async () => ({ ok: true }))

  app.get('/readyz', OPEN, async (_request, reply) => {
    const ready = await readiness()
    return reply.code(ready.ok ? 200 : 503).send(ready)
  })

  app.get('/metrics', OPEN, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  )
}
