// Through Apache Kafka: how fast consumers of a cluster store a backlog, beside what the raw client reads in the same run, and
// what each process pays for it. A broker of its own, or the one in KAFKA_BROKERS.

import { readFileSync } from 'node:fs'
import { openKafkaLog } from '#adapters/kafka/kafka-log.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { systemClock } from '#ports/clock.ts'
import { startBroker } from '../support/broker.ts'
import { type Cluster, type ClusterService, startCluster } from '../support/cluster.ts'
import { kafkaBrokers, uniqueName } from '../support/kafka.ts'
import { eventually } from '../support/ledger-process.ts'
import { silentLog } from '../support/silent.ts'
import type { Bench, Measurement } from './bench.ts'
import { benchEvent } from './events.ts'
import { readRaw } from './kafka-raw.ts'

const EVENTS = 600_000
const APPEND = 5_000

/** Ticks of /proc/<pid>/stat in a second. */
const TICKS = 100

export const kafka: Bench = {
  name: 'kafka',
  what: `a backlog of ${EVENTS} events on Apache Kafka: the raw client, one consumer, two consumers`,
  async run() {
    const endings: (() => unknown)[] = []
    const t = { after: (ending: () => unknown) => void endings.push(ending) }
    const named = process.env['KAFKA_BROKERS']
    try {
      const broker = named ? undefined : await startBroker(t)
      if (broker) process.env['KAFKA_BROKERS'] = broker.brokers.join(',')
      const cluster = await startCluster(t, { collectors: 0, consumers: 0, aggregators: 0, apis: 0 })
      await fill(cluster.topic)
      const brokerPid = await broker?.pid()
      return [
        ...(await measureRaw(cluster)),
        ...(await measureConsumers(cluster, 1, brokerPid)),
        ...(await measureConsumers(cluster, 2, brokerPid)),
      ]
    } finally {
      for (const end of endings.reverse()) await end()
      if (named === undefined) delete process.env['KAFKA_BROKERS']
    }
  },
}

async function fill(topic: string): Promise<void> {
  const codec = createUsageEventCodec(loadSchemaStore())
  const log = await openKafkaLog({
    brokers: kafkaBrokers() ?? [],
    partitions: 4,
    deployment: 'bench',
    clock: systemClock,
    log: silentLog(),
  })
  const now = Date.now()
  for (let i = 0; i < EVENTS; i += APPEND) {
    const records = Array.from({ length: APPEND }, (_, j) => {
      const event = benchEvent(i + j, now)
      return { key: event.event_id, value: codec.encode(event) }
    })
    await log.append(topic, records)
  }
  await log.close()
}

async function measureRaw(cluster: Cluster): Promise<Measurement[]> {
  const { seconds, cpuSeconds } = await readRaw({
    brokers: kafkaBrokers() ?? [],
    topic: cluster.topic,
    group: uniqueName('raw'),
    records: EVENTS,
  })
  return rates('raw client', seconds, { client: cpuSeconds })
}

async function measureConsumers(
  cluster: Cluster,
  count: number,
  brokerPid: number | undefined,
): Promise<Measurement[]> {
  const group = { KAFKA_GROUP_ID: uniqueName('bench') }
  const before = await stored(cluster)
  const consumers: ClusterService[] = []
  // Both have joined before the measurement begins to count: a rebalance is not what is measured.
  for (let i = 0; i < count; i++) consumers.push(await cluster.start('consumer', group))
  const engine = childOf(cluster.engine.pid)
  await eventually(
    'the first rows',
    () => stored(cluster),
    n => n > before,
    60_000,
  )
  const begun = performance.now()
  const first = await stored(cluster)
  const cpu = consumers.map(({ pid }) => cpuOf(pid))
  const engineCpu = cpuOf(engine)
  const brokerCpu = brokerPid === undefined ? 0 : cpuOf(brokerPid)
  await eventually(
    'the backlog is stored',
    () => stored(cluster),
    n => n >= before + EVENTS,
    300_000,
  )
  const seconds = (performance.now() - begun) / 1000
  const share = EVENTS / (before + EVENTS - first)
  const used = consumers.reduce((sum, { pid }, i) => sum + cpuOf(pid) - (cpu[i] ?? 0), 0)
  const measured = rates(count === 1 ? '1 consumer' : `${count} consumers`, seconds * share, {
    consumers: used * share,
    engine: (cpuOf(engine) - engineCpu) * share,
    ...(brokerPid === undefined ? {} : { broker: (cpuOf(brokerPid) - brokerCpu) * share }),
  })
  for (const consumer of consumers) await consumer.stop()
  return measured
}

async function stored(cluster: Cluster): Promise<number> {
  const [row] = await cluster
    .warehouse('reader')
    .query<{ n: string }>('SELECT sum(stored) AS n FROM v_ingest_batches')
  return Number(row?.n)
}

const rates = (who: string, seconds: number, cpu: Readonly<Record<string, number>>): Measurement[] => [
  { name: who, value: Math.round(EVENTS / seconds), unit: 'events/s' },
  ...Object.entries(cpu).map(([what, used]) => ({
    name: `${who}: ${what}`,
    value: Number(((used * 1e6) / EVENTS).toFixed(1)),
    unit: 'CPU-s per million',
  })),
]

/** CPU seconds that a process has used, its threads together. */
function cpuOf(pid: number): number {
  // The name, in brackets, may hold anything; fields 14 and 15 count from the start of the line.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

/** The engine is the one child of `spendledger warehouse`. */
const childOf = (pid: number): number =>
  Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').at(-1))
