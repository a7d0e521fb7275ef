import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClusterView } from '#adapters/kafka/cluster-view.ts'
import type { Position } from '#adapters/kafka/positions.ts'
import { createSubscription } from '#adapters/kafka/subscription.ts'
import { LedgerError } from '#core/errors.ts'
import { fakeKafka } from './fake-consumer.ts'
import { eventually, loud, POLL, recordedLog, valuesOf } from './kit.ts'

const TOPIC = 'events'

/** A member of a group that has committed nothing, on a topic of 1,000 offsets in each of two partitions. */
function setUp(t: TestContext) {
  const fake = fakeKafka()
  const { log, lines } = recordedLog()
  const fatal: Error[] = []
  const world = {
    logId: 'log-a',
    committed: 0,
    /** What the brokers say instead of answering. */
    down: undefined as LedgerError | undefined,
    /** Awaited by each question for positions. */
    gate: Promise.resolve(),
  }
  function answer(): void {
    if (world.down) throw world.down
  }
  const topicView = () => ({ logId: world.logId, partitions: 2, leaderless: 0 })
  const view: ClusterView = {
    async describe() {
      answer()
      return { clusterId: 'c', brokers: 1 }
    },
    async topics() {
      answer()
      return new Map([[TOPIC, topicView()]])
    },
    async checkGroup() {
      answer()
    },
    close: async () => undefined,
  }
  const place = (partition: number): Position => ({
    logId: world.logId,
    partition,
    committed: world.committed,
    end: 1_000,
    low: 0,
    misplaced: false,
    missed: 0,
  })
  const subscription = createSubscription({
    kafka: fake.kafka,
    group: 'group',
    topics: [TOPIC],
    view,
    positions: {
      async of() {
        await world.gate
        answer()
        return { view: topicView(), positions: [place(0), place(1)] }
      },
    },
    clock: { now: () => 0 },
    log,
    onFatal: error => fatal.push(error),
    onClose: () => undefined,
  })
  t.after(() => subscription.close())

  /** A generation begins and its first fetch goes out. */
  async function joined(memberId?: string): Promise<void> {
    await sleep(1)
    const before = fake.seeks.length
    fake.join({ [TOPIC]: [0] }, memberId)
    await eventually('it knows where to begin', () => fake.seeks.length > before, 5_000)
    fake.fetchBegins()
  }
  const fetched = (first: number, last: number) => fake.fetched({ topic: TOPIC, partition: 0, first, last })
  const poll = async (): Promise<number[]> => valuesOf(await subscription.poll({ ...POLL, waitMs: 20 }))
  return { fake, world, lines, fatal, subscription, joined, fetched, poll }
}

