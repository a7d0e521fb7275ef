// What the log holds, in memory: topics, the bounds of their partitions, and where each group stands. It is loaded from the
// store and changed only after a write is on the disk, so it never promises more than a crash would leave.

import type { Store } from './store.ts'

export interface Partition {
  readonly topic: string
  readonly topicId: number
  readonly index: number
  /** Offsets [head, end) are kept. */
  head: number
  end: number
  /** By group: the next offset to read. */
  readonly positions: Map<string, number>
}

export interface Topic {
  readonly name: string
  readonly id: number
  readonly partitions: readonly Partition[]
}

/** Topics by name. */
export type Catalog = Map<string, Topic>

export function newTopic(name: string, id: number, partitions: number): Topic {
  const partition = (index: number): Partition => ({
    topic: name,
    topicId: id,
    index,
    head: 0,
    end: 0,
    positions: new Map(),
  })
  return { name, id, partitions: Array.from({ length: partitions }, (_, index) => partition(index)) }
}

/**
 * Brings the catalog to what is on the disk. Partitions that it knows are changed in place: subscriptions hold them.
 * Throws when the store cannot be read.
 */
export function loadCatalog({ tables }: Store, catalog: Catalog): void {
  const byId = new Map<number, Topic>()
  for (const { key: name, value } of tables.topics.getRange()) {
    const topic = catalog.get(name) ?? newTopic(name, value.id, value.partitions)
    catalog.set(name, topic)
    byId.set(topic.id, topic)
  }
  for (const { key, value } of tables.partitions.getRange()) {
    const [topicId, index] = key
    const partition = byId.get(topicId)?.partitions[index]
    if (!partition) continue
    Object.assign(partition, value)
    partition.positions.clear()
  }
  for (const { key, value } of tables.positions.getRange()) {
    const [group, topicId, index] = key
    const partition = byId.get(topicId)?.partitions[index]
    partition?.positions.set(group, known(partition, value))
  }
}

/** A position outside of the log was taken in another one, say before a backup was put back: it counts from the beginning. */
const known = ({ head, end }: Partition, position: number): number =>
  position < head || position > end ? head : position

export const partitionsOf = (catalog: Catalog): Partition[] =>
  [...catalog.values()].flatMap(topic => topic.partitions)
