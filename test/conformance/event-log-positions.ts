// Conformance of positions: what was not committed comes again, what was does not, and a gap holds back its own partition.

import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { PartitionProgress } from '#ports/event-log.ts'
import {
  byPartition,
  find,
  keys,
  opened,
  POLL,
  type Prepare,
  type ReadRecord,
  rangeOf,
  record,
  setUp,
  TIMEOUT,
  text,
} from './event-log-kit.ts'
import { crash, openLog } from './log-under-test.ts'

export function registerPositionTests(prepare: Prepare): void {
  it('gives again after a crash what was not committed, and nothing else', TIMEOUT, async t => {
    const { under, topic, group, read } = await setUp(t, prepare)
    await crash(t, under, { kind: 'append', topic, keys: keys(60), acks: 60 })
    const { committed } = await crash(t, under, { kind: 'consume', topic, group, count: 60 })
    const log = await openLog(t, under)
    const subscription = await log.subscribe({ group, topics: [topic] })
    const isCommitted = ({ partition, offset }: ReadRecord): boolean =>
      committed.some(range => range.partition === partition && offset >= range.first && offset <= range.last)
    const other = await log.subscribe({ group: `${group}-all`, topics: [topic] })
    const all = await read.count(other, 60)
    const expected = all.filter(one => !isCommitted(one)).map(({ key }) => key)
    assert.ok(expected.length > 0 && expected.length < 60)
    const again = await read.count(subscription, expected.length)
    assert.deepEqual(again.map(({ key }) => key).sort(), expected.sort())
    assert.deepEqual(await subscription.poll(POLL), [])
  })

  it('moves a position over the contiguous prefix only', TIMEOUT, async t => {
    const { topic, log, join, read } = await opened(t, prepare)
    await log.append(
      topic,
      Array.from({ length: 9 }, (_, i) => record('key', `${i}`)),
    )
    const subscription = await join()
    const all = await read.count(subscription, 9)
    const committed = async (): Promise<number> =>
      find(await subscription.progress(topic), all[0]?.partition).committed
    const [a = [], b = [], c = []] = [all.slice(0, 3), all.slice(3, 6), all.slice(6)]

    await subscription.commit([rangeOf(topic, c)])
    assert.ok((await committed()) <= rangeOf(topic, a).first, 'a gap holds the position back')
    await subscription.commit([rangeOf(topic, a)])
    const behindA = await committed()
    assert.ok(behindA > rangeOf(topic, a).last && behindA <= rangeOf(topic, b).first)

    await subscription.close()
    const second = await join()
    const again = await read.count(second, 6)
    assert.deepEqual(again.map(text), ['3', '4', '5', '6', '7', '8'])
    await second.commit([rangeOf(topic, again.slice(3))])
    await second.commit([rangeOf(topic, again.slice(0, 3))])
    const end = find(await second.progress(topic), all[0]?.partition)
    assert.ok(end.committed > rangeOf(topic, c).last)
  })

  it('lets a batch that never succeeds hold back its own partition only', TIMEOUT, async t => {
    const { topic, log, join, read } = await opened(t, prepare)
    await log.append(
      topic,
      keys(60).map(key => record(key)),
    )
    const subscription = await join()
    const partitions = byPartition(await read.count(subscription, 60))
    const [sick = [], ...healthy] = partitions.sort((x, y) => y.length - x.length)
    assert.ok(sick.length >= 3 && healthy.length >= 1)
    const [before, poison, behind] = [sick.slice(0, 1), sick.slice(1, 2), sick.slice(2)]
    for (const records of [behind, ...healthy, before]) await subscription.commit([rangeOf(topic, records)])

    const progress = await subscription.progress(topic)
    for (const records of healthy) {
      const { partition, last } = rangeOf(topic, records)
      assert.ok(find(progress, partition).committed > last)
    }
    assert.ok(find(progress, rangeOf(topic, sick).partition).committed <= rangeOf(topic, poison).first)

    await subscription.close()
    const again = await read.count(await join(), sick.length - 1)
    assert.deepEqual(
      again.map(({ key }) => key),
      sick.slice(1).map(({ key }) => key),
    )
  })

  it(
    'goes on reading while earlier batches are in flight, each with an outcome of its own',
    TIMEOUT,
    async t => {
      const { topic, log, join, read } = await opened(t, prepare)
      await log.append(
        topic,
        keys(40).map(key => record(key)),
      )
      const subscription = await join()
      const first = await read.count(subscription, 40)
      await log.append(
        topic,
        keys(40).map(key => record(key, 'second')),
      )
      const second = await read.count(subscription, 40)
      const [done = [], left = []] = byPartition([...first, ...second])
      await subscription.commit([rangeOf(topic, done)])
      const progress = await subscription.progress(topic)
      assert.ok(find(progress, rangeOf(topic, done).partition).committed > rangeOf(topic, done).last)
      assert.ok(find(progress, rangeOf(topic, left).partition).committed <= rangeOf(topic, left).first)
    },
  )

  it('ignores ranges of partitions that it does not read', TIMEOUT, async t => {
    const { topic, log, join, read } = await opened(t, prepare)
    await log.append(topic, [record('a')])
    const subscription = await join()
    const all = await read.count(subscription, 1)
    await subscription.commit([
      { topic, partition: 9_999, first: 0, last: 10 },
      { topic: `${topic}-other`, partition: 0, first: 0, last: 10 },
      rangeOf(topic, all),
    ])
    const progress = await subscription.progress(topic)
    assert.ok(find(progress, all[0]?.partition).committed > rangeOf(topic, all).last)
  })

  it('says where the group stands in every partition, with the ends of now', TIMEOUT, async t => {
    const { topic, log, join, read } = await opened(t, prepare)
    await log.append(
      topic,
      keys(50).map(key => record(key)),
    )
    const subscription = await join()
    const all = await read.count(subscription, 50)
    const before = await subscription.progress(topic)
    assert.ok(before.length >= 2)
    assert.deepEqual(
      before.map(({ partition }) => partition).sort(),
      [...new Set(before.map(p => p.partition))].sort(),
    )
    await subscription.commit(byPartition(all).map(records => rangeOf(topic, records)))
    for (const { committed, end } of await subscription.progress(topic)) assert.equal(committed, end)
    await log.append(topic, [record('one more')])
    const after = await subscription.progress(topic)
    assert.equal(behind(after), 1)
  })
}

const behind = (progress: readonly PartitionProgress[]): number =>
  progress.reduce((sum, { committed, end }) => sum + end - committed, 0)
