import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { refusalMessage } from '#core/errors.ts'
import { checkEventLimits } from '#core/event-limits.ts'
import { uuidV7 } from '#core/identity.ts'
import { EVENT_FIELDS } from '#core/usage-event.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { defaultEvent } from '#platform/json-event/default-event.ts'
import { EVENT_SCHEMA } from '#platform/json-event/event-schema.ts'
import { readJsonEvent } from '#platform/json-event/read-json-event.ts'
import { arbitraryEvent } from '../avro/arbitrary-event.ts'

const NOW = Date.UTC(2026, 10, 24, 9, 30)

const intake = { strict: false, receivedAt: NOW, source: 'http', newId: () => 'new-id' }

const minimal = { provider: 'openai', request_model: 'gpt-5.4', tokens: { input: 5 } }

const read = (value: unknown, options: Partial<typeof intake> = {}) =>
  readJsonEvent(value, { ...intake, ...options })

const eventOf = (value: unknown) => {
  const result = read(value)
  return result.ok ? result.event : assert.fail(refusalMessage(result.refusal))
}

const refusalOf = (value: unknown, options: Partial<typeof intake> = {}) => {
  const result = read(value, options)
  return result.ok ? assert.fail('accepted') : result.refusal
}

test('every field but received_at is checked, and usage', () => {
  const fields = Object.keys(EVENT_FIELDS).filter(field => field !== 'received_at')
  assert.deepEqual(Object.keys(EVENT_SCHEMA.properties), [...fields, 'usage'])
})

test('an event needs a provider, a model and usage; the rest has defaults', () => {
  assert.deepEqual(eventOf(minimal), {
    ...defaultEvent(),
    event_id: 'new-id',
    occurred_at: NOW,
    received_at: NOW,
    source: 'http',
    provider: 'openai',
    request_model: 'gpt-5.4',
    tokens: { ...defaultEvent().tokens, input: 5 },
    usage_source: 'provider',
  })
})

test('an event may name its own source', () => {
  assert.equal(eventOf({ ...minimal, source: 'chat-api' }).source, 'chat-api')
})

test('every event of the Avro form may be sent as JSON and is the same event', () => {
  const codec = createUsageEventCodec(loadSchemaStore())
  fc.assert(
    fc.property(arbitraryEvent, arbitrary => {
      const sent = {
        ...arbitrary,
        provider: 'openai',
        request_model: 'gpt-5.4',
        source: 'test',
        occurred_at: NOW,
        received_at: NOW,
      }
      const { received_at, ...json } = sent
      const event = eventOf(JSON.parse(JSON.stringify(json)))
      assert.deepEqual(event, sent)
      assert.deepEqual(codec.decode(codec.encode(event)), { kind: 'avro', event: sent })
    }),
  )
})

test('whatever JSON comes, the answer is an event within the limits or a refusal', () => {
  const field = fc.constantFrom(...Object.keys(EVENT_FIELDS), 'usage', 'prompt')
  const fields = fc.dictionary(field, fc.jsonValue({ maxDepth: 3 }), { maxKeys: 6 })
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), fields), fields, (value, more) => {
      for (const candidate of [value, { ...minimal, ...more }]) {
        const result = read(candidate)
        if (result.ok) assert.equal(checkEventLimits(result.event), undefined)
        else assert.ok(refusalMessage(result.refusal))
      }
    }),
    { numRuns: 500 },
  )
})

test('what is not an object is refused', () => {
  for (const [value, got] of [
    [null, 'null'],
    [[minimal], 'a list'],
    ['text', '"text"'],
    [7, '7'],
  ] as const) {
    assert.deepEqual(refusalOf(value), { code: 'not_an_object', field: '', got, expected: 'a JSON object' })
  }
})

