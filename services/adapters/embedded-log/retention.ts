// What may be dropped: blocks that every group that holds them (holders.ts) has consumed, oldest first. Whatever the age or the
// size of the log, a record that such a group has not consumed stays, and one that no group reads stays for ever.

import type { BlockHead } from './block.ts'
import { type Catalog, type Partition, partitionsOf } from './catalog.ts'
import type { Holders } from './holders.ts'
import type { Store } from './store.ts'
import type { Drop } from './transaction.ts'

/** A drop is a short write: at most this many blocks. */
const BLOCKS_A_DROP = 500

export interface Retention {
  /** The next blocks whose records are older than `cutoff` (ms). */
  expired(cutoff: number): Drop | undefined
  /** The oldest blocks that may be dropped at all, to make room. */
  oldest(): Drop | undefined
  /** Who keeps the rest from being dropped, in words: the group with the most to read. */
  heldBy(): string
}

export function createRetention(store: Store, catalog: Catalog, holders: Holders): Retention {
  function consumed(partition: Partition, wanted: (block: BlockHead) => boolean, limit: number): Drop {
    const { topicId, index, head } = partition
    const below = holders.consumedBelow(partition)
    const blocks: BlockHead[] = []
    if (below === head) return { partition, blocks }
    for (const block of store.heads(topicId, index, head)) {
      if (blocks.length === limit || block.first + block.count > below || !wanted(block)) break
      blocks.push(block)
    }
    return { partition, blocks }
  }

  function expired(cutoff: number): Drop | undefined {
    for (const partition of partitionsOf(catalog)) {
      const drop = consumed(partition, block => block.timestamp < cutoff, BLOCKS_A_DROP)
      if (drop.blocks.length > 0) return drop
    }
    return undefined
  }

  function oldest(): Drop | undefined {
    const firsts = partitionsOf(catalog).flatMap(partition =>
      consumed(partition, () => true, 1).blocks.map(({ timestamp }) => ({ partition, timestamp })),
    )
    const [first] = firsts.sort((a, b) => a.timestamp - b.timestamp)
    return first && consumed(first.partition, () => true, BLOCKS_A_DROP)
  }

  function heldBy(): string {
    const waiting = new Map<string, number>()
    for (const { topic, positions, end } of partitionsOf(catalog)) {
      for (const [group, position] of positions) {
        if (holders.holds(group, topic)) waiting.set(group, (waiting.get(group) ?? 0) + end - position)
      }
    }
    const [most] = [...waiting].sort(([, a], [, b]) => b - a)
    return most ? `group ${most[0]}, which has ${most[1]} records to read` : 'no group at all'
  }

  return { expired, oldest, heldBy }
}
