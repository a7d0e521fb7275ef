// An aggregator as a process of its own, so that it can be paused and killed. Settings come as JSON in the first argument.
// mode "rounds": recomputes the given hours again and again; mode "wake": the aggregator as it runs in production.

import { createWarehouse } from '#adapters/clickhouse/client.ts'
import { toSpans } from '#core/hours.ts'
import { createMetrics } from '#platform/metrics.ts'
import { systemClock } from '#ports/clock.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { createAggregator } from '../../services/aggregator/app.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { aggregatorContext, quietLog } from './engine.ts'

export interface AggregatorChildSettings {
  readonly mode: 'rounds' | 'wake'
  readonly url: string
  readonly password: string
  readonly hours: readonly number[]
  readonly rounds: number
  /** Every so many recompute statements one is held up inside the server; 0 for never. */
  readonly slowEvery: number
}

const settings = JSON.parse(process.argv[2] ?? '{}') as AggregatorChildSettings
const plain = createWarehouse({ url: settings.url, user: 'aggregator', password: settings.password })
const warehouse = settings.slowEvery > 0 ? withSlowStatements(plain, settings.slowEvery) : plain

if (settings.mode === 'rounds') {
  const context = aggregatorContext(warehouse)
  for (let round = 0; round < settings.rounds; round++) {
    for (const span of toSpans(settings.hours)) await recomputeSpan(context, span)
    process.stdout.write('.')
  }
  await warehouse.close()
} else {
  const aggregator = createAggregator({
    warehouse,
    log: quietLog(),
    registry: createMetrics({ service: 'faults' }),
    clock: systemClock,
    topic: 'llm.usage.v1',
    retentionDays: 400,
  })
  await aggregator.start()
}

/** Holds the statement up between its look at the events and its insert: its rows land late, under an old version. */
function withSlowStatements(inner: Warehouse, every: number): Warehouse {
  let statements = 0
  return {
    ...inner,
    command(sql, options) {
      const slow = sql.startsWith('INSERT INTO usage_by') && ++statements % every === 0
      const text = slow ? sql.replace('FROM usage_events AS e FINAL\n  WHERE ', '$&sleep(3) = 0 AND ') : sql
      return inner.command(text, options)
    },
  }
}
