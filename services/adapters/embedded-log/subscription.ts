// One member of a consumer group; in one process it is the only one and reads all partitions of its topics. Positions move
// over the contiguous prefix only and are on the disk before `commit` resolves; what was read and not committed comes again.

import {
  type ContiguousPrefix,
  committable,
  dealtWith,
  delivered,
  prefixFrom,
} from '#core/contiguous-prefix.ts'
import { LedgerError } from '#core/errors.ts'
import type { LogBatch, OffsetRange, PollOptions, Subscription } from '#ports/event-log.ts'
import { createGathering, type Gathering } from '../polling/gathering.ts'
import { oneAtATime } from '../polling/one-at-a-time.ts'
import type { Signal } from '../polling/signal.ts'
import type { Partition, Topic } from './catalog.ts'
import { type Cursor, createReader } from './reader.ts'
import type { Store } from './store.ts'
import type { Writer } from './writer.ts'

interface Assigned extends Cursor {
  prefix: ContiguousPrefix
}

/** The positions of `group` must be in the catalog already. */
export function createSubscription(options: {
  logId: string
  store: Store
  writer: Pick<Writer, 'update'>
  /** Notified after each write, and to be notified when the subscription closes. */
  written: Signal
  group: string
  topics: readonly Topic[]
  onClose: () => void
}): Subscription {
  const { logId, store, writer, written, group, topics, onClose } = options
  const position = (partition: Partition): number => partition.positions.get(group) ?? partition.head
  const assigned = topics
    .flatMap(topic => topic.partitions)
    .map((partition): Assigned => {
      const next = position(partition)
      return { partition, next, prefix: prefixFrom(next) }
    })
  const reader = createReader(store, assigned)
  let closed = false
  const polling = oneAtATime(`group ${group}`, read)
  let leaving: Promise<void> | undefined

  async function read(limits: PollOptions): Promise<LogBatch[]> {
    try {
      const { batches } = await gather(limits)
      return closed ? [] : [...batches].map(([cursor, records]) => deliver(cursor, records))
    } catch (cause) {
      for (const cursor of assigned) cursor.next = cursor.prefix.end
      throw new LedgerError('log_unavailable', undefined, { cause })
    }
  }

  async function gather(limits: PollOptions): Promise<Gathering<Assigned>> {
    const gathering = createGathering<Assigned>(limits)
    let deadline = performance.now() + limits.waitMs
    let lingering = false
    for (;;) {
      while (!closed && !gathering.full() && reader.available()) await reader.readRound(gathering)
      if (!lingering && gathering.batches.size > 0) {
        lingering = true
        deadline = performance.now() + limits.lingerMs
      }
      const left = deadline - performance.now()
      if (closed || gathering.full() || left <= 0) return gathering
      await written.wait(left)
    }
  }

  function deliver(cursor: Assigned, records: LogBatch['records']): LogBatch {
    const { topic, index } = cursor.partition
    const first = cursor.prefix.end
    const last = cursor.next - 1
    cursor.prefix = delivered(cursor.prefix, first, last)
    return { logId, topic, partition: index, first, last, records }
  }

  async function commit(ranges: readonly OffsetRange[]): Promise<void> {
    if (closed) return
    for (const { logId: ofLog = logId, topic, partition, first, last } of ranges) {
      if (ofLog !== logId) continue
      const cursor = assigned.find(({ partition: p }) => p.topic === topic && p.index === partition)
      if (cursor) cursor.prefix = dealtWith(cursor.prefix, first, last)
    }
    const moved = assigned.filter(({ partition, prefix }) => committable(prefix) > position(partition))
    if (moved.length === 0) return
    await writer.update(transaction => {
      for (const { partition, prefix } of moved) {
        transaction.setPosition(group, partition, committable(prefix))
      }
    })
  }

  async function progress(name: string) {
    const topic = topics.find(candidate => candidate.name === name)
    if (!topic) throw new RangeError(`group ${group} does not read topic ${name}`)
    return topic.partitions.map(partition => ({
      logId,
      partition: partition.index,
      committed: position(partition),
      end: partition.end,
    }))
  }

  async function leave(): Promise<void> {
    closed = true
    written.notify()
    await polling.idle()
    onClose()
  }

  function close(): Promise<void> {
    leaving ??= leave()
    return leaving
  }

  return { poll: polling.run, commit, progress, close }
}
