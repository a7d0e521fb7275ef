// From the log into the warehouse: how fast a backlog is stored, and what it costs in memory.

import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { createHarness, TOPIC } from '../consumer/harness.ts'
import { startEngine } from '../support/engine.ts'
import { type Bench, cpuClock, megabytes, seconds } from './bench.ts'
import { benchEvent } from './events.ts'

const EVENTS = 300_000
const APPEND = 1_000

export const consume: Bench = {
  name: 'consume',
  what: `a backlog of ${EVENTS} events, from the log on disk to rows that SQL sees`,
  async run() {
    const endings: (() => Promise<void>)[] = []
    const t = { after: (ending: () => Promise<void>) => endings.push(ending) }
    try {
      const engine = await startEngine(t)
      const harness = await createHarness(t)
      const codec = createUsageEventCodec(await loadSchemaStore())
      const now = Date.now()
      const cpu = cpuClock()
      const appendStart = performance.now()
      for (let i = 0; i < EVENTS; i += APPEND) {
        const records = Array.from({ length: APPEND }, (_, j) => {
          const event = benchEvent(i + j, now)
          return { key: event.event_id, value: codec.encode(event) }
        })
        await harness.eventLog.append(TOPIC, records)
      }
      const appendSeconds = seconds(appendStart)
      const appendCpu = cpu.lap()

      const reader = engine.warehouse('reader')
      const consumeStart = performance.now()
      let peak = 0
      await harness.start(engine.warehouse('writer'))
      for (;;) {
        const [row] = await reader.query<{ n: string }>('SELECT sum(stored) AS n FROM v_ingest_batches')
        peak = Math.max(peak, process.memoryUsage.rss())
        if (Number(row?.n) >= EVENTS) break
        await new Promise(resolve => setTimeout(resolve, 50))
      }
      const consumeSeconds = seconds(consumeStart)
      return [
        { name: 'append', value: Math.round(EVENTS / appendSeconds), unit: 'events/s' },
        { name: 'append CPU', value: Number(((appendCpu * 1e6) / EVENTS).toFixed(1)), unit: 'us/event' },
        { name: 'consume', value: Math.round(EVENTS / consumeSeconds), unit: 'events/s' },
        { name: 'consume CPU', value: Number(((cpu.lap() * 1e6) / EVENTS).toFixed(1)), unit: 'us/event' },
        { name: 'peak memory of the process', value: megabytes(peak), unit: 'MB' },
      ]
    } finally {
      for (const end of endings.reverse()) await end()
    }
  },
}
