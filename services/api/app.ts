// The API: questions about spend, answered from the warehouse's views. In embedded mode its routes stand on the one port of
// everything; in cluster mode it is a process of its own.

import type { FastifyInstance } from 'fastify'
import type { ApiKeys } from '#platform/api-keys/api-keys.ts'
import { createHttpServer } from '#platform/http.ts'
import { listen } from '#platform/http-listen.ts'
import type { App } from '#platform/lifecycle.ts'
import type { Registry } from '#platform/metrics.ts'
import type { ApiContext } from './context.ts'
import { registerCostRoutes } from './routes/costs.ts'
import { registerDocsRoutes } from './routes/docs.ts'
import { registerEventRoute } from './routes/event.ts'
import { registerEventRoutes } from './routes/events.ts'
import { registerExplainRoutes } from './routes/explain.ts'
import { registerPriceRoutes } from './routes/prices.ts'
import { registerQuoteRoute } from './routes/quote.ts'
import { registerRecordRoutes } from './routes/records.ts'

export type { ApiContext } from './context.ts'

/** Adds the API's routes to a server. */
export function registerApi(server: FastifyInstance, context: ApiContext): void {
  registerCostRoutes(server, context)
  registerEventRoutes(server, context)
  registerEventRoute(server, context)
  registerExplainRoutes(server, context)
  registerQuoteRoute(server, context)
  registerPriceRoutes(server, context)
  registerRecordRoutes(server, context)
  registerDocsRoutes(server)
}

export interface ApiOptions extends ApiContext {
  readonly host: string
  readonly port: number
  readonly metrics: Registry
  /** Without them everybody who reaches the port may ask. */
  readonly keys?: ApiKeys | undefined
}

/** The API on a port of its own. `url` says where, once it runs. */
export function createApi(options: ApiOptions): App & { url(): string } {
  const { host, port, log, metrics, keys, warehouse } = options
  const server = createHttpServer({
    host,
    log,
    metrics,
    clock: options.clock,
    keys,
    checks: { warehouse: () => warehouse.ping() },
  })
  registerApi(server, options)
  let address = ''
  return {
    async start() {
      address = await listen(server, { host, port })
    },
    stop: () => server.close(),
    url: () => address,
  }
}
