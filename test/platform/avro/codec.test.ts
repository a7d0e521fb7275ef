import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LIMITS } from '#core/usage-event.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { defaultEvent } from '#platform/json-event/default-event.ts'
import { arbitraryEvent } from './arbitrary-event.ts'

const store = loadSchemaStore()
const codec = createUsageEventCodec(store)

const event = { ...defaultEvent(), event_id: 'e-1', occurred_at: 1_795_000_000_000 }

const refusalOf = (bytes: Uint8Array) => {
  const decoded = codec.decode(bytes)
  return decoded.kind === 'refused' ? decoded.refusal : undefined
}

test('what was encoded is decoded as it was', () => {
  fc.assert(
    fc.property(arbitraryEvent, original => {
      assert.deepEqual(codec.decode(codec.encode(original)), { kind: 'avro', event: original })
    }),
  )
})

test('five constant bytes come before the record', () => {
  const bytes = Buffer.from(codec.encode(event))
  assert.equal(bytes.subarray(0, 5).toString('hex'), '0000000001')
})

test('an encoded event does not change when another one is encoded', () => {
  const first = codec.encode(event)
  const copy = Buffer.from(first)
  codec.encode({ ...event, event_id: 'another' })
  assert.deepEqual(Buffer.from(first), copy)
})

test('an event larger than any legal one is still encoded whole', () => {
  const large = { ...event, raw_usage: 'x'.repeat(200_000) }
  const bytes = codec.encode(large)
  assert.equal(store.newest.type.decode(Buffer.from(bytes), 5).value.raw_usage.length, 200_000)
})

test('single-object framing is decoded', () => {
  const header = Buffer.alloc(10)
  header.writeUInt16BE(0xc301)
  header.writeBigUInt64LE(store.newest.fingerprint, 2)
  const bytes = Buffer.concat([header, store.newest.type.toBuffer(event)])
  assert.deepEqual(codec.decode(bytes), { kind: 'avro', event })
})

test('JSON is parsed and left to be validated', () => {
  assert.deepEqual(codec.decode(Buffer.from('{"provider":"openai"}')), {
    kind: 'json',
    value: { provider: 'openai' },
  })
})

test('JSON that does not parse, or is not UTF-8, is refused', () => {
  assert.equal(refusalOf(Buffer.from('{"provider":'))?.code, 'not_an_object')
  assert.equal(refusalOf(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))?.code, 'not_an_object')
})

test('a record larger than any event is refused before it is read', () => {
  const avro = Buffer.alloc(300_000)
  avro[4] = 1
  assert.equal(refusalOf(avro)?.code, 'too_long')
  assert.equal(refusalOf(Buffer.alloc(2 ** 20 + 1, '{'))?.code, 'too_long')
})

test('a record that fits the schema and not the limits is refused', () => {
  const long = { ...event, feature: 'f'.repeat(LIMITS.string_bytes + 1) }
  assert.equal(refusalOf(codec.encode(long))?.field, 'feature')
  assert.equal(refusalOf(codec.encode({ ...event, latency_ms: -1 }))?.field, 'latency_ms')
})

test('a good record cut off anywhere, or with a byte more, is refused', () => {
  const bytes = codec.encode({ ...event, tags: { a: 'b' }, output_started: true })
  for (let end = 0; end < bytes.length; end++) assert.ok(refusalOf(bytes.subarray(0, end)), `${end} bytes`)
  assert.equal(refusalOf(Buffer.concat([bytes, Buffer.alloc(1)]))?.code, 'malformed_avro')
})

test('arbitrary bytes never make it throw', () => {
  const header = fc.constantFrom('', '00', '0000000001', 'c301', '7b').map(hex => Buffer.from(hex, 'hex'))
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 200 }), (start, rest) => {
      assert.ok(codec.decode(Buffer.concat([start, rest])).kind)
    }),
    { numRuns: 2000 },
  )
})

test('bytes are read from any view', () => {
  const padded = new Uint8Array([9, 9, ...codec.encode(event), 9]).subarray(2, -1)
  assert.deepEqual(codec.decode(padded), { kind: 'avro', event })
})

test('encoding throws for a value of another type', () => {
  assert.throws(() => codec.encode({ ...event, attempt: 1.5 }))
})
