// Reading several partitions fairly: in turns and in small chunks, so that no partition waits behind a long one and the event
// loop is free between the chunks.

import { setImmediate } from 'node:timers/promises'
import type { LogRecord } from '#ports/event-log.ts'
import type { Gathering } from '../polling/gathering.ts'
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

export interface Reader<C extends Cursor> {
  /** Whether a record waits. */
  available(): boolean
  /** Adds one chunk of every partition where records wait, and moves the cursors. Throws when a kept offset is missing. */
  readRound(into: Gathering<C>): Promise<void>
}

export function createReader<C extends Cursor>(store: Store, cursors: readonly C[]): Reader<C> {
  let turn = 0

  const ready = (): C[] =>
    [...cursors.slice(turn), ...cursors.slice(0, turn)].filter(({ next, partition }) => next < partition.end)

  async function readRound(into: Gathering<C>): Promise<void> {
    const waiting = ready()
    turn = (turn + 1) % cursors.length
    const share = Math.min(CHUNK_RECORDS, Math.ceil(into.recordsLeft() / waiting.length))
    for (const cursor of waiting) {
      readChunk(cursor, share, into)
      if (into.full()) return
      await setImmediate()
    }
  }

  function readChunk(cursor: C, maxRecords: number, into: Gathering<C>): void {
    const { partition, next: start } = cursor
    let bytes = 0
    for (const record of recordsFrom(cursor)) {
      if (record.offset !== cursor.next || !into.add(cursor, record)) break
      cursor.next += 1
      bytes += record.value.byteLength
      if (into.full() || cursor.next - start >= maxRecords || bytes >= CHUNK_BYTES) break
    }
    if (cursor.next === start && !into.full()) {
      throw new Error(`offset ${start} of ${partition.topic}/${partition.index} is missing`)
    }
  }

  function* recordsFrom({ partition, next }: C): Generator<LogRecord> {
    for (const block of store.blocks(partition.topicId, partition.index, next)) yield* recordsOf(block, next)
  }

  return { available: () => ready().length > 0, readRound }
}
