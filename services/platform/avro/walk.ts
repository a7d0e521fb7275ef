// A position in bytes that may be hostile, and why the walk over them stopped. Nothing is allocated while all is well.

import type { Refusal, RefusalCode } from '#core/errors.ts'

export interface Walk {
  readonly bytes: Uint8Array
  at: number
  refusal: Refusal | undefined
}

/** avsc refuses longs from 2^53 - 1 on, and reads those below -2^52 with the wrong sign. */
export const MIN_LONG = -(2 ** 52)
export const MAX_LONG = 2 ** 53 - 2

const MAX_VARINT_BYTES = 10

/** Notes why the walk ends; returns false, for a check to return. */
export function refuse(walk: Walk, code: RefusalCode, field: string, got: string, expected: string): false {
  walk.refusal = { code, field, got, expected }
  return false
}

export const bytesLeft = (walk: Walk): number => walk.bytes.length - walk.at

export const refuseEnd = (walk: Walk, field: string): false =>
  refuse(walk, 'malformed_avro', field, 'cut off', 'more bytes')

/**
 * Reads a number in Avro's variable-length zig-zag coding; NaN when it was refused.
 *
 * @param rangeCode how to refuse a number that avsc cannot hold: of a value, or of the structure.
 */
export function readLong(walk: Walk, field: string, rangeCode: RefusalCode = 'malformed_avro'): number {
  const first = walk.bytes[walk.at]
  if (first === undefined) {
    refuseEnd(walk, field)
    return Number.NaN
  }
  if (first >= 0x80) return readLongVarint(walk, field, rangeCode)
  walk.at++
  return (first >>> 1) ^ -(first & 1)
}

function readLongVarint(walk: Walk, field: string, rangeCode: RefusalCode): number {
  const { bytes, at } = walk
  let zigzag = 0
  let scale = 1
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = bytes[at + i]
    if (byte === undefined) {
      refuseEnd(walk, field)
      return Number.NaN
    }
    zigzag += (byte & 0x7f) * scale
    scale *= 128
    if (byte < 0x80) {
      walk.at = at + i + 1
      return inRange(walk, zigzag, ((bytes[at] ?? 0) & 1) === 1, field, rangeCode)
    }
  }
  refuse(walk, 'malformed_avro', field, `a number of more than ${MAX_VARINT_BYTES} bytes`, 'a shorter one')
  return Number.NaN
}

/** The sign is taken from the first byte, since doubles from 2^53 on do not keep the last bit. */
function inRange(walk: Walk, zigzag: number, negative: boolean, field: string, code: RefusalCode): number {
  if (negative ? zigzag < 2 ** 53 : zigzag <= 2 * MAX_LONG) return negative ? -(zigzag + 1) / 2 : zigzag / 2
  refuse(walk, code, field, `about ${negative ? '-' : ''}${zigzag / 2}`, `${MIN_LONG} to ${MAX_LONG}`)
  return Number.NaN
}
