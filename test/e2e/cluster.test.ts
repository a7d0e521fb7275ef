// A cluster as its users have it: services of other teams publish to Kafka in every framing, consumers share the work and die.
// What SQL says must be what the senders worked out by themselves.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Publisher } from '../examples/publisher-suite.ts'
import { pythonPublisher } from '../examples/publishers.ts'
import { type Cluster, type ClusterService, startCluster } from '../support/cluster.ts'
import { needsKafka, startProducer } from '../support/kafka.ts'
import { eventually, scratchDirectory } from '../support/ledger-process.ts'
import { generate, type RawEvent, type World } from './generator.ts'
import { assertTotals } from './totals.ts'

const FRAMINGS = [['confluent', '--raw'], ['single-object'], ['json', '--raw']] as const
const KILL_EVERY_MS = 4_000
const KILLS = 4

const { need, publisher } = await pythonPublisher()

describe('ten thousand events on Kafka', { timeout: 300_000, ...(await needsKafka()) }, () => {
  it(
    'from two Python services in three framings count once and exactly, while consumers are killed',
    need,
    async t => {
      assert.ok(publisher)
      const cluster = await startCluster(t, { collectors: 0, consumers: 2, apis: 0 })
      const world = generate({ now: Date.now(), seed: 11 })
      const directory = await scratchDirectory(t)
      const producer = await startProducer(t)

      const killing = killConsumers(cluster)
      for (const [index, events] of stagesOf(world).entries()) {
        await publish(
          publisher,
          cluster,
          join(directory, `stage-${index}`),
          events.filter(event => !world.invalid.has(event)),
          index,
        )
        // No schema lets these pass: they come as the JSON of a program that checks nothing.
        const broken = events.filter(event => world.invalid.has(event))
        await producer.send(
          cluster.topic,
          broken.map(event => ({ key: String(event['event_id']), value: JSON.stringify(event) })),
        )
      }
      const { storedByKilled } = await killing
      assert.ok(storedByKilled > 0, 'what was killed had work')

      const reader = cluster.warehouse('reader')
      await assertTotals(reader, world.expected, 90_000)
      const refused = world.refused.invalid + world.refused.tooOld + world.refused.inFuture
      const letters = await eventually(
        'refused events in SQL',
        () => reader.query<{ n: string }>('SELECT count() AS n FROM v_dead_letters'),
        ([row]) => Number(row?.n) === refused,
        60_000,
      )
      assert.equal(Number(letters[0]?.n), refused)
      const verified = await cluster.spendledger(['verify', '--from', '3d', '--wait', '10'])
      assert.equal(verified.code, 0, verified.stdout + verified.stderr)
    },
  )
})

/** In the order in which they must arrive; within a stage, any order will do. */
function stagesOf(world: World): RawEvent[][] {
  const stages: RawEvent[][] = []
  let small: RawEvent[] = []
  for (const { via, events } of [...world.beforeRestart, ...world.afterRestart]) {
    // Posts of a few events each belong to one stage, as long as each event is in it once.
    const ids = new Set(small.map(event => event['event_id']))
    const follows = via === 'send' || events.some(event => ids.has(event['event_id']))
    if (follows && small.length > 0) {
      stages.push(small)
      small = []
    }
    if (via === 'send') stages.push([...events])
    else small.push(...events)
  }
  return small.length > 0 ? [...stages, small] : stages
}

/** Two services at the same time, each with a share of its own; copies of an event are of one service. */
async function publish(
  { run }: Publisher,
  cluster: Cluster,
  file: string,
  events: readonly RawEvent[],
  stage: number,
): Promise<void> {
  const shares = [0, 1].map(share => events.filter(event => serviceOf(event) === share))
  await Promise.all(
    shares.map(async (share, service) => {
      if (share.length === 0) return
      const path = `${file}-${service}.ndjson`
      await writeFile(path, share.map(event => JSON.stringify(event)).join('\n'))
      const [framing = 'confluent', ...flags] = FRAMINGS[(stage + service) % FRAMINGS.length] ?? []
      const brokers = cluster.env['KAFKA_BROKERS'] ?? ''
      const options = ['--brokers', brokers, '--topic', cluster.topic, '--events', path, '--framing', framing]
      const ran = await run([...options, ...flags])
      assert.equal(ran.code, 0, ran.stdout + ran.stderr)
      assert.deepEqual(JSON.parse(ran.stdout.trim()), { acknowledged: share.length, failed: 0 })
    }),
  )
}

const serviceOf = (event: RawEvent): number =>
  String(event['event_id']).charCodeAt(String(event['event_id']).length - 1) % 2

/** Kills one of two consumers every few seconds, the older and the younger in turn, and starts another. */
async function killConsumers(cluster: Cluster): Promise<{ storedByKilled: number }> {
  const alive = cluster.services.filter(({ name }) => name.startsWith('consumer'))
  let storedByKilled = 0
  for (let kills = 0; kills < KILLS; kills++) {
    await sleep(KILL_EVERY_MS)
    const [victim] = alive.splice(kills % 2, 1)
    assert.ok(victim)
    storedByKilled += await storedBy(victim)
    await victim.kill()
    alive.push(await cluster.start('consumer'))
  }
  return { storedByKilled }
}

async function storedBy({ url }: ClusterService): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  return Number(/^spendledger_events_stored_total\S* (\d+)$/m.exec(metrics)?.[1])
}
