// `spendledger api`: the API as a process of its own, over the warehouse.

import { migratedWarehouseFrom, warehouseOf } from '#adapters/from-config.ts'
import { openApiKeys } from '#platform/api-keys/api-keys.ts'
import type { Config } from '#platform/config.ts'
import { warehouseLater } from '#platform/later.ts'
import { runApps } from '#platform/lifecycle.ts'
import { createLogger } from '#platform/log.ts'
import { createMetrics } from '#platform/metrics.ts'
import { arrival, closing, createNeed } from '#platform/need.ts'
import { openPriceBooks } from '#platform/price-books.ts'
import { systemClock as clock } from '#ports/clock.ts'
import { createApi } from './app.ts'

/** Ties the service to the process's signals; resolves once the warehouse is there. Until then it listens and answers 503. */
export async function runApi({ config }: { config: Config }): Promise<void> {
  const log = createLogger({ level: config.logLevel, format: config.logFormat, service: 'api' })
  const metrics = createMetrics({ service: 'api' })
  const { apiKeysFile } = config
  const keys = apiKeysFile === undefined ? undefined : openApiKeys({ file: apiKeysFile, log, clock })
  const reader = createNeed({
    what: warehouseOf(config),
    open: () => migratedWarehouseFrom(config, 'reader'),
    health: warehouse => warehouse.ping(),
    log,
  })
  const api = createApi({
    host: config.host,
    port: config.port,
    keys,
    warehouse: warehouseLater(reader, 'reader'),
    clock,
    books: await openPriceBooks({ overlayFile: config.prices, log, registry: metrics }),
    defaultZone: config.timezone,
    log,
    metrics,
  })
  await runApps({ needs: closing([reader]), api, warehouse: arrival([reader]) }, { log })
}
