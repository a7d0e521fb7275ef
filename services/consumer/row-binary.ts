// ClickHouse's RowBinary, written value by value into one growing buffer: the cheapest way in, and every 64-bit integer and
// decimal stays exact. Format: https://clickhouse.com/docs/en/interfaces/formats#rowbinary

const INITIAL_BYTES = 64 * 1024

export interface RowWriter {
  string(value: string): void
  bool(value: boolean): void
  uint8(value: number): void
  uint32(value: number): void
  /** A safe integer; a negative one in two's complement, as Int64 and DateTime64 have it. */
  uint64(value: number): void
  bigUint64(value: bigint): void
  /** Also Decimal(18, s) as a count of 10^-s. */
  int64(value: bigint): void
  /** Also Decimal(38, s). */
  int128(value: bigint): void
  /** The marker in front of a Nullable value: true means that no value follows. */
  isNull(value: boolean): void
  /** The length in front of an array's, map's or string's content. */
  length(value: number): void
  /** Bytes as they are; a string's content after its length. */
  raw(value: Uint8Array): void
  /** How many bytes were written. */
  size(): number
  /** Forgets everything after the first `size` bytes. */
  cut(size: number): void
  /** The bytes written so far; valid until the next write. */
  bytes(): Uint8Array
}

const TWO_32 = 4_294_967_296

/** Up to this many characters a loop writes an ASCII text faster than a call into the runtime, and its length is one byte. */
const SHORT_TEXT = 0x7f

export function createRowWriter(): RowWriter {
  let buffer = Buffer.allocUnsafe(INITIAL_BYTES)
  let view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  let at = 0

  function reserve(bytes: number): void {
    if (at + bytes <= buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, at + bytes))
    buffer.copy(grown, 0, 0, at)
    buffer = grown
    view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength)
  }

  function length(value: number): void {
    reserve(5)
    let rest = value
    while (rest >= 0x80) {
      buffer[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    buffer[at++] = rest
  }

  function uint8(value: number): void {
    reserve(1)
    buffer[at++] = value
  }

  function int64(value: bigint): void {
    reserve(8)
    view.setBigInt64(at, value, true)
    at += 8
  }

  /** Writes a short ASCII text with its length; false if it is not ASCII, with nothing written. */
  function shortAscii(value: string): boolean {
    reserve(1 + value.length)
    const start = at + 1
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code >= 0x80) return false
      buffer[start + i] = code
    }
    buffer[at] = value.length
    at = start + value.length
    return true
  }

  return {
    length,
    uint8,
    int64,
    string(value) {
      if (value.length <= SHORT_TEXT && shortAscii(value)) return
      const bytes = Buffer.byteLength(value)
      length(bytes)
      reserve(bytes)
      at += buffer.write(value, at, bytes, 'utf8')
    },
    bool: value => uint8(value ? 1 : 0),
    isNull: value => uint8(value ? 1 : 0),
    uint32(value) {
      reserve(4)
      view.setUint32(at, value, true)
      at += 4
    },
    uint64(value) {
      reserve(8)
      view.setUint32(at, value % TWO_32, true)
      view.setUint32(at + 4, Math.floor(value / TWO_32), true)
      at += 8
    },
    bigUint64(value) {
      reserve(8)
      view.setBigUint64(at, value, true)
      at += 8
    },
    int128(value) {
      reserve(16)
      view.setBigUint64(at, BigInt.asUintN(64, value), true)
      view.setBigInt64(at + 8, value >> 64n, true)
      at += 16
    },
    raw(value) {
      reserve(value.length)
      buffer.set(value, at)
      at += value.length
    },
    size: () => at,
    cut(size) {
      at = size
    },
    bytes: () => buffer.subarray(0, at),
  }
}
