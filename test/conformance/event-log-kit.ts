// What the tests of the conformance suite share: a log, a topic and a group of each test's own, and patient reading.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { TestContext } from 'node:test'
import type {
  EventLog,
  LogRecord,
  NewRecord,
  OffsetRange,
  PartitionProgress,
  PollOptions,
  Subscription,
} from '#ports/event-log.ts'
import { type LogUnderTest, openLog } from './log-under-test.ts'

export type Prepare = (t: TestContext) => Promise<LogUnderTest>
export type ReadRecord = LogRecord & { readonly partition: number }

export const POLL: PollOptions = { maxRecords: 1_000, maxBytes: 2 ** 24, waitMs: 1_000, lingerMs: 0 }
export const TIMEOUT = { timeout: 180_000 }

export const record = (key: string, value = `value of ${key}`): NewRecord => ({
  key,
  value: Buffer.from(value),
})
export const keys = (count: number): string[] => Array.from({ length: count }, (_, i) => `key-${i}`)
export const text = ({ value }: LogRecord): string => Buffer.from(value).toString()

export function rangeOf(topic: string, records: readonly ReadRecord[]): OffsetRange {
  const [first] = records
  const last = records.at(-1)
  assert.ok(first && last, 'a range needs records')
  return { topic, partition: first.partition, first: first.offset, last: last.offset }
}

export function byPartition(records: readonly ReadRecord[]): ReadRecord[][] {
  const partitions = new Map<number, ReadRecord[]>()
  for (const one of records) partitions.set(one.partition, [...(partitions.get(one.partition) ?? []), one])
  return [...partitions.values()]
}

export function find(
  progress: readonly PartitionProgress[],
  partition: number | undefined,
): PartitionProgress {
  const found = progress.find(one => one.partition === partition)
  assert.ok(found, `partition ${partition} has no progress`)
  return found
}

/** Names of this test's own, before the log is opened. */
export async function setUp(t: TestContext, prepare: Prepare) {
  const under = await prepare(t)
  const id = randomUUID()
  return { under, topic: `topic-${id}`, group: `group-${id}`, read: reader(under.patienceMs ?? 30_000) }
}

/** As `setUp`, with the log open; `join` subscribes to the topic. */
export async function opened(t: TestContext, prepare: Prepare) {
  const names = await setUp(t, prepare)
  const log: EventLog = await openLog(t, names.under)
  const join = async (group = names.group): Promise<Subscription> => {
    const subscription = await log.subscribe({ group, topics: [names.topic] })
    t.after(() => subscription.close())
    return subscription
  }
  return { ...names, log, join }
}

/** Polls until `done`; fails when that takes longer than `patience` ms. */
function reader(patience: number) {
  async function read(
    subscription: Subscription,
    done: () => boolean,
    take: (record: ReadRecord) => unknown,
    options: PollOptions & { onPoll?: (records: ReadRecord[]) => void } = POLL,
  ): Promise<void> {
    const deadline = performance.now() + patience
    while (!done()) {
      assert.ok(performance.now() < deadline, `not read within ${patience} ms`)
      const batches = await subscription.poll(options)
      const records = batches.flatMap(({ partition, records }) => records.map(one => ({ ...one, partition })))
      assert.equal(
        new Set(batches.map(({ partition }) => partition)).size,
        batches.length,
        'one batch a partition',
      )
      options.onPoll?.(records)
      records.forEach(take)
    }
  }
  const count = async (subscription: Subscription, records: number): Promise<ReadRecord[]> => {
    const all: ReadRecord[] = []
    await read(
      subscription,
      () => all.length >= records,
      one => all.push(one),
    )
    assert.equal(all.length, records)
    return all
  }
  return Object.assign(read, { count })
}
