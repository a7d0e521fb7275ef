// An engine with the ledger's schema, for fault runs that need no other part of the ledger.

import { createLogger, type Logger } from '#platform/log.ts'
import { createMetrics } from '#platform/metrics.ts'
import { systemClock } from '#ports/clock.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { createAggregatorContext } from '../../services/aggregator/app.ts'
import type { AggregatorContext } from '../../services/aggregator/context.ts'
import { startEngine, type TestEngine } from '../support/engine.ts'

export const quietLog = (): Logger => createLogger({ level: 'warn', format: 'auto', service: 'faults' })

/** Runs something with an engine, and ends the engine however that went. */
export async function withEngine<T>(work: (engine: TestEngine) => Promise<T>): Promise<T> {
  const endings: (() => Promise<void>)[] = []
  try {
    return await work(await startEngine({ after: ending => endings.push(ending) }))
  } finally {
    for (const end of endings.reverse()) await end()
  }
}

export const aggregatorContext = (warehouse: Warehouse): AggregatorContext =>
  createAggregatorContext({
    warehouse,
    log: quietLog(),
    registry: createMetrics({ service: 'faults' }),
    clock: systemClock,
    topic: 'llm.usage.v1',
    retentionDays: 400,
  })
