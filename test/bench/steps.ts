// What one event costs in the consumer's process, stage by stage and in all, for each form in which events come. The log is
// left out: reading it costs whatever the log costs. `total` is the real loop with whole deliveries, and holds what stages
// by themselves do not show: collecting the garbage of what had to live until its delivery was stored.

import { createWarehouse } from '#adapters/clickhouse/client.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import type { LogBatch, LogRecord } from '#ports/event-log.ts'
import type { ConsumerContext } from '../../services/consumer/context.ts'
import { settleDelivery } from '../../services/consumer/pipeline.ts'
import { prepare } from '../../services/consumer/prepare.ts'
import { createRowWriter } from '../../services/consumer/row-binary.ts'
import { decode } from '../../services/consumer/steps/decode.ts'
import { guard } from '../../services/consumer/steps/guard.ts'
import { normalise } from '../../services/consumer/steps/normalise.ts'
import { price } from '../../services/consumer/steps/price.ts'
import type { RecordStep } from '../../services/consumer/steps.ts'
import { USAGE_COLUMNS, writeRow } from '../../services/consumer/usage-row.ts'
import { createStepWorld } from '../consumer/context.ts'
import { type Bench, cpuClock, type Measurement } from './bench.ts'
import { benchEvent, rawUsageEvent } from './events.ts'
import { startSink } from './sink.ts'

const DELIVERY = 25_000
const DELIVERIES = 4
/** Deliveries before the first that counts: compiling is no cost of an event. */
const WARM_UP = 2
const SLICE = 200

export const steps: Bench = {
  name: 'steps',
  what: 'CPU of one event in each stage of the consumer',
  async run() {
    const endings: (() => Promise<void>)[] = []
    const t = { after: (ending: () => Promise<void>) => void endings.push(ending) }
    try {
      const { url } = await startSink(t)
      const warehouse = createWarehouse({ url, user: 'writer', password: '' })
      t.after(() => warehouse.close())
      const { context } = await createStepWorld(t, warehouse.insert)
      const now = Date.now()
      const forms: [string, Uint8Array[]][] = [
        ['Avro, buckets', valuesOf(i => context.codec.encode(benchEvent(i, now)))],
        ['Avro, raw usage', valuesOf(i => context.codec.encode(rawUsageEvent(i, now)))],
        ['JSON', valuesOf(i => encodeJson(rawUsageEvent(i, now)))],
      ]
      const results: Measurement[] = []
      // All totals first: the stages keep more alive at a time than the consumer does, and the engine adapts to that.
      for (const work of [settleWhole, runStages]) {
        for (const [form, values] of forms) {
          for (const [stage, seconds] of await measure(work, context, values, now)) {
            const value = Number(((seconds * 1e6) / (DELIVERIES * DELIVERY)).toFixed(2))
            results.push({ name: `${form}: ${stage}`, value, unit: 'us CPU/event' })
          }
        }
      }
      return results
    } finally {
      for (const end of endings.reverse()) await end()
    }
  },
}

const encodeJson = ({ raw_usage, tokens: _, ...event }: UsageEvent): Uint8Array =>
  Buffer.from(JSON.stringify({ ...event, usage: JSON.parse(raw_usage) }))

type Work = (context: ConsumerContext, batch: LogBatch, meter: Meter) => Promise<void>

interface Meter {
  /** What was used until now does not count. */
  start(): void
  /** What was used since the last call belongs to this stage. */
  lap(stage: string): void
}

/** CPU seconds by stage. */
async function measure(
  work: Work,
  context: ConsumerContext,
  values: readonly Uint8Array[],
  now: number,
): Promise<Map<string, number>> {
  const spent = new Map<string, number>()
  const clock = cpuClock()
  const meter: Meter = {
    start: () => void clock.lap(),
    lap: stage => void spent.set(stage, (spent.get(stage) ?? 0) + clock.lap()),
  }
  for (let n = 0; n < WARM_UP + DELIVERIES; n++) {
    if (n === WARM_UP) spent.clear()
    await work(context, batchOf(values, n, now), meter)
  }
  return spent
}

const valuesOf = (encode: (i: number) => Uint8Array): Uint8Array[] =>
  Array.from({ length: DELIVERY }, (_, i) => encode(i))

function batchOf(values: readonly Uint8Array[], n: number, now: number): LogBatch {
  const first = n * DELIVERY
  const records = values.map((value, i): LogRecord => ({ key: '', value, offset: first + i, timestamp: now }))
  return { logId: 'log-1', topic: 'usage', partition: 0, first, last: first + DELIVERY - 1, records }
}

async function settleWhole(context: ConsumerContext, batch: LogBatch, meter: Meter): Promise<void> {
  meter.start()
  await settleDelivery(context, await prepare(context, [batch]))
  meter.lap('total')
}

/** A few records at a time, so that what a stage makes dies young, as it does in the consumer. */
async function runStages(context: ConsumerContext, batch: LogBatch, meter: Meter): Promise<void> {
  const { logId, topic, partition, records } = batch
  const all = <In, Out>(stage: string, step: RecordStep<In, Out>, inputs: readonly In[]): Out[] => {
    const outputs = inputs.map(input => {
      const outcome = step(context, input)
      if (outcome.kind !== 'ok') throw new Error(JSON.stringify(outcome))
      return outcome.value
    })
    meter.lap(stage)
    return outputs
  }
  const writer = createRowWriter()
  for (let at = 0; at < records.length; at += SLICE) {
    const placed = records.slice(at, at + SLICE).map(record => ({ logId, topic, partition, record }))
    meter.start()
    const decoded = all('decode', decode, all('guard', guard, placed))
    const priced = all('price', price, all('normalise', normalise, decoded))
    for (const event of priced) writeRow(writer, event)
    meter.lap('row')
  }
  await context.warehouse.insert('usage_events', USAGE_COLUMNS, writer.bytes())
  meter.lap('insert')
}
