// How avsc reads texts. Most texts of an event are empty and most others are words that come again (provider, model,
// feature ...); a call into the runtime for each would be half of the cost of decoding. A text is taken from the remembered
// ones only when all its bytes are the same.

import avsc, { type Type } from 'avsc'

/** Where avsc stands in the bytes. */
interface Tap {
  readonly buf: Uint8Array
  pos: number
  readString(): string
}

/** Longer texts are ids, which do not come again. */
const LONGEST_WORD = 24

/** Remembered words; each has one place, so that senders of random words cost time and no memory. */
const PLACES = 4_096

/** Avro's string, for a schema's registry. */
export function textType(): Type {
  const words: string[] = Array.from({ length: PLACES }, () => '')

  function read(tap: Tap): string {
    const { buf, pos } = tap
    const size = buf[pos]
    if (size === 0) {
      tap.pos = pos + 1
      return ''
    }
    // A byte below 0x80 is the whole number, zig-zag: twice the length.
    if (size === undefined || size > 2 * LONGEST_WORD) return tap.readString()
    const [start, length] = [pos + 1, size >> 1]
    if (start + length > buf.length) return tap.readString()
    const place = placeOf(buf, start, length)
    const known = words[place] ?? ''
    if (isText(known, buf, start, length)) {
      tap.pos = start + length
      return known
    }
    const text = tap.readString()
    // With as many bytes as characters it is ASCII.
    if (text.length === length) words[place] = text
    return text
  }

  return Object.create(new avsc.types.StringType(), { _read: { value: read } }) as Type
}

function placeOf(bytes: Uint8Array, start: number, length: number): number {
  let hash = length
  for (let i = 0; i < length; i++) hash = (hash * 31 + (bytes[start + i] ?? 0)) | 0
  return (hash ^ (hash >>> 12)) & (PLACES - 1)
}

function isText(text: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (text.length !== length) return false
  for (let i = 0; i < length; i++) {
    if (text.charCodeAt(i) !== bytes[start + i]) return false
  }
  return true
}