test('values that are nested 100,000 deep are refused or dropped, never followed', () => {
  const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`)
  assert.equal(refusalOf(deep).code, 'missing_field')
  assert.equal(refusalOf({ ...minimal, feature: deep }).got, 'an object')
  assert.equal(refusalOf({ ...minimal, tags: { k: deep } }).field, 'tags.k')
  assert.equal(refusalOf({ ...minimal, tokens: {}, usage: deep }).code, 'bad_usage')
  assert.ok(read({ ...minimal, unknown: deep }).ok)
})

test('a refusal never shows the inside of an object', () => {
  const message = refusalMessage(refusalOf({ ...minimal, feature: { prompt: 'secret' } }))
  assert.equal(message, 'A field has the wrong type: feature is an object, expected a text')
})

test('unknown fields are dropped with a warning, or refused in strict mode', () => {
  const value = { ...minimal, feture: 'chat' }
  const result = read(value)
  assert.deepEqual(result.ok && result.warnings.map(({ code, field }) => [code, field]), [
    ['unknown_field', 'feture'],
  ])
  assert.deepEqual(refusalOf(value, { strict: true }), {
    code: 'unknown_field',
    field: 'feture',
    got: '',
    expected: 'perhaps feature',
  })
  assert.ok(read(minimal, { strict: true }).ok)
})

test('received_at is stamped, whatever the event says', () => {
  const result = read({ ...minimal, received_at: 'yesterday' }, { strict: true })
  assert.ok(result.ok)
  assert.equal(result.event.received_at, NOW)
  assert.deepEqual(
    result.warnings.map(({ code }) => code),
    ['ignored_field'],
  )
})

test('usage is kept as JSON text beside its format', () => {
  const usage = { input_tokens: 7, cache: { read: [1, 2.5] } }
  const event = eventOf({ ...minimal, tokens: {}, usage, usage_format: 'anthropic' })
  assert.equal(event.raw_usage, JSON.stringify(usage))
  assert.equal(event.usage_format, 'anthropic')
  assert.deepEqual(event.tokens, defaultEvent().tokens)
})

test('usage_source is provider where usage is given and nothing said', () => {
  const source = (more: object) => eventOf({ ...minimal, tokens: {}, ...more }).usage_source
  assert.equal(source({ tokens: { input: 0 } }), 'provider')
  assert.equal(source({ usage: { total: 1 } }), 'provider')
  assert.equal(source({ raw_usage: '{"total":1}' }), 'provider')
  assert.equal(source({ units: { page: 1 } }), 'provider')
  assert.equal(source({ tokens: { input: 1 }, usage_source: 'estimated' }), 'estimated')
  assert.equal(source({ status: 'error' }), 'none')
})

test('only attempts that failed, or that say so, may come without usage', () => {
  const bare = { provider: 'openai', request_model: 'gpt-5.4' }
  assert.equal(refusalOf(bare).code, 'missing_field')
  assert.equal(refusalOf({ ...bare, usage: null, tokens: {}, units: {} }).field, 'usage')
  for (const status of ['error', 'aborted', 'cached_by_gateway']) assert.ok(read({ ...bare, status }).ok)
  assert.ok(read({ ...bare, usage_source: 'none' }).ok)
})

test('null means not given, except where a count belongs', () => {
  const event = eventOf({ ...minimal, feature: null, streaming: null, status: null, reported_cost: null })
  assert.deepEqual([event.feature, event.streaming, event.status, event.reported_cost], ['', false, 'ok', ''])
  for (const field of ['attempt', 'latency_ms', 'max_output_tokens']) {
    assert.equal(refusalOf({ ...minimal, [field]: null }).code, 'wrong_type')
  }
})

const at = new Date(NOW).toISOString()

test('event_id comes first, then the response, then a new id', () => {
  const id = (more: object) => eventOf({ ...minimal, occurred_at: at, ...more }).event_id
  assert.equal(id({ event_id: 'mine', response_id: 'chatcmpl-1' }), 'mine')
  assert.equal(id({ response_id: 'chatcmpl-1' }), 'r:openai:chatcmpl-1')
  assert.equal(id({ response_id: 'chatcmpl-1', provider: 'OpenAI' }), 'r:openai:chatcmpl-1')
  assert.equal(id({ response_id: '' }), 'new-id')
  assert.equal(id({ event_id: null, response_id: null }), 'new-id')
})

test('an id without a time is refused, unless it holds the time', () => {
  assert.equal(refusalOf({ ...minimal, event_id: 'mine' }).code, 'missing_occurred_at')
  assert.equal(refusalOf({ ...minimal, response_id: 'chatcmpl-1' }).code, 'missing_occurred_at')
  const event_id = uuidV7(NOW - 5000, new Uint8Array(10))
  assert.equal(eventOf({ ...minimal, event_id }).occurred_at, NOW - 5000)
  assert.equal(eventOf({ ...minimal, event_id, occurred_at: at }).occurred_at, NOW)
})

test('the same event sent again is the same event', () => {
  const sent = { ...minimal, response_id: 'chatcmpl-1', occurred_at: at }
  const first = read(sent)
  const again = read(sent, { receivedAt: NOW + 60_000, newId: () => 'another' })
  assert.ok(first.ok && again.ok)
  assert.deepEqual({ ...again.event, received_at: NOW }, first.event)
})

test('a refused event is named by the id that it brought', () => {
  const named = (event_id: unknown) => {
    const result = read({ event_id })
    return result.ok ? assert.fail('accepted') : result.eventId
  }
  assert.equal(named('mine'), 'mine')
  assert.equal(named(7), '')
  assert.equal(named('x'.repeat(5000)).length, 128)
})
