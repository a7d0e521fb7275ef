// Reading several partitions fairly: in turns and in small chunks, so that no partition waits behind a long one and the event
// loop is free between the chunks.

import { setImmediate } from 'node:timers/promises'
import type { LogRecord } from '#ports/event-log.ts'
import { recordsOf } from './block.ts'
import type { Partition } from './catalog.ts'
import type { Store } from './store.ts'

/** A chunk ends after this many records or bytes: a few ms of work. */
const CHUNK_RECORDS = 2_000
const CHUNK_BYTES = 2 ** 20

export interface Cursor {
  readonly partition: Partition
  /** The offset to be read next. */
  next: number
}

/** What one poll has read so far. */
export interface Gathered<C extends Cursor> {
  readonly batches: Map<C, LogRecord[]>
  records: number
  /** Bytes of values. */
  bytes: number
  /** Whether a limit is reached: nothing more is to be added. */
  full: boolean
}

export interface Reader<C extends Cursor> {
  /** Whether a record waits. */
  available(): boolean
  /** Adds what waits, up to the limits, and moves the cursors. */
  read(into: Gathered<C>, limits: { maxRecords: number; maxBytes: number }): Promise<void>
}

export function createReader<C extends Cursor>(store: Store, cursors: readonly C[]): Reader<C> {
  let turn = 0

  const ready = (): C[] =>
    [...cursors.slice(turn), ...cursors.slice(0, turn)].filter(({ next, partition }) => next < partition.end)

  async function read(into: Gathered<C>, limits: { maxRecords: number; maxBytes: number }): Promise<void> {
    for (let waiting = ready(); waiting.length > 0 && !into.full; waiting = ready()) {
      turn = (turn + 1) % cursors.length
      const share = Math.ceil((limits.maxRecords - into.records) / waiting.length)
      for (const cursor of waiting) {
        readChunk(cursor, { ...limits, share: Math.min(share, CHUNK_RECORDS) }, into)
        if (into.full) return
        await setImmediate()
      }
    }
  }

  function readChunk(
    cursor: C,
    limits: { maxRecords: number; maxBytes: number; share: number },
    into: Gathered<C>,
  ): void {
    const { partition, next: start } = cursor
    const batch = into.batches.get(cursor) ?? []
    let bytes = 0
    for (const record of chunk(cursor)) {
      const size = record.value.byteLength
      into.full = into.records > 0 && into.bytes + size > limits.maxBytes
      if (into.full) break
      batch.push(record)
      cursor.next = record.offset + 1
      bytes += size
      into.records += 1
      into.bytes += size
      into.full = into.records >= limits.maxRecords || into.bytes >= limits.maxBytes
      if (into.full || cursor.next - start >= limits.share || bytes >= CHUNK_BYTES) break
    }
    if (batch.length > 0) into.batches.set(cursor, batch)
    if (cursor.next === start && !into.full) {
      throw new Error(
        `offset ${start} of partition ${partition.index} of topic ${partition.topic} is missing`,
      )
    }
  }

  function* chunk({ partition, next }: C): Generator<LogRecord> {
    for (const block of store.blocks(partition.topicId, partition.index, next)) yield* recordsOf(block, next)
  }

  return { available: () => ready().length > 0, read }
}
