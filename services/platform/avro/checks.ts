// The guard's checks of single values. Each is made for one field, whose name it puts into refusals.

import { isUtf8 } from 'node:buffer'
import { bytesLeft, readLong, refuse, refuseEnd, type Walk } from './walk.ts'

/** Checks one value and moves past it, or notes the refusal and returns false. */
export type Check = (walk: Walk) => boolean

/** No map or array of an event holds more; the limits of single fields are lower. */
const MAX_ITEMS = 1000

const INT_LIMIT = 2 ** 31

/** Below this length a loop finds out faster than a call into the runtime whether a text is ASCII. */
const SHORT_TEXT_BYTES = 48

const PROTO = Buffer.from('__proto__')

export const boolean =
  (field: string): Check =>
  walk => {
    const byte = walk.bytes[walk.at++]
    if (byte === 0 || byte === 1) return true
    return byte === undefined
      ? refuseEnd(walk, field)
      : refuse(walk, 'malformed_avro', field, `byte ${byte}`, 'a boolean, 0 or 1')
  }

export const long =
  (field: string): Check =>
  walk =>
    !Number.isNaN(readLong(walk, field, 'out_of_range'))

export const int =
  (field: string): Check =>
  walk => {
    const value = readLong(walk, field, 'out_of_range')
    if (value >= -INT_LIMIT && value < INT_LIMIT) return true
    return Number.isNaN(value)
      ? false
      : refuse(walk, 'out_of_range', field, String(value), 'an int of 32 bits')
  }

export const skip =
  (size: number, field: string): Check =>
  walk =>
    size <= bytesLeft(walk) ? skipBytes(walk, size) : refuseEnd(walk, field)

/** An index into the branches of a union or the symbols of an enum; NaN when it was refused. */
function index(walk: Walk, field: string, count: number, what: string): number {
  const value = readLong(walk, field)
  if (value >= 0 && value < count) return value
  if (!Number.isNaN(value)) {
    refuse(walk, 'malformed_avro', field, `${what} ${value}`, `0 to ${count - 1}`)
  }
  return Number.NaN
}

export const enumIndex =
  (field: string, symbols: number): Check =>
  walk =>
    !Number.isNaN(index(walk, field, symbols, 'symbol'))

export const union =
  (branches: readonly Check[], field: string): Check =>
  walk => {
    const branch = branches[index(walk, field, branches.length, 'branch')]
    return branch ? branch(walk) : false
  }

/** The length of a text or byte string that is all there; NaN when it was refused. */
function length(walk: Walk, field: string): number {
  const value = readLong(walk, field)
  if (value >= 0 && value <= bytesLeft(walk)) return value
  if (!Number.isNaN(value)) {
    refuse(walk, 'malformed_avro', field, `a length of ${value}`, `0 to the ${bytesLeft(walk)} bytes left`)
  }
  return Number.NaN
}

export const byteString =
  (field: string): Check =>
  walk =>
    skipBytes(walk, length(walk, field))

export const text =
  (field: string): Check =>
  walk =>
    passText(walk, field, length(walk, field))

function skipBytes(walk: Walk, size: number): boolean {
  if (Number.isNaN(size)) return false
  walk.at += size
  return true
}

function passText(walk: Walk, field: string, size: number): boolean {
  if (Number.isNaN(size)) return false
  const start = walk.at
  walk.at += size
  if (size < SHORT_TEXT_BYTES && isAscii(walk.bytes, start, walk.at)) return true
  return (
    isUtf8(walk.bytes.subarray(start, walk.at)) ||
    refuse(walk, 'bad_text', field, 'bytes that are not UTF-8', 'UTF-8')
  )
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if ((bytes[i] ?? 0) >= 0x80) return false
  }
  return true
}

/** A map's entry. avsc would lose a key `__proto__` and change the map's prototype instead. */
export const entry =
  (field: string, value: Check): Check =>
  walk => {
    const size = length(walk, field)
    const start = walk.at
    if (!passText(walk, field, size)) return false
    if (size === PROTO.length && PROTO.equals(walk.bytes.subarray(start, walk.at))) {
      return refuse(walk, 'bad_text', field, 'the key "__proto__"', 'another key')
    }
    return value(walk)
  }

/** The blocks of an array or map: each a count and that many items, until a count of 0. */
export const blocks =
  (field: string, item: Check): Check =>
  walk => {
    let total = 0
    for (;;) {
      const count = readLong(walk, field)
      if (count === 0) return true
      if (Number.isNaN(count)) return false

      // A negative count is followed by the block's size in bytes, for readers that skip.
      const size = count < 0 ? length(walk, field) : undefined
      if (Number.isNaN(size)) return false
      const items = Math.abs(count)
      if (items > bytesLeft(walk)) {
        return refuse(walk, 'malformed_avro', field, `${items} entries in ${bytesLeft(walk)} bytes`, 'fewer')
      }
      total += items
      if (total > MAX_ITEMS) {
        return refuse(walk, 'too_long', field, `${total} entries`, `at most ${MAX_ITEMS}`)
      }

      const end = size === undefined ? undefined : walk.at + size
      for (let i = 0; i < items; i++) {
        if (!item(walk)) return false
      }
      if (end !== undefined && walk.at !== end) {
        return refuse(walk, 'malformed_avro', field, 'a block of another size than it says', 'its true size')
      }
    }
  }
