// One write of the log: what many callers want is gathered, offsets are given out, and all of it reaches the disk together.
// Nothing in memory changes before it is there, so a failed write burns no offset and leaves no half batch.

import type { NewRecord } from '#ports/event-log.ts'
import { type BlockHead, packBlocks } from './block.ts'
import { type Catalog, newTopic, type Partition, type Topic } from './catalog.ts'
import { partitionOf } from './partitioner.ts'
import type { BlockKey, Tables } from './store.ts'

/** Blocks to be dropped from the head of a partition, in order. */
export interface Drop {
  readonly partition: Partition
  readonly blocks: readonly BlockHead[]
}

export interface Transaction {
  /** The topic, made by this write if there is none. Nobody else sees a new one before the write is done. */
  topic(name: string): Topic
  append(topic: string, records: readonly NewRecord[]): void
  setPosition(group: string, partition: Partition, offset: number): void
  drop(drop: Drop): void
  /** Closes the transaction. */
  prepare(): PreparedTransaction
}

export interface PreparedTransaction {
  /** What to write. */
  write(to: Tables): void
  /** What to do once it is on the disk. */
  apply(): void
  /** Groups whose next record was dropped: their positions there are forgotten. */
  readonly passed: ReadonlySet<string>
}

/** What a transaction does to one partition. */
interface Touched {
  readonly records: NewRecord[]
  readonly dropped: BlockHead[]
}

/** `partitions`: of topics made by it. `now`: the time of its records, ms. */
export function beginTransaction(
  catalog: Catalog,
  { partitions, now }: { partitions: number; now: number },
): Transaction {
  const made = new Map<string, Topic>()
  const touched = new Map<Partition, Touched>()
  const positions: { group: string; partition: Partition; offset: number }[] = []

  function topic(name: string): Topic {
    const known = catalog.get(name) ?? made.get(name)
    if (known) return known
    const created = newTopic(name, catalog.size + made.size, partitions)
    made.set(name, created)
    return created
  }

  function touch(partition: Partition): Touched {
    const known = touched.get(partition)
    if (known) return known
    const fresh = { records: [], dropped: [] }
    touched.set(partition, fresh)
    return fresh
  }

  function append(name: string, records: readonly NewRecord[]): void {
    const target = topic(name)
    for (const record of records) {
      const partition = target.partitions[partitionOf(record.key, target.partitions.length)]
      if (partition) touch(partition).records.push(record)
    }
  }

  /** The head that the partition is going to have. */
  const headOf = (partition: Partition): number =>
    endOf(touched.get(partition)?.dropped ?? []) ?? partition.head

  function prepare(): PreparedTransaction {
    const changes = [...touched].map(([partition, { records, dropped }]) => {
      const head = headOf(partition)
      return {
        partition,
        dropped,
        added: packBlocks(records, partition.end, now),
        bounds: { head, end: partition.end + records.length },
        passed: [...partition.positions].flatMap(([group, position]) => (position < head ? [group] : [])),
      }
    })

    // A group may begin where the same write drops.
    const moves = positions.map(({ group, partition, offset }) => ({
      group,
      partition,
      offset: Math.max(offset, headOf(partition)),
    }))

    function write(to: Tables): void {
      for (const { name, id, partitions } of made.values()) {
        to.topics.put(name, { id, partitions: partitions.length })
      }
      for (const { partition, dropped, added, bounds, passed } of changes) {
        for (const block of dropped) to.blocks.remove(keyOf(partition, block))
        for (const block of added) to.blocks.put(keyOf(partition, block), block.data)
        to.partitions.put([partition.topicId, partition.index], bounds)
        for (const group of passed) to.positions.remove([group, partition.topicId, partition.index])
      }
      for (const { group, partition, offset } of moves) {
        to.positions.put([group, partition.topicId, partition.index], offset)
      }
    }

    function apply(): void {
      for (const topic of made.values()) catalog.set(topic.name, topic)
      for (const { partition, bounds, passed } of changes) {
        Object.assign(partition, bounds)
        for (const group of passed) partition.positions.delete(group)
      }
      for (const { group, partition, offset } of moves) partition.positions.set(group, offset)
    }

    return { write, apply, passed: new Set(changes.flatMap(({ passed }) => passed)) }
  }

  return {
    topic,
    append,
    setPosition: (group, partition, offset) => positions.push({ group, partition, offset }),
    drop: ({ partition, blocks }) => touch(partition).dropped.push(...blocks),
    prepare,
  }
}

const endOf = (blocks: readonly BlockHead[]): number | undefined => {
  const last = blocks.at(-1)
  return last && last.first + last.count
}

const keyOf = ({ topicId, index }: Partition, { first, count, timestamp }: BlockHead): BlockKey => [
  topicId,
  index,
  first,
  count,
  timestamp,
]
