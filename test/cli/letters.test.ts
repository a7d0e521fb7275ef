import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { readJsonEvent } from '#platform/json-event/read-json-event.ts'
import { eventOf, type Letter } from '../../services/cli/letters.ts'

const codec = createUsageEventCodec(loadSchemaStore())

const letter = (bytes: Uint8Array, more: Partial<Letter> = {}): Letter => ({
  id: 'x',
  stage: 'consumer',
  bytes: Buffer.from(bytes),
  total: bytes.length,
  replayed: false,
  ...more,
})

const read = (value: unknown, receivedAt: number) =>
  readJsonEvent(value, { receivedAt, newId: () => 'new', strict: true, source: 'http' })

const JSON_EVENT = {
  event_id: 'e1',
  occurred_at: 1_795_000_000_000,
  provider: 'openai',
  request_model: 'gpt-5.4',
  usage: { prompt_tokens: 10, completion_tokens: 5 },
  units: { web_search: '2' },
  tags: { a: 'b' },
  output_started: true,
  reported_cost: '0.5',
}

test('what the collector refused is sent again as it came', () => {
  const bytes = Buffer.from('{"anything": 1.10')
  assert.deepEqual(eventOf(letter(bytes, { stage: 'collector' }), codec), { event: bytes })
})

test('a record of the log becomes a JSON event that says the same, unknown fields forbidden', () => {
  const first = read(JSON_EVENT, 1_795_000_001_000)
  assert.ok(first.ok)
  const found = eventOf(letter(codec.encode(first.event)), codec)
  assert.ok('event' in found)
  const again = read(JSON.parse(found.event.toString()), 1_795_000_002_000)
  assert.ok(again.ok)
  assert.deepEqual(again.event, { ...first.event, received_at: 1_795_000_002_000 })
  assert.deepEqual(again.warnings, [])
})

test('a JSON record of the log is one line', () => {
  const found = eventOf(letter(Buffer.from(JSON.stringify(JSON_EVENT, null, 2))), codec)
  assert.ok('event' in found)
  assert.ok(!found.event.includes('\n'))
  assert.deepEqual(JSON.parse(found.event.toString()), JSON_EVENT)
})

test('letters that cannot be an event again say why', () => {
  const reasons = [
    letter(Buffer.from('abc'), { total: 70_000 }),
    letter(Buffer.from('abc')),
    letter(Buffer.from('{}'), { replayed: true }),
  ].map(one => eventOf(one, codec))
  assert.match(JSON.stringify(reasons[0]), /only 3 of its 70000 bytes were kept/)
  assert.match(JSON.stringify(reasons[1]), /its bytes are no event \(unknown_framing\)/)
  assert.match(JSON.stringify(reasons[2]), /replayed before/)
})