describe('a subscription', { timeout: 60_000 }, () => {
  test('does not take a fetch of an earlier generation that comes late, and seeks where reading goes on', async t => {
    const { fake, joined, fetched, poll } = setUp(t)
    await joined()
    await fetched(0, 9)
    assert.equal((await poll()).length, 10)
    await fetched(10, 19)
    await joined()
    assert.equal(fake.seeks.at(-1), 'events/0@10', 'behind what was given out, before what was only fetched')
    await fetched(20, 29)
    assert.deepEqual(await poll(), [])
    assert.deepEqual(fake.resolved, ['events/0@9', 'events/0@19'])
    await eventually('it seeks again', () => fake.seeks.length === 3)
    assert.equal(fake.seeks.at(-1), 'events/0@10')
    await fetched(10, 29)
    assert.deepEqual(await poll(), [], 'nothing while a seek is on its way')
    fake.fetchBegins()
    await fetched(10, 12)
    assert.deepEqual(await poll(), [10, 11, 12])
  })

  test('lets a fetch go that waits to know where a generation begins, when the next one comes', async t => {
    const { fake, world, joined, fetched, poll } = setUp(t)
    await joined()
    let open = (): void => undefined
    world.gate = new Promise(resolve => {
      open = resolve
    })
    fake.join({ [TOPIC]: [0] })
    const waiting = fetched(0, 9)
    await sleep(20)
    assert.deepEqual(fake.resolved, [])
    fake.join({ [TOPIC]: [0] })
    await waiting
    assert.deepEqual(fake.resolved, [])
    open()
    await eventually('the last generation begins', () => fake.seeks.length === 2)
    fake.fetchBegins()
    await fetched(0, 4)
    assert.deepEqual(await poll(), [0, 1, 2, 3, 4])
  })

  test('gives out nothing that was fetched before a rebalance, even if a poll had gathered it', async t => {
    const { world, joined, fetched, poll, subscription } = setUp(t)
    await joined()
    await fetched(0, 9)
    world.down = new LedgerError('log_unavailable')
    await assert.rejects(subscription.poll({ ...POLL, waitMs: 20 }), { code: 'log_unavailable' })
    world.down = undefined
    await joined()
    assert.deepEqual(await poll(), [])
    await fetched(0, 4)
    assert.deepEqual(await poll(), [0, 1, 2, 3, 4])
  })

  test('gives out what a poll had gathered once the log answers again', async t => {
    const { world, joined, fetched, poll, subscription } = setUp(t)
    await joined()
    await fetched(0, 4)
    world.down = new LedgerError('log_unavailable')
    for (let i = 0; i < 2; i++) await assert.rejects(subscription.poll({ ...POLL, waitMs: 20 }))
    world.down = undefined
    assert.deepEqual(await poll(), [0, 1, 2, 3, 4])
  })

  test('reads a topic that was made anew from its beginning, and never gives out what it fetched by old positions', async t => {
    const { fake, world, lines, joined, fetched, poll } = setUp(t)
    await joined()
    await fetched(0, 9)
    await poll()
    world.logId = 'log-b'
    await fetched(10, 19)
    assert.deepEqual(await poll(), [])
    await eventually('it begins again', () => fake.seeks.length === 2)
    assert.equal(fake.seeks.at(-1), 'events/0@0')
    assert.deepEqual(loud(lines), ['the topic was made anew: reading it from the beginning'])
  })

  test('stops fetching while nobody polls, with heartbeats, and goes on when there is room', async t => {
    const { fake, joined, poll } = setUp(t)
    await joined()
    let heartbeats = 0
    const heartbeat = async (): Promise<void> => {
      heartbeats += 1
    }
    let first = 0
    const step = 100_000
    const fetch = () => {
      const last = first + step - 1
      const done = fake.fetched({ topic: TOPIC, partition: 0, first, last, heartbeat })
      first = last + 1
      return done
    }
    await fetch()
    let taken = false
    const waiting = fetch().then(() => {
      taken = true
    })
    await eventually('it sends heartbeats', () => heartbeats > 0)
    assert.ok(!taken)
    while (!taken) await poll()
    await waiting
    assert.equal(fake.resolved.length, 2)
  })

  test('lets go of a fetch that waits when a heartbeat says that a rebalance begins', async t => {
    const { fake, world } = setUp(t)
    await sleep(1)
    world.down = new LedgerError('log_unavailable')
    fake.join({ [TOPIC]: [0] })
    const heartbeat = async (): Promise<void> => {
      throw Object.assign(new Error('rebalancing'), { type: 'REBALANCE_IN_PROGRESS' })
    }
    await fake.fetched({ topic: TOPIC, partition: 0, first: 0, last: 9, heartbeat })
    assert.deepEqual(fake.resolved, [])
  })

  test('lets go of a fetch that waits when it is closed, and polls nothing afterwards', async t => {
    const { world, fake, fetched, subscription, poll } = setUp(t)
    await sleep(1)
    world.down = new LedgerError('log_unavailable')
    fake.join({ [TOPIC]: [0] })
    const waiting = fetched(0, 9)
    await Promise.all([subscription.close(), subscription.close(), waiting])
    assert.deepEqual(fake.resolved, [])
    assert.deepEqual(await poll(), [])
  })

  test('takes a new consumer for an end that passes, also when kafkajs would give up while no broker answers', async t => {
    const { fake, world, fatal, lines } = setUp(t)
    await sleep(1)
    await fake.crash(new Error('no broker available'), { restarts: true })
    await eventually('there is a new one', () => fake.consumers() === 2)
    await sleep(1)
    world.down = new LedgerError('log_unavailable')
    await fake.crash(new TypeError('seedBroker is undefined'), { restarts: false })
    await eventually('there is a third', () => fake.consumers() === 3)
    assert.deepEqual(fatal, [])
    assert.deepEqual(loud(lines), ['Kafka does not let group read; trying again until it does'])
  })

  test('tells once of an end that a new consumer does not mend', async t => {
    for (const [error, down] of [
      [new TypeError('a defect'), undefined],
      [new Error('no coordinator'), new LedgerError('log_denied', 'no right to the group')],
    ] as const) {
      const { fake, world, fatal } = setUp(t)
      await sleep(1)
      world.down = down
      await fake.crash(error, { restarts: false })
      await eventually('it is told', () => fatal.length > 0)
      await sleep(50)
      assert.equal(fatal.length, 1)
      assert.equal(fake.consumers(), 1)
    }
  })
})
