// Usage events as bytes of the log, and back. Decoding never throws on bytes, whatever they are: a record that cannot be read
// is a refusal with a reason, so that a poison message never stops its neighbours.

import type { Resolver } from 'avsc'
import type { Refusal } from '#core/errors.ts'
import { checkEventLimits } from '#core/event-limits.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import { confluentHeader, readFrame } from './framing.ts'
import type { SchemaStore, StoredSchema } from './schema-store.ts'

/** A record of the log, read: an event within its limits, or JSON that is still to be validated, or why it is neither. */
export type Decoded =
  | { readonly kind: 'avro'; readonly event: UsageEvent }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

export interface UsageEventCodec {
  /**
   * Confluent framing under the newest schema. The event must be within its limits (`checkEventLimits`).
   *
   * @throws Error when a value does not have the schema's type.
   */
  encode(event: UsageEvent): Uint8Array

  /** Reads a record in any accepted framing, of any version. Unknown fields of newer versions are skipped. */
  decode(bytes: Uint8Array): Decoded
}

/** A legal event has less than 100 KB; JSON may escape and space it out. */
const MAX_AVRO_BYTES = 256 * 1024
const MAX_JSON_BYTES = 1024 * 1024

const SCRATCH_BYTES = 128 * 1024

export function createUsageEventCodec(store: SchemaStore): UsageEventCodec {
  const { newest } = store
  const resolvers = createResolvers(store)
  const header = confluentHeader(newest.id)
  const scratch = Buffer.alloc(SCRATCH_BYTES)
  scratch.set(header)

  return {
    encode(event) {
      const end = newest.type.encode(event, scratch, header.length)
      // A negative number says by how much an event is too large for the scratch space.
      return end >= 0
        ? Buffer.from(scratch.subarray(0, end))
        : Buffer.concat([header, newest.type.toBuffer(event)])
    },

    decode(bytes) {
      const frame = readFrame(bytes, store)
      if (frame.kind === 'refused') return frame
      if (frame.kind === 'json') return decodeJson(bytes)
      if (bytes.length > MAX_AVRO_BYTES) return tooLong(bytes, MAX_AVRO_BYTES)

      const { schema, start } = frame
      const refusal = schema.guard(bytes, start)
      if (refusal) return refused(refusal)

      const event: UsageEvent = newest.type.decode(asBuffer(bytes), start, resolvers.get(schema)).value
      const outside = checkEventLimits(event)
      return outside ? refused(outside) : { kind: 'avro', event }
    },
  }
}

const createResolvers = ({ versions, newest }: SchemaStore): Map<StoredSchema, Resolver> =>
  new Map(
    versions
      .filter(schema => schema !== newest)
      .map(schema => [schema, newest.type.createResolver(schema.type)]),
  )

function decodeJson(bytes: Uint8Array): Decoded {
  if (bytes.length > MAX_JSON_BYTES) return tooLong(bytes, MAX_JSON_BYTES)
  try {
    return { kind: 'json', value: JSON.parse(utf8.decode(bytes)) }
  } catch {
    return refused({
      code: 'not_an_object',
      field: '',
      got: `${bytes.length} bytes that do not parse`,
      expected: 'one JSON object in UTF-8',
    })
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

const tooLong = (bytes: Uint8Array, limit: number): Decoded =>
  refused({
    code: 'too_long',
    field: '',
    got: `${bytes.length} bytes`,
    expected: `a record of at most ${limit} bytes`,
  })

const refused = (refusal: Refusal): Decoded => ({ kind: 'refused', refusal })

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
