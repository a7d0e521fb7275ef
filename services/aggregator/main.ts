// `spendledger aggregator`: the aggregator as a process of its own, over the warehouse; of several, one leads.

import { leadershipFrom, migratedWarehouseFrom, warehouseOf } from '#adapters/from-config.ts'
import type { Config } from '#platform/config.ts'
import { createHealthServer } from '#platform/health-server.ts'
import { runApps } from '#platform/lifecycle.ts'
import { createLogger } from '#platform/log.ts'
import { createMetrics } from '#platform/metrics.ts'
import { closing, createNeed, whenThere } from '#platform/need.ts'
import { systemClock as clock } from '#ports/clock.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { createAggregator } from './app.ts'

/** Ties the service to the process's signals; resolves once it runs. */
export async function runAggregator({ config }: { config: Config }): Promise<void> {
  const log = createLogger({ level: config.logLevel, format: config.logFormat, service: 'aggregator' })
  const registry = createMetrics({ service: 'aggregator' })
  const warehouse = createNeed({
    what: warehouseOf(config),
    open: () => openWarehouse(config),
    health: aggregator => aggregator.ping(),
    log,
  })
  const leadership = leadershipFrom(config, 'aggregator', log)
  const needs = [warehouse, leadership]
  const aggregator = whenThere(needs, () =>
    createAggregator({
      warehouse: warehouse.value(),
      leadership: leadership.value(),
      topic: config.kafkaTopic,
      retentionDays: config.rawRetentionDays,
      clock,
      log,
      registry,
    }),
  )
  const checks = { warehouse: warehouse.check, leadership: leadership.check }
  const http = createHealthServer({ config, log, registry, checks })
  await runApps({ needs: closing(needs), http, aggregator }, { log })
}

/** A warehouse whose tables this account may read: one for readers would lead and do nothing. */
async function openWarehouse(config: Config): Promise<Warehouse> {
  const warehouse = await migratedWarehouseFrom(config, 'aggregator')
  try {
    await warehouse.query('SELECT hour FROM rollup_runs LIMIT 1')
    return warehouse
  } catch (error) {
    await warehouse.close()
    throw error
  }
}
