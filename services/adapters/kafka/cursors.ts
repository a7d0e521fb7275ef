// How far each assigned partition was fetched, delivered and dealt with. Pure bookkeeping: it decides what of a fetch is new, what
// was delivered before a rebalance already, and up to where a position may move.

import {
  type ContiguousPrefix,
  committable,
  dealtWith,
  delivered,
  prefixFrom,
} from '#core/contiguous-prefix.ts'
import type { OffsetRange } from '#ports/event-log.ts'
import type { Chunk, Extent, Place } from './incoming.ts'
import type { Assignment } from './member.ts'

export interface Cursor extends Place {
  /** The topic that its offsets count in. */
  readonly logId: string
  /** The offset that the next fetch begins with. */
  fetched: number
  /** A generation began: the next fetch begins at what was committed, and so may repeat what was delivered. */
  resumes: boolean
  prefix: ContiguousPrefix
  committed: number
}

export interface Cursors {
  get(topic: string, partition: number): Cursor | undefined
  /**
   * Notes a fetch; resolves with the cursor and what of it was not delivered yet. `broken` says that the log went back, so what
   * waits of this partition is void.
   */
  accept(
    place: Place,
    logId: string,
    chunk: Chunk,
  ): { cursor: Cursor; chunk: Chunk | undefined; broken: boolean }
  deliver(cursor: Cursor, extent: Extent): void
  /** Notes what is dealt with. Ranges of partitions that are not assigned, or of another log, change nothing. */
  settle(ranges: readonly OffsetRange[]): void
  /** Cursors whose position may move, with the offset that it moves to. */
  moved(): { cursor: Cursor; position: number }[]
  /** Keeps those of a new generation, or none: another member may have gone on where an expelled one stood. */
  assign(assignment: Assignment, expelled: boolean): void
  forget(topic: string): void
}

export function createCursors(): Cursors {
  const cursors = new Map<string, Cursor>()
  const key = (topic: string, partition: number): string => `${topic}/${partition}`

  function begin({ topic, partition }: Place, logId: string, offset: number): Cursor {
    const cursor = {
      topic,
      partition,
      logId,
      fetched: offset,
      resumes: false,
      prefix: prefixFrom(offset),
      committed: offset,
    }
    cursors.set(key(topic, partition), cursor)
    return cursor
  }

  function accept(place: Place, logId: string, chunk: Chunk) {
    const known = cursors.get(key(place.topic, place.partition))
    const repeats = known?.resumes === true && chunk.first <= known.prefix.end
    const continues = known?.resumes === false && chunk.first >= known.fetched
    const usable = known && known.logId === logId && (repeats || continues) ? known : undefined
    const cursor = usable ?? begin(place, logId, chunk.first)
    cursor.resumes = false
    cursor.fetched = chunk.last + 1
    return {
      cursor,
      chunk: repeats ? from(chunk, cursor.prefix.end) : chunk,
      broken: known !== undefined && usable === undefined,
    }
  }

  return {
    get: (topic, partition) => cursors.get(key(topic, partition)),
    accept,
    deliver(cursor, { first, last }) {
      cursor.prefix = delivered(cursor.prefix, first, last)
    },
    settle(ranges) {
      for (const { logId, topic, partition, first, last } of ranges) {
        const cursor = cursors.get(key(topic, partition))
        if (!cursor || (logId !== undefined && logId !== cursor.logId)) continue
        cursor.prefix = dealtWith(cursor.prefix, first, last)
      }
    },
    moved: () =>
      [...cursors.values()]
        .map(cursor => ({ cursor, position: committable(cursor.prefix) }))
        .filter(({ cursor, position }) => position > cursor.committed),
    assign(assignment, expelled) {
      for (const [name, cursor] of cursors) {
        if (expelled || !assignment[cursor.topic]?.includes(cursor.partition)) cursors.delete(name)
        else cursor.resumes = true
      }
    },
    forget(topic) {
      for (const [name, cursor] of cursors) if (cursor.topic === topic) cursors.delete(name)
    },
  }
}

/** What of a chunk lies at or behind an offset; undefined if nothing does. */
function from(chunk: Chunk, offset: number): Chunk | undefined {
  if (chunk.last < offset) return undefined
  if (chunk.first >= offset) return chunk
  return { first: offset, last: chunk.last, records: chunk.records.filter(record => record.offset >= offset) }
}
