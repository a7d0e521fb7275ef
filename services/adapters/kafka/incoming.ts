// What was fetched and not polled yet. It is bounded, so that a slow warehouse slows the fetching down instead of filling the
// memory; a fetch waits for room, with heartbeats.

import type { LogRecord } from '#ports/event-log.ts'
import type { Gathering } from '../polling/gathering.ts'

/** One partition of a topic. */
export interface Place {
  readonly topic: string
  readonly partition: number
}

/** All records of offsets [first, last]. */
export interface Chunk {
  readonly first: number
  readonly last: number
  readonly records: readonly LogRecord[]
}

/** Offsets that a gathering covers. */
export interface Extent {
  first: number
  last: number
}

export interface Incoming<P extends Place> {
  add(place: P, chunk: Chunk): void
  isEmpty(): boolean
  hasRoom(): boolean
  /** Moves what fits, each partition in turn and in order, and notes what was covered. */
  moveTo(gathering: Gathering<P>, extents: Map<P, Extent>): void
  /** Forgets everything. */
  clear(): void
}

/** What a record takes besides its value: tombstones too must come to an end. */
const RECORD_BYTES = 200

const bytesOf = ({ value }: LogRecord): number => RECORD_BYTES + value.byteLength

/** @param maxBytes of memory, about; the last chunk may go beyond */
export function createIncoming<P extends Place>(maxBytes: number): Incoming<P> {
  const queues = new Map<P, Chunk[]>()
  let bytes = 0

  function moveTo(gathering: Gathering<P>, extents: Map<P, Extent>): void {
    while (queues.size > 0 && !gathering.full()) {
      for (const place of [...queues.keys()]) {
        moveOne(place, gathering, extents)
        if (gathering.full()) return
      }
    }
  }

  function moveOne(place: P, gathering: Gathering<P>, extents: Map<P, Extent>): void {
    const queue = queues.get(place) ?? []
    const [chunk, ...others] = queue
    if (!chunk) return
    let taken = 0
    while (taken < chunk.records.length) {
      const record = chunk.records[taken]
      if (!record || !gathering.add(place, record)) break
      bytes -= bytesOf(record)
      taken += 1
      if (gathering.full()) break
    }
    const whole = taken === chunk.records.length
    if (taken > 0 || whole) {
      const last = whole ? chunk.last : (chunk.records[taken - 1]?.offset ?? chunk.last)
      const extent = extents.get(place)
      if (extent) extent.last = last
      else extents.set(place, { first: chunk.first, last })
      const rest = whole
        ? others
        : [{ ...chunk, first: last + 1, records: chunk.records.slice(taken) }, ...others]
      // To the end of the line, so that the next poll begins with another partition.
      queues.delete(place)
      if (rest.length > 0) queues.set(place, rest)
    }
  }

  return {
    add(place, chunk) {
      const queue = queues.get(place)
      if (queue) queue.push(chunk)
      else queues.set(place, [chunk])
      for (const record of chunk.records) bytes += bytesOf(record)
    },
    isEmpty: () => queues.size === 0,
    hasRoom: () => bytes < maxBytes,
    moveTo,
    clear() {
      queues.clear()
      bytes = 0
    },
  }
}
