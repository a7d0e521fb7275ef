// `spendledger alerter`: the alerter as a process of its own, over the warehouse; of several, one leads.

import { leadershipFrom, migratedWarehouseFrom, warehouseOf } from '#adapters/from-config.ts'
import type { Config } from '#platform/config.ts'
import { createHealthServer } from '#platform/health-server.ts'
import { runApps } from '#platform/lifecycle.ts'
import { createLogger } from '#platform/log.ts'
import { createMetrics } from '#platform/metrics.ts'
import { closing, createNeed, whenThere } from '#platform/need.ts'
import { createAlerter } from './app.ts'

/** Ties the service to the process's signals; resolves once it runs. */
export async function runAlerter({ config }: { config: Config }): Promise<void> {
  const log = createLogger({ level: config.logLevel, format: config.logFormat, service: 'alerter' })
  const registry = createMetrics({ service: 'alerter' })
  const warehouse = createNeed({
    what: warehouseOf(config),
    open: () => migratedWarehouseFrom(config, 'reader'),
    health: reader => reader.ping(),
    log,
  })
  const leadership = leadershipFrom(config, 'alerter', log)
  const needs = [warehouse, leadership]
  const alerter = whenThere(needs, () => createAlerter({ leadership: leadership.value(), log, registry }))
  const checks = { warehouse: warehouse.check, leadership: leadership.check }
  const http = createHealthServer({ config, log, registry, checks })
  await runApps({ needs: closing(needs), http, alerter }, { log })
}
