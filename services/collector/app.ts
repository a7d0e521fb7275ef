// The collector on a port of its own. In embedded mode its route stands on the one port of everything.

import { randomBytes } from 'node:crypto'
import { uuidV7 } from '#core/identity.ts'
import type { ApiKeys } from '#platform/api-keys/api-keys.ts'
import { createHttpServer } from '#platform/http.ts'
import type { Check } from '#platform/http-health.ts'
import { listen } from '#platform/http-listen.ts'
import type { App } from '#platform/lifecycle.ts'
import type { Registry } from '#platform/metrics.ts'
import type { CollectorContext } from './context.ts'
import { createCollectorMetrics } from './metrics.ts'
import { registerCollector } from './routes.ts'

export interface CollectorOptions extends Omit<CollectorContext, 'metrics' | 'newEventId'> {
  readonly host: string
  readonly port: number
  readonly registry: Registry
  /** Without them everybody who reaches the port may send. */
  readonly keys: ApiKeys | undefined
  /** Whether the log would take events now. */
  readonly check: Check
}

/** `url` says where, once it runs. A stop finishes the requests that are under way; the log is closed after it. */
export function createCollector(options: CollectorOptions): App & { url(): string } {
  const { host, port, log, clock, registry, keys, check } = options
  const server = createHttpServer({ host, log, clock, keys, metrics: registry, checks: { log: check } })
  registerCollector(server, {
    ...options,
    newEventId: now => uuidV7(now, randomBytes(10)),
    metrics: createCollectorMetrics(registry),
  })
  let address = ''
  return {
    async start() {
      address = await listen(server, { host, port })
    },
    stop: () => server.close(),
    url: () => address,
  }
}
