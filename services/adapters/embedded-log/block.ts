// How records lie on disk: what one write adds to a partition is one block, or several when it is large. Few large values
// keep the B-tree small and reads fast. A wrong length here makes every later record of the block unreadable.
//
//   record: key length (uint32) | value length (uint32) | key (UTF-8) | value

import type { LogRecord, NewRecord } from '#ports/event-log.ts'

/** Values of this size fill whole pages (16 bytes are the page's own); longer runs of free pages become rare in a full file. */
const BLOCK_BYTES = 32 * 1024 - 16

const HEADER_BYTES = 8

/** What the key of a block says, so that old data need not be read to be dropped. */
export interface BlockHead {
  readonly first: number
  readonly count: number
  /** When the log took the records, ms. */
  readonly timestamp: number
}

export interface Block extends BlockHead {
  readonly data: Buffer
}

/** The bytes of a record on disk. */
export const recordBytes = (record: NewRecord): number =>
  HEADER_BYTES + Buffer.byteLength(record.key) + record.value.byteLength

/** Packs records that follow one another from offset `first`. */
export function packBlocks(records: readonly NewRecord[], first: number, timestamp: number): Block[] {
  const blocks: Block[] = []
  let open: NewRecord[] = []
  let bytes = 0
  let offset = first
  const close = (): void => {
    blocks.push({ first: offset, count: open.length, timestamp, data: encode(open, bytes) })
    offset += open.length
    open = []
    bytes = 0
  }
  for (const record of records) {
    const size = recordBytes(record)
    if (open.length > 0 && bytes + size > BLOCK_BYTES) close()
    open.push(record)
    bytes += size
  }
  if (open.length > 0) close()
  return blocks
}

function encode(records: readonly NewRecord[], bytes: number): Buffer {
  const data = Buffer.allocUnsafe(bytes)
  let at = 0
  for (const { key, value } of records) {
    const keyBytes = data.write(key, at + HEADER_BYTES)
    data.writeUInt32LE(keyBytes, at)
    data.writeUInt32LE(value.byteLength, at + 4)
    data.set(value, at + HEADER_BYTES + keyBytes)
    at += HEADER_BYTES + keyBytes + value.byteLength
  }
  return data
}

/** The records of a block from offset `from` on. Their values share the block's memory. */
export function* recordsOf(block: Block, from: number): Generator<LogRecord> {
  const { data, first, timestamp } = block
  let at = 0
  for (let offset = first; at < data.length; offset++) {
    const keyAt = at + HEADER_BYTES
    const valueAt = keyAt + data.readUInt32LE(at)
    at = valueAt + data.readUInt32LE(at + 4)
    if (offset >= from) {
      yield {
        offset,
        timestamp,
        key: data.toString('utf8', keyAt, valueAt),
        value: data.subarray(valueAt, at),
      }
    }
  }
}
