// The port of a service whose work does not come by HTTP: health, readiness and metrics.

import type { Config } from './config.ts'
import { createHttpServer } from './http.ts'
import type { Check } from './http-health.ts'
import { listen } from './http-listen.ts'
import type { App } from './lifecycle.ts'
import type { Logger } from './log.ts'
import type { Registry } from './metrics.ts'

export function createHealthServer(options: {
  readonly config: Pick<Config, 'host' | 'port'>
  readonly log: Logger
  readonly registry: Registry
  readonly checks: Readonly<Record<string, Check>>
}): App {
  const { config, log, registry, checks } = options
  const server = createHttpServer({ host: config.host, log, metrics: registry, checks })
  return {
    async start() {
      await listen(server, config)
    },
    stop: () => server.close(),
  }
}
