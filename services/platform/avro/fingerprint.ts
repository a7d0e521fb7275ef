// CRC-64-AVRO, the fingerprint in the header of Avro single-object encoding
// (https://avro.apache.org/docs/1.12.0/specification/#schema-fingerprints). It names the writer's schema: if it differs by a
// bit from what other languages compute, their events are refused as of an unknown schema.

const EMPTY = 0xc15d213aa4d7a795n

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let entry = BigInt(byte)
  for (let bit = 0; bit < 8; bit++) entry = (entry >> 1n) ^ (entry & 1n ? EMPTY : 0n)
  return entry
})

/** The fingerprint of a text's UTF-8 bytes, as an unsigned number of 64 bits. */
export function fingerprint(text: string): bigint {
  let value = EMPTY
  for (const byte of Buffer.from(text)) {
    value = (value >> 8n) ^ (TABLE[Number(value & 0xffn) ^ byte] ?? 0n)
  }
  return value
}
