import assert from 'node:assert/strict'
import { test } from 'node:test'
import { confluentHeader, readFrame } from '#platform/avro/framing.ts'
import { createSchemaStore, storedSchema } from '#platform/avro/schema-store.ts'

const store = createSchemaStore([storedSchema(1, 'int.avsc', 'int'), storedSchema(258, 'long.avsc', 'long')])

const frameOf = (hex: string) => readFrame(Buffer.from(hex, 'hex'), store)

const refusalOf = (hex: string) => {
  const frame = frameOf(hex)
  assert.equal(frame.kind, 'refused')
  return frame.kind === 'refused' ? frame.refusal : assert.fail()
}

test('Confluent framing: 0x00, the id in four bytes, big-endian', () => {
  const frame = frameOf('0000000102ff')
  assert.ok(frame.kind === 'avro')
  assert.deepEqual([frame.schema.id, frame.start], [258, 5])
  assert.equal(Buffer.from(confluentHeader(258)).toString('hex'), '0000000102')
})

test('single-object framing: 0xC3 0x01, the fingerprint in eight bytes, little-endian', () => {
  // The header that the Avro project's Ruby tests expect for the schema "int".
  const frame = frameOf('c3018f5c393f1ad5757202')
  assert.ok(frame.kind === 'avro')
  assert.deepEqual([frame.schema.id, frame.start], [1, 10])
})

test('JSON starts with a brace', () => {
  assert.equal(frameOf('7b7d').kind, 'json')
})

test('a value of no bytes is an empty record', () => {
  assert.equal(refusalOf('').code, 'empty_record')
})

test('other first bytes are no framing', () => {
  for (const hex of ['01', '5b5d', '20', 'c302', 'c3', 'ff'])
    assert.equal(refusalOf(hex).code, 'unknown_framing')
})

test('an unknown id or fingerprint is named', () => {
  assert.deepEqual(refusalOf('000000000700'), {
    code: 'unknown_schema',
    field: '',
    got: 'id 7',
    expected: 'id 1, 258 or its fingerprint',
  })
  assert.equal(refusalOf('c301010000000000000000').got, 'fingerprint 0000000000000001')
})

test('a header that is cut off is no header', () => {
  assert.equal(refusalOf('00000001').code, 'malformed_avro')
  assert.equal(refusalOf('c3018f5c393f1ad575').code, 'malformed_avro')
})

test('the framing is read from a view into a larger buffer', () => {
  const view = new Uint8Array(Buffer.from('aaaa000000010200', 'hex')).subarray(2)
  const frame = readFrame(view, store)
  assert.equal(frame.kind === 'avro' && frame.schema.id, 258)
})
