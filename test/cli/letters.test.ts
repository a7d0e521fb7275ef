import assert from 'node:assert/strict'
import { test } from 'node:test'
import { uuidV7 } from '#core/identity.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { readJsonEvent } from '#platform/json-event/read-json-event.ts'
import { eventOf, type Letter } from '../../services/cli/letters.ts'
import type { ConsumerContext } from '../../services/consumer/context.ts'
import { decode } from '../../services/consumer/steps/decode.ts'

const REFUSED_AT = Date.UTC(2026, 10, 20, 9, 30)

const codec = createUsageEventCodec(loadSchemaStore())

const letter = (bytes: Uint8Array, more: Partial<Letter> = {}): Letter => ({
  id: 'x',
  stage: 'consumer',
  refusedAt: REFUSED_AT,
  origin: null,
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

const again = (text: string, more: Partial<Letter> = {}): string => {
  const found = eventOf(letter(Buffer.from(text), { stage: 'collector', ...more }), codec)
  assert.ok('event' in found)
  return found.event.toString()
}

test('what the collector refused is sent again as it came', () => {
  const texts = [
    '{"anything": 1.10',
    '7',
    'null',
    '["a"]',
    '{"event_id": "a", "occurred_at": 1795000000000, "x": 1e400, "y": 12345678901234567890} ',
    '{"response_id": "r", "occurred_at": null}',
    `{"event_id": "${uuidV7(REFUSED_AT, new Uint8Array(10))}"}`,
  ]
  for (const text of texts) assert.equal(again(text), text)
})

test('an event without a time happened when it was refused, one without a name has that of its letter', () => {
  const own = { occurred_at: REFUSED_AT, event_id: 'letter:x' }
  assert.deepEqual(JSON.parse(again('{}')), own)
  assert.deepEqual(JSON.parse(again('{"tokens":{"input":1.0}}\r')), { tokens: { input: 1 }, ...own })
  assert.deepEqual(JSON.parse(again('{"event_id":null,"response_id":""}')), { response_id: '', ...own })
  assert.deepEqual(JSON.parse(again('{"event_id":"a"}')), { event_id: 'a', occurred_at: REFUSED_AT })
  assert.deepEqual(JSON.parse(again('{"response_id":"a"}')), { response_id: 'a', occurred_at: REFUSED_AT })
  assert.deepEqual(JSON.parse(again('{"occurred_at":1}')), { occurred_at: 1, event_id: 'letter:x' })
  assert.equal(JSON.parse(again('{}', { id: 'y'.repeat(500) })).event_id.length, 128)
})

test('numbers that JSON would write in another way stay as they were sent', () => {
  const text = '{"units": {"web_search": 0.10000000000000000001}}'
  assert.ok(again(text).startsWith(text.slice(0, -1)))
})

test('a replay that is repeated is the same event', () => {
  const text = '{"provider":"openai","request_model":"gpt-5.4","tokens":{"input":5}}'
  const [first, second] = [1, 2].map(ms => read(JSON.parse(again(text)), REFUSED_AT + ms * 86_400_000))
  assert.ok(first?.ok && second?.ok)
  assert.deepEqual([first.event.event_id, first.event.occurred_at], ['letter:x', REFUSED_AT])
  assert.deepEqual({ ...second.event, received_at: 0 }, { ...first.event, received_at: 0 })
})

test('a nameless JSON record of the log is the event that the consumer makes of it', () => {
  const value = { ...JSON_EVENT, event_id: undefined, occurred_at: undefined }
  const origin = { log_id: 'log-1', topic: 'usage', partition: 3, offset: 41 }
  const record = { key: 'k', value: Buffer.from(JSON.stringify(value)), offset: 41, timestamp: REFUSED_AT }
  const place = { logId: 'log-1', topic: 'usage', partition: 3, record }
  const consumed = decode({ codec } as ConsumerContext, { place, frame: { kind: 'json' } })
  assert.ok(consumed.kind === 'ok')
  const found = eventOf(letter(record.value, { origin }), codec)
  assert.ok('event' in found)
  const replayed = read(JSON.parse(found.event.toString()), REFUSED_AT + 1)
  assert.ok(replayed.ok)
  const { event_id, occurred_at } = consumed.value.event
  assert.deepEqual([replayed.event.event_id, replayed.event.occurred_at], [event_id, occurred_at])
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
