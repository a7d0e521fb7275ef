// Usage events as bytes of the log, and back. Decoding never throws on bytes, whatever they are: a record that cannot be read
// is a refusal with a reason, so that a poison message never stops its neighbours.

import type { Resolver } from 'avsc'
import type { Refusal } from '#core/errors.ts'
import { checkEventLimits } from '#core/event-limits.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import { confluentHeader, type Frame, readFrame } from './framing.ts'
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

  /**
   * Looks at a record's framing and walks its bytes, without making anything of them. What passes here can be given to
   * `read`; what does not is refused.
   */
  inspect(bytes: Uint8Array): Frame

  /** Reads a record that passed `inspect`, of any version. Unknown fields of newer versions are skipped. */
  read(bytes: Uint8Array, frame: Readable): Decoded

  /** `inspect` and `read` in one go. */
  decode(bytes: Uint8Array): Decoded
}

/** A frame that was not refused. */
export type Readable = Exclude<Frame, { kind: 'refused' }>

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

  function inspect(bytes: Uint8Array): Frame {
    const frame = readFrame(bytes, store)
    if (frame.kind === 'refused') return frame
    const limit = frame.kind === 'json' ? MAX_JSON_BYTES : MAX_AVRO_BYTES
    if (bytes.length > limit) return refused(tooLong(bytes, limit))
    if (frame.kind === 'json') return frame
    const refusal = frame.schema.guard(bytes, frame.start)
    return refusal ? refused(refusal) : frame
  }

  function read(bytes: Uint8Array, frame: Readable): Decoded {
    if (frame.kind === 'json') return decodeJson(bytes)
    const { schema, start } = frame
    const event: UsageEvent = newest.type.decode(asBuffer(bytes), start, resolvers.get(schema)).value
    const outside = checkEventLimits(event)
    return outside ? refused(outside) : { kind: 'avro', event }
  }

  return {
    encode(event) {
      const end = newest.type.encode(event, scratch, header.length)
      // A negative number says by how much an event is too large for the scratch space.
      return end >= 0
        ? Buffer.from(scratch.subarray(0, end))
        : Buffer.concat([header, newest.type.toBuffer(event)])
    },

    inspect,
    read,
    decode(bytes) {
      const frame = inspect(bytes)
      return frame.kind === 'refused' ? frame : read(bytes, frame)
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

const tooLong = (bytes: Uint8Array, limit: number): Refusal => ({
  code: 'too_long',
  field: '',
  got: `${bytes.length} bytes`,
  expected: `a record of at most ${limit} bytes`,
})

const refused = (refusal: Refusal): { readonly kind: 'refused'; readonly refusal: Refusal } => ({
  kind: 'refused',
  refusal,
})

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
