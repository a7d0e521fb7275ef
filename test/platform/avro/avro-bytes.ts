// Avro bytes written by hand, right or wrong, without a library that would refuse to write the wrong ones.

/** A number in zig-zag coding of variable length, of any size. */
export function long(value: bigint | number): Buffer {
  const wide = BigInt(value)
  let rest = wide >= 0n ? wide * 2n : -wide * 2n - 1n
  const bytes: number[] = []
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  return Buffer.from([...bytes, Number(rest)])
}

export const text = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value)
  return Buffer.concat([long(bytes.length), bytes])
}

export const bytes = (...parts: (Buffer | number)[]): Buffer =>
  Buffer.concat(parts.map(part => (typeof part === 'number' ? Buffer.from([part]) : part)))
