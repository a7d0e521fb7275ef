// How far each assigned partition was fetched, delivered and dealt with. Pure bookkeeping: it decides whether a fetch goes on where
// the one before ended, and up to where a position may move. A fetch that is taken although it does not go on there would skip
// records or move a position back.

import {
  type ContiguousPrefix,
  committable,
  dealtWith,
  delivered,
  prefixFrom,
} from '#core/contiguous-prefix.ts'
import type { OffsetRange, PartitionProgress } from '#ports/event-log.ts'
import type { Extent, Place } from './incoming.ts'
import type { Assignment } from './member.ts'

export interface Cursor extends Place {
  /** The topic that its offsets count in. */
  readonly logId: string
  /** The offset that the next fetch begins with. */
  fetched: number
  prefix: ContiguousPrefix
  committed: number
}

export interface Cursors {
  /** Keeps those of a new generation, or none: another member may have gone on where an expelled one stood. */
  assign(assignment: Assignment, expelled: boolean): void
  /**
   * Where reading goes on, given where the group stands: behind what was delivered already, as long as that is of this log; else
   * where the group stands. What was fetched and not delivered is fetched again.
   */
  resume(topic: string, group: PartitionProgress): Cursor
  get(topic: string, partition: number): Cursor | undefined
  /** Notes a fetch, unless it does not begin where the one before ended. */
  accept(place: Place, fetch: Extent): Cursor | undefined
  deliver(cursor: Cursor, extent: Extent): void
  /** Notes what is dealt with. Ranges of partitions that are not assigned, or of another log, change nothing. */
  settle(ranges: readonly OffsetRange[]): void
  /** Cursors whose position may move, with the offset that it moves to. */
  moved(): { cursor: Cursor; position: number }[]
}

export function createCursors(): Cursors {
  const cursors = new Map<string, Cursor>()
  const key = (topic: string, partition: number): string => `${topic}/${partition}`
  const get = (topic: string, partition: number): Cursor | undefined => cursors.get(key(topic, partition))

  return {
    get,
    assign(assignment, expelled) {
      for (const [name, { topic, partition }] of cursors) {
        if (expelled || !assignment[topic]?.includes(partition)) cursors.delete(name)
      }
    },
    resume(topic, { logId, partition, committed, end }) {
      const known = get(topic, partition)
      const delivered = known?.logId === logId ? known.prefix.end : -1
      const goesOn = delivered >= committed && delivered <= end
      const prefix = goesOn && known ? dealtWith(known.prefix, 0, committed - 1) : prefixFrom(committed)
      const cursor = { topic, partition, logId, fetched: prefix.end, prefix, committed }
      cursors.set(key(topic, partition), cursor)
      return cursor
    },
    accept({ topic, partition }, { first, last }) {
      const cursor = get(topic, partition)
      if (cursor?.fetched !== first) return undefined
      cursor.fetched = last + 1
      return cursor
    },
    deliver(cursor, { first, last }) {
      cursor.prefix = delivered(cursor.prefix, first, last)
    },
    settle(ranges) {
      for (const { logId, topic, partition, first, last } of ranges) {
        const cursor = get(topic, partition)
        if (!cursor || (logId !== undefined && logId !== cursor.logId)) continue
        cursor.prefix = dealtWith(cursor.prefix, first, last)
      }
    },
    moved: () =>
      [...cursors.values()]
        .map(cursor => ({ cursor, position: committable(cursor.prefix) }))
        .filter(({ cursor, position }) => position > cursor.committed),
  }
}
