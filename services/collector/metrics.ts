// The collector's metrics: what came in, what was refused and why, how long the log took.

import { Counter, Histogram } from 'prom-client'
import type { Registry } from '#platform/metrics.ts'

export type CollectorMetrics = ReturnType<typeof createCollectorMetrics>

export function createCollectorMetrics(registry: Registry) {
  const registers = [registry]
  return {
    accepted: new Counter({
      name: 'spendledger_events_accepted_total',
      help: 'Events answered with 202: they are durable in the log',
      registers,
    }),
    rejected: new Counter({
      name: 'spendledger_events_rejected_total',
      help: 'Events refused, by reason',
      labelNames: ['reason'] as const,
      registers,
    }),
    lettersNotKept: new Counter({
      name: 'spendledger_refusals_not_kept_total',
      help: 'Refused events that are counted but not kept as dead letters: over the cap, or the log did not take them',
      registers,
    }),
    appendSeconds: new Histogram({
      name: 'spendledger_append_seconds',
      help: 'Until the log has an accepted request durably',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
      registers,
    }),
  }
}
