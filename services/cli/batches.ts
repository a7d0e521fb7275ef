// Cuts events into request bodies: few and large ones, each within what the collector takes.

import { isUtf8 } from 'node:buffer'
import type { EventText } from './event-reader.ts'

export interface Batch {
  /** NDJSON. */
  readonly body: Buffer
  /** The line of each event, in order. */
  readonly lines: readonly number[]
}

export const MAX_BATCH_EVENTS = 500
export const MAX_BATCH_BYTES = 900_000

const NEWLINE = Buffer.from('\n')

/** Batches of events; what cannot be sent at all goes to `refuse`. */
export async function* toBatches(
  events: AsyncIterable<EventText>,
  refuse: (line: number, reason: string) => Promise<void>,
): AsyncGenerator<Batch> {
  let parts: Buffer[] = []
  let lines: number[] = []
  let size = 0
  const batch = (): Batch => ({ body: Buffer.concat(parts), lines })

  for await (const { bytes, line } of events) {
    if (!isUtf8(bytes)) {
      await refuse(line, 'The event is not valid UTF-8')
      continue
    }
    if (bytes.length >= MAX_BATCH_BYTES) {
      await refuse(line, `The event has ${bytes.length} bytes, expected less than ${MAX_BATCH_BYTES}`)
      continue
    }
    if (lines.length === MAX_BATCH_EVENTS || size + bytes.length + 1 > MAX_BATCH_BYTES) {
      yield batch()
      parts = []
      lines = []
      size = 0
    }
    parts.push(bytes, NEWLINE)
    lines.push(line)
    size += bytes.length + 1
  }
  if (lines.length > 0) yield batch()
}
