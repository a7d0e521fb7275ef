// The aggregator's metrics; what an operator watches to know that totals follow events.

import { Counter, Gauge, Histogram } from 'prom-client'
import type { Registry } from '#platform/metrics.ts'

export type AggregatorMetrics = ReturnType<typeof createAggregatorMetrics>

/** What only the leader knows: of another process these series would say something old, or 0. */
export function clearLeaderGauges({ dirtyHours, completeUntil, conservation }: AggregatorMetrics): void {
  dirtyHours.remove()
  completeUntil.remove()
  conservation.reset()
}

export function createAggregatorMetrics(registry: Registry) {
  const registers = [registry]
  return {
    dirtyHours: new Gauge({
      name: 'spendledger_dirty_hours',
      help: 'Hours that wait for a recompute',
      registers,
    }),
    recomputedHours: new Counter({
      name: 'spendledger_recomputed_hours_total',
      help: 'Hours recomputed',
      registers,
    }),
    recomputeSeconds: new Histogram({
      name: 'spendledger_recompute_seconds',
      help: 'Duration of one recompute of adjacent hours',
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      registers,
    }),
    ghosts: new Counter({
      name: 'spendledger_rollup_ghosts_total',
      help: 'Hours with rows of a run that finished late; each is recomputed',
      registers,
    }),
    crowdedHours: new Counter({
      name: 'spendledger_crowded_hours_total',
      help: 'Recomputed hours with more than 100,000 groups',
      registers,
    }),
    failedWakes: new Counter({
      name: 'spendledger_aggregator_failures_total',
      help: 'Wakes that ended with an error; the work stays due',
      registers,
    }),
    completeUntil: new Gauge({
      name: 'spendledger_complete_until_seconds',
      help: 'Every event that the log took before this Unix time is stored',
      registers,
    }),
    conservation: new Gauge({
      name: 'spendledger_conservation_failures',
      help: 'Findings of the last conservation check, by check; anything but 0 is a defect',
      labelNames: ['check'] as const,
      registers,
    }),
  }
}
