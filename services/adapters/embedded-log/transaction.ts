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
  /** Closes the transaction: what to write, and what to do once it is on the disk. */
  prepare(): { write(to: Tables): void; apply(): void }
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

  function prepare() {
    const changes = [...touched].map(([partition, { records, dropped }]) => ({
      partition,
      dropped,
      added: packBlocks(records, partition.end, now),
      bounds: { head: endOf(dropped) ?? partition.head, end: partition.end + records.length },
    }))

    function write(to: Tables): void {
      for (const { name, id, partitions } of made.values()) {
        to.topics.put(name, { id, partitions: partitions.length })
      }
      for (const { partition, dropped, added, bounds } of changes) {
        for (const block of dropped) to.blocks.remove(keyOf(partition, block))
        for (const block of added) to.blocks.put(keyOf(partition, block), block.data)
        to.partitions.put([partition.topicId, partition.index], bounds)
      }
      for (const { group, partition, offset } of positions) {
        to.positions.put([group, partition.topicId, partition.index], offset)
      }
    }

    function apply(): void {
      for (const topic of made.values()) catalog.set(topic.name, topic)
      for (const { partition, bounds } of changes) Object.assign(partition, bounds)
      for (const { group, partition, offset } of positions) partition.positions.set(group, offset)
    }

    return { write, apply }
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
