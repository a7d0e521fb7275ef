// The consumer's metrics. read = stored + dead + dropped once everything read is settled; `verify` and the gauge
// spendledger_conservation_failures say whether it holds.

import { Counter, Gauge, Histogram } from 'prom-client'
import type { Registry } from '#platform/metrics.ts'

export type ConsumerMetrics = ReturnType<typeof createConsumerMetrics>

export function createConsumerMetrics(registry: Registry) {
  const registers = [registry]
  return {
    read: new Counter({
      name: 'spendledger_records_read_total',
      help: 'Records read from the log',
      registers,
    }),
    stored: new Counter({ name: 'spendledger_events_stored_total', help: 'Events stored', registers }),
    dropped: new Counter({
      name: 'spendledger_records_dropped_total',
      help: 'Records that need no row, by reason',
      labelNames: ['reason'] as const,
      registers,
    }),
    deadLetters: new Counter({
      name: 'spendledger_dead_letters_total',
      help: 'Records refused, by reason',
      labelNames: ['reason'] as const,
      registers,
    }),
    lettersCut: new Counter({
      name: 'spendledger_letters_cut_total',
      help: 'Dead letters kept without bytes, because their topic does not take records of that size',
      registers,
    }),
    lettersDropped: new Counter({
      name: 'spendledger_letters_dropped_total',
      help: 'Records of the dead-letter topic that are not kept in the warehouse, by reason',
      labelNames: ['reason'] as const,
      registers,
    }),
    priced: new Counter({
      name: 'spendledger_events_priced_total',
      help: 'Events by cost status, repeats included',
      labelNames: ['status'] as const,
      registers,
    }),
    retries: new Counter({
      name: 'spendledger_consumer_retries_total',
      help: 'Actions repeated because the warehouse or the log did not answer',
      labelNames: ['action'] as const,
      registers,
    }),
    batchRows: new Histogram({
      name: 'spendledger_batch_rows',
      help: 'Rows of one insert',
      buckets: [1, 10, 100, 1_000, 10_000, 100_000],
      registers,
    }),
    settleSeconds: new Histogram({
      name: 'spendledger_settle_seconds',
      help: 'From the first row of a delivery to its commit',
      buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    lag: new Gauge({
      name: 'spendledger_consumer_lag',
      help: 'Records appended and not yet committed',
      labelNames: ['topic', 'partition'] as const,
      registers,
    }),
  }
}
