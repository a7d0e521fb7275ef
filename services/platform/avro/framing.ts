// How a record's bytes say what they are. The first byte tells the accepted framings apart; a wrong guess would decode one
// schema's bytes with another's.

import type { Refusal } from '#core/errors.ts'
import type { SchemaStore, StoredSchema } from './schema-store.ts'

const CONFLUENT = 0x00
const CONFLUENT_HEADER_BYTES = 5
const SINGLE_OBJECT = [0xc3, 0x01] as const
const SINGLE_OBJECT_HEADER_BYTES = 10
const OPENING_BRACE = 0x7b

/** A record's framing: Avro of a known schema from byte `start` on, or JSON, or why it is neither. */
export type Frame =
  | { readonly kind: 'avro'; readonly schema: StoredSchema; readonly start: number }
  | { readonly kind: 'json' }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/**
 * Reads the framing of a record.
 * Confluent: 0x00 and the schema's id, 4 bytes, big-endian
 * (https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format).
 * Avro single-object: 0xC3 0x01 and the schema's fingerprint, 8 bytes, little-endian
 * (https://avro.apache.org/docs/1.12.0/specification/#single-object-encoding).
 */
export function readFrame(bytes: Uint8Array, store: SchemaStore): Frame {
  const first = bytes[0]
  if (first === undefined) return refused('empty_record', '', 'an event')
  if (first === OPENING_BRACE) return { kind: 'json' }
  if (first === CONFLUENT) return confluentFrame(bytes, store)
  if (first === SINGLE_OBJECT[0] && bytes[1] === SINGLE_OBJECT[1]) return singleObjectFrame(bytes, store)
  const got = Buffer.from(bytes.subarray(0, 5)).toString('hex')
  return refused('unknown_framing', `0x${got}`, '0x00 and a schema id, 0xc301 and a fingerprint, or JSON')
}

/** The header of Confluent framing for a schema's id. */
export function confluentHeader(id: number): Uint8Array {
  const header = Buffer.alloc(CONFLUENT_HEADER_BYTES)
  header.writeUInt32BE(id, 1)
  return header
}

function confluentFrame(bytes: Uint8Array, store: SchemaStore): Frame {
  if (bytes.length < CONFLUENT_HEADER_BYTES) return cutOff(bytes, CONFLUENT_HEADER_BYTES)
  const id = view(bytes).getUint32(1)
  const schema = store.byId(id)
  if (!schema) return unknown(`id ${id}`, store)
  return { kind: 'avro', schema, start: CONFLUENT_HEADER_BYTES }
}

function singleObjectFrame(bytes: Uint8Array, store: SchemaStore): Frame {
  if (bytes.length < SINGLE_OBJECT_HEADER_BYTES) return cutOff(bytes, SINGLE_OBJECT_HEADER_BYTES)
  const fingerprint = view(bytes).getBigUint64(SINGLE_OBJECT.length, true)
  const schema = store.byFingerprint(fingerprint)
  if (!schema) return unknown(`fingerprint ${fingerprint.toString(16).padStart(16, '0')}`, store)
  return { kind: 'avro', schema, start: SINGLE_OBJECT_HEADER_BYTES }
}

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)

const cutOff = (bytes: Uint8Array, header: number): Frame =>
  refused('malformed_avro', `${bytes.length} bytes`, `a header of ${header} bytes and a record`)

const unknown = (got: string, store: SchemaStore): Frame =>
  refused('unknown_schema', got, `id ${store.versions.map(({ id }) => id).join(', ')} or its fingerprint`)

const refused = (code: Refusal['code'], got: string, expected: string): Frame => ({
  kind: 'refused',
  refusal: { code, field: '', got, expected },
})
