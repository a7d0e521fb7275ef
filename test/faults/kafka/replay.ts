// Positions that mean something else than before: the whole topic read again, the topic deleted and made anew, shorter, longer
// and as long as the old position, with consumers running and with none; and producers whose clocks are wrong.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../support/cluster.ts'
import { kafkaClient, kafkaTool } from '../../support/kafka.ts'
import { eventually } from '../../support/ledger-process.ts'
import { type JsonEvent, judge, pricedEvent } from '../oracle.ts'
import type { Scenario } from '../scenario.ts'
import { type Arena, inArena, judges } from './arena.ts'

const GROUP_TOOL = 'org.apache.kafka.tools.consumer.group.ConsumerGroupCommand'
const MINUTE_MS = 60_000

export const replay: Scenario = {
  name: 'replay',
  promise: 'offsets at zero, topics made anew, clocks over an hour off: counts exact, hours still complete',
  run: ({ scale, say }) => inArena({ collectors: 0, consumers: 2, apis: 0 }, arena => run(arena, scale, say)),
}

async function run({ cluster, publish }: Arena, scale: number, say: (line: string) => void) {
  const acknowledged = new Map<string, bigint>()
  let serial = 0
  const send = async (count: number): Promise<void> => {
    for (let left = count; left > 0; left -= 500) {
      const events = Array.from({ length: Math.min(left, 500) }, () => pricedEvent('r', ++serial))
      await publish(events.map(({ event }) => event))
      for (const { event, cost } of events) acknowledged.set(event.event_id, cost)
    }
  }
  const check = async (what: string): Promise<void> => {
    await judge(judges(cluster), acknowledged, 90_000)
    say(`${what}: exact`)
  }
  const many = Math.max(500, Math.round(4_000 * scale))

  await leaveEmbeddedProgress(cluster)
  await send(many)
  await sendUnnamed(cluster, acknowledged)
  await check('published')

  await readAgain(cluster)
  await send(10)
  await check('offsets reset to zero')

  for (const [what, count] of [
    ['shorter', many >> 2],
    ['longer', many * 2],
  ] as const) {
    await makeAnew(cluster.topic)
    await send(count)
    await check(`made anew while read, ${what}`)
  }
  await stopConsumers(cluster)
  await makeAnew(cluster.topic)
  await send(many * 2)
  await startConsumers(cluster)
  await check('made anew while nobody read, as long')

  await sendWithClocks(cluster, acknowledged, [-70 * MINUTE_MS, 70 * MINUTE_MS, undefined])
  await check('clocks 70 minutes behind, 70 minutes ahead, and none')
  await readAgain(cluster)
  await send(10)
  await check('the same, read again')

  const after = Date.now()
  const complete = await eventually(
    'everything until now is complete',
    () =>
      cluster
        .warehouse('reader')
        .query<{ ms: string }>(
          "SELECT toString(toUnixTimestamp64Milli(max(value))) AS ms FROM v_watermarks WHERE name = 'complete_until'",
        ),
    ([row]) => Number(row?.ms) > after,
    90_000,
  )
  assert.ok(Number(complete[0]?.ms) > after)
  say('everything until now is complete')
  return { events: acknowledged.size, parts: 7 }
}

/** As an embedded log leaves it whose last events were never consumed. */
const leaveEmbeddedProgress = (cluster: Cluster): Promise<void> =>
  cluster.warehouse('writer').insertObjects('ingest_progress', [
    {
      consumer: 'embedded',
      log_id: 'an-embedded-log',
      topic: cluster.topic,
      partition_count: 4,
      partitions: [0, 1, 2, 3],
      consumed: [1, 1, 1, 1],
      ends: [9, 9, 9, 9],
      stored_until: [0, 0, 0, 0],
      asked_at: new Date().toISOString(),
    },
  ])

const running = (cluster: Cluster) =>
  cluster.services.filter(({ name }) => name.startsWith('consumer')).slice(-2)

async function stopConsumers(cluster: Cluster): Promise<void> {
  for (const consumer of running(cluster)) assert.equal(await consumer.stop(), 0, consumer.log())
}

async function startConsumers(cluster: Cluster): Promise<void> {
  for (let i = 0; i < 2; i++) await cluster.start('consumer')
}

/** Everything that the topic holds. */
async function readAgain(cluster: Cluster): Promise<void> {
  await stopConsumers(cluster)
  const [broker = ''] = (cluster.env['KAFKA_BROKERS'] ?? '').split(',')
  const reset = ['--bootstrap-server', broker, '--group', cluster.group, '--topic', cluster.topic]
  await kafkaTool(GROUP_TOOL, ...reset, '--reset-offsets', '--to-earliest', '--execute')
  await startConsumers(cluster)
}

/** Brokers before 4.0 take any time of a producer's; later ones do where a topic says so. */
const ANY_TIME = [{ name: 'message.timestamp.after.max.ms', value: '9223372036854775807' }]

/** As somebody does it by hand: without any setting of ours, so records carry the producers' own times. */
async function makeAnew(topic: string): Promise<void> {
  const admin = kafkaClient().admin()
  await admin.connect()
  await admin.deleteTopics({ topics: [topic] })
  await sleep(1_000)
  await admin.createTopics({
    topics: [{ topic, numPartitions: 4, configEntries: ANY_TIME }],
    waitForLeaders: true,
  })
  await admin.disconnect()
}

/** Events without id and time: they get both from the log. The names that they are acknowledged by are of this test only. */
async function sendUnnamed(cluster: Cluster, acknowledged: Map<string, bigint>): Promise<void> {
  const producer = kafkaClient().producer()
  await producer.connect()
  const events = Array.from({ length: 100 }, (_, i) => pricedEvent('unnamed', i))
  const messages = events.map(({ event: { event_id: key, occurred_at: _, ...event } }) => ({
    key,
    value: JSON.stringify(event),
  }))
  await producer.send({ topic: cluster.topic, messages })
  for (const { event, cost } of events) acknowledged.set(event.event_id, cost)
  await producer.disconnect()
}

async function sendWithClocks(
  cluster: Cluster,
  acknowledged: Map<string, bigint>,
  offsets: readonly (number | undefined)[],
): Promise<void> {
  const producer = kafkaClient().producer()
  await producer.connect()
  for (const [index, offset] of offsets.entries()) {
    const events = Array.from({ length: 100 }, (_, i) => pricedEvent(`clock-${index}`, i))
    const timestamp = offset === undefined ? '-1' : String(Date.now() + offset)
    const messages = events.map(({ event }: { event: JsonEvent }) => ({
      key: event.event_id,
      value: JSON.stringify(event),
      timestamp,
    }))
    await producer.send({ topic: cluster.topic, messages })
    for (const { event, cost } of events) acknowledged.set(event.event_id, cost)
  }
  await producer.disconnect()
}
