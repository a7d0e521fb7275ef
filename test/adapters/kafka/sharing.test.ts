// Members of a group come and go while batches are under way.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLog, LogBatch, Subscription } from '#ports/event-log.ts'
import { createTopic, needsKafka, startProducer, uniqueName } from '../../support/kafka.ts'
import { startReader } from './child.ts'
import {
  assertWithoutHoles,
  eventually,
  loud,
  numbers,
  openLog,
  POLL,
  rangeOf,
  readUntil,
  records,
  sorted,
  valuesOf,
} from './kit.ts'

const need = await needsKafka()

/** Reads and commits until it is told to stop; several batches are under way at a time. */
function work(subscription: Subscription) {
  const batches: LogBatch[] = []
  let stopped = false
  const commits: Promise<void>[] = []
  async function run(): Promise<void> {
    while (!stopped) {
      const some = await subscription.poll({ ...POLL, maxRecords: 50 })
      batches.push(...some)
      commits.push(sleep(Math.random() * 200).then(() => subscription.commit(some.map(rangeOf))))
    }
  }
  const running = run()
  return {
    batches,
    async stop() {
      stopped = true
      await running
      await Promise.all(commits)
    },
  }
}

describe('members of a group', { ...need, concurrency: true, timeout: 120_000 }, () => {
  test('share partitions while one joins and one leaves: nothing is lost and no commit fails', async t => {
    const { log: first, lines } = await openLog(t)
    const { log: second } = await openLog(t)
    const topic = await createTopic(t, uniqueName('sharing'), { partitions: 6 })
    const group = uniqueName('group')
    const join = (log: EventLog) => log.subscribe({ group, topics: [topic] })
    const TOTAL = 6_000
    const appending = (async () => {
      for (let at = 0; at < TOTAL; at += 20) {
        await first.append(topic, records(at, at + 20))
        await sleep(25)
      }
    })()
    const [one, two] = await Promise.all([join(first), join(second)])
    const workers = [work(one), work(two)]
    await sleep(2_500)
    const three = await join(second)
    workers.push(work(three))
    await sleep(3_500)
    await workers[0]?.stop()
    await one.close()
    await appending
    const all = () => workers.flatMap(({ batches }) => batches)
    await eventually('all are read', () => new Set(valuesOf(all())).size === TOTAL)
    await Promise.all(workers.slice(1).map(worker => worker.stop()))
    const progress = await three.progress(topic)
    for (const { committed, end } of progress) assert.equal(committed, end)
    for (const { batches } of workers) assert.ok(batches.length > 0, 'each had its share')
    assert.deepEqual(sorted(new Set(valuesOf(all()))), numbers(0, TOTAL))
    assert.deepEqual(loud(lines), [])
  })

  test('keep what is under way of the partitions they keep, and leave alone those they lost', async t => {
    const { log } = await openLog(t)
    const { log: other } = await openLog(t)
    const topic = await createTopic(t, uniqueName('kept'), { partitions: 2 })
    const group = uniqueName('group')
    await log.append(topic, records(0, 200))
    const one = await log.subscribe({ group, topics: [topic] })
    const before = await readUntil(one, all => valuesOf(all).length === 200)
    const two = await other.subscribe({ group, topics: [topic] })
    const again = await readUntil(two, all => all.length > 0)
    const lost = again[0]?.partition
    const kept = before.filter(({ partition }) => partition !== lost)
    for (let i = 0; i < 4; i++) assert.deepEqual(await one.poll(POLL), [], 'nothing comes again')

    await one.commit(before.map(rangeOf))
    const committed = async () =>
      new Map((await two.progress(topic)).map(({ partition, committed }) => [partition, committed]))
    const ofKept = (kept.at(-1)?.last ?? 0) + 1
    assert.equal((await committed()).get(kept[0]?.partition ?? -1), ofKept)
    assert.equal((await committed()).get(lost ?? -1), 0, 'who lost a partition does not commit it')
    await readUntil(two, () => valuesOf(again).length === 200 - ofKept, { ms: 1_000 })
    await two.commit(again.map(rangeOf))
    for (const { committed, end } of await two.progress(topic)) assert.equal(committed, end)
  })

  test('may be more than there are partitions, in one process too', async t => {
    let fatal = 0
    const { log, lines } = await openLog(t, { onFatal: () => fatal++ })
    const topic = await createTopic(t, uniqueName('crowd'))
    const group = uniqueName('group')
    const members = await Promise.all([1, 2, 3].map(() => log.subscribe({ group, topics: [topic] })))
    const workers = members.map(work)
    for (let at = 0; at < 400; at += 20) {
      await log.append(topic, records(at, at + 20))
      await sleep(200)
    }
    const all = () => workers.flatMap(({ batches }) => batches)
    await eventually('all are read', () => new Set(valuesOf(all())).size === 400)
    await Promise.all(workers.map(worker => worker.stop()))
    assert.equal(fatal, 0)
    assert.deepEqual(loud(lines), [])
  })

  test('that were expelled while they slept do not move positions back, and read on', async t => {
    const { log } = await openLog(t)
    const topic = await createTopic(t, uniqueName('asleep'))
    const group = uniqueName('group')
    await log.append(topic, records(0, 100))
    const child = startReader(t, { topic, group })
    await child.says('polled', 60_000)
    child.process.kill('SIGSTOP')
    const other = await log.subscribe({ group, topics: [topic] })
    const read = await readUntil(other, all => valuesOf(all).length === 100, { ms: 60_000, commit: true })
    assertWithoutHoles(read)
    const producer = await startProducer(t)
    child.process.kill('SIGCONT')
    await child.says('settled', 60_000)
    assert.equal((await other.progress(topic))[0]?.committed, 100)
    await producer.send(topic, [{ key: 'k', value: '100' }])
    const said = () => child.said().filter(line => line === 'polled').length
    const mine: LogBatch[] = []
    await eventually('one of them reads on', async () => {
      mine.push(...(await other.poll(POLL)))
      return valuesOf(mine).includes(100) || said() > 1
    })
  })

  test('close at once while they have not joined yet, and again', async t => {
    const { log } = await openLog(t)
    const topic = await createTopic(t, uniqueName('hasty'))
    const subscription = await log.subscribe({ group: uniqueName('group'), topics: [topic] })
    const began = performance.now()
    await Promise.all([subscription.close(), subscription.close()])
    await subscription.close()
    assert.ok(performance.now() - began < 20_000)
    assert.deepEqual(await subscription.poll(POLL), [])
    await subscription.commit([{ topic, partition: 0, first: 0, last: 5 }])
  })
})
