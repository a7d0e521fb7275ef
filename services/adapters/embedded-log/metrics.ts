// How full the log is, as metrics: a log that nobody sees filling up answers 503 one day. Read when somebody scrapes.

import { Gauge } from 'prom-client'
import type { Registry } from '#platform/metrics.ts'
import type { EmbeddedLog } from './embedded-log.ts'

/** Adds the log's gauges to the registry. To be called once for a registry. */
export function watchEmbeddedLog(log: Pick<EmbeddedLog, 'stats'>, registry: Registry): void {
  const registers = [registry]
  new Gauge({
    name: 'spendledger_event_log_used_bytes',
    help: 'Bytes of the embedded event log that are in use',
    registers,
    collect() {
      this.set(log.stats().usedBytes)
    },
  })
  new Gauge({
    name: 'spendledger_event_log_max_bytes',
    help: 'Bytes that the embedded event log may use',
    registers,
    collect() {
      this.set(log.stats().maxBytes)
    },
  })
  new Gauge({
    name: 'spendledger_event_log_records',
    help: 'Records that the embedded event log keeps, consumed ones included',
    labelNames: ['topic'] as const,
    registers,
    collect() {
      for (const [topic, records] of log.stats().records) this.set({ topic }, records)
    },
  })
}
