// The verdict on each event: accepted with an id, a time and a key, or refused with its place, its id and the reason.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isUuidV7, uuidV7, uuidV7Time } from '#core/identity.ts'
import { createHarness, MINIMAL, NOW, named } from './harness.ts'

test('each refused event is named by its place, its id and the reason; its neighbours are taken', async t => {
  const { post, events } = await createHarness(t)
  const answer = await post([
    named('a'),
    named('b', { tokens: { input: null } }),
    named('c', { colour: 'red' }),
    named('d', { occurred_at: NOW - 500 * 86_400_000 }),
    named('e', { occurred_at: NOW + 2 * 3_600_000 }),
    7,
    named('g', { tokens: {}, usage: { prompt_tokens: -1, completion_tokens: 1 } }),
  ])
  assert.equal(answer.status, 202, answer.text)
  assert.equal(answer.body.accepted, 2)
  assert.deepEqual(
    answer.body.rejected?.map(({ index, event_id, code }) => [index, event_id, code]),
    [
      [1, 'b', 'wrong_type'],
      [3, 'd', 'too_old'],
      [4, 'e', 'in_future'],
      [5, '', 'not_an_object'],
      [6, 'g', 'out_of_range'],
    ],
  )
  const [first] = answer.body.rejected ?? []
  assert.equal(
    first?.message,
    'A field has the wrong type: tokens.input is null, expected a whole number, not negative',
  )
  assert.deepEqual(answer.body.warnings, [{ index: 2, message: 'unknown field "colour" was dropped' }])
  assert.deepEqual((await events()).map(({ event_id }) => event_id).sort(), ['a', 'c'])
})

test('an event without an id gets a UUIDv7 of its arrival, and its arrival as its time', async t => {
  const { post, events } = await createHarness(t)
  assert.equal((await post([MINIMAL, MINIMAL])).status, 202)
  const [first, second] = await events()
  assert.ok(first && second)
  for (const { event_id, occurred_at } of [first, second]) {
    assert.ok(isUuidV7(event_id), event_id)
    assert.equal(uuidV7Time(event_id), NOW)
    assert.equal(occurred_at, NOW)
  }
  assert.notEqual(first.event_id, second.event_id)
})

test('a response id with a time makes the event id; two observers of one call make the same', async t => {
  const { post, events } = await createHarness(t)
  const seen = { ...MINIMAL, response_id: 'chatcmpl-1', occurred_at: NOW }
  assert.equal((await post([seen, { ...seen, provider: 'Open_AI', feature: 'other' }])).status, 202)
  assert.deepEqual(
    (await events()).map(({ event_id }) => event_id),
    ['r:openai:chatcmpl-1', 'r:openai:chatcmpl-1'],
  )
})

test('an id without a time is refused, with the reason: a retry would be another event', async t => {
  const { post, records } = await createHarness(t)
  const answer = await post([
    { ...MINIMAL, response_id: 'chatcmpl-1' },
    { ...MINIMAL, event_id: 'mine' },
  ])
  assert.equal(answer.status, 422)
  for (const { code, message } of answer.body.rejected ?? []) {
    assert.equal(code, 'missing_occurred_at')
    assert.match(
      message,
      /^An event that brings event_id or response_id must bring occurred_at too: a retry with another time would be another event/,
    )
  }
  assert.equal(answer.body.rejected?.length, 2)
  assert.deepEqual(await records(), [])
})

test('a UUIDv7 of the sender holds its own time', async t => {
  const { post, events } = await createHarness(t)
  const id = uuidV7(NOW - 5_000, new Uint8Array(10))
  assert.equal((await post({ ...MINIMAL, event_id: id })).status, 202)
  assert.deepEqual(
    (await events()).map(({ event_id, occurred_at }) => [event_id, occurred_at]),
    [[id, NOW - 5_000]],
  )
})

test('the key of a record is the id of its event and never empty', async t => {
  const { post, records, events } = await createHarness(t)
  const body = [MINIMAL, named('mine'), { ...MINIMAL, response_id: 'r-1', occurred_at: NOW }, named('')]
  const answer = await post(body)
  assert.deepEqual(
    answer.body.rejected?.map(({ index, code }) => [index, code]),
    [[3, 'out_of_range']],
  )
  const keys = (await records()).map(record => record.key)
  assert.equal((await post(body)).body.accepted, 3)
  const ids = (await events()).map(({ event_id }) => event_id)
  assert.ok(keys.every(key => key !== ''))
  assert.deepEqual(
    keys.map(key => (isUuidV7(key) ? 'uuid' : key)).sort(),
    ids.map(id => (isUuidV7(id) ? 'uuid' : id)).sort(),
  )
})

test('all events of a request have one received_at, and what the sender says about it is ignored', async t => {
  const { post, events, advance } = await createHarness(t)
  const answer = await post([MINIMAL, named('a', { received_at: NOW - 9_000 })])
  assert.equal(answer.status, 202)
  assert.equal(answer.body.warnings?.length, 1)
  assert.deepEqual(
    (await events()).map(({ received_at }) => received_at),
    [NOW, NOW],
  )
  advance(1_500)
  await post(named('a'))
  assert.deepEqual(
    (await events()).map(({ received_at }) => received_at),
    [NOW + 1_500],
  )
})

test('an unknown field is a warning, and under strict=1 a refusal', async t => {
  const { post, events } = await createHarness(t)
  const body = [named('a', { featur: 'chat' }), named('b')]
  assert.deepEqual((await post(body, { query: '?strict=0' })).body, {
    accepted: 2,
    rejected: [],
    warnings: [{ index: 0, message: 'unknown field "featur" was dropped; did you mean "feature"?' }],
  })
  assert.equal((await events()).length, 2)
  const strict = await post(body, { query: '?strict=1' })
  assert.equal(strict.status, 202)
  assert.equal(strict.body.accepted, 1)
  assert.deepEqual(
    strict.body.rejected?.map(({ index, code }) => [index, code]),
    [[0, 'unknown_field']],
  )
  assert.deepEqual(
    (await events()).map(({ event_id }) => event_id),
    ['b'],
  )
})

for (const character of ['\0', '\n', '\r', '\t', '\x1b', '\x7f', '\x85', '\ud800']) {
  const name = JSON.stringify(character)
  test(`${name} in an id, a name or a tag is refused`, async t => {
    const { post, records } = await createHarness(t)
    const bad = `a${character}b`
    const answer = await post([
      named(bad),
      { ...MINIMAL, response_id: bad, occurred_at: NOW },
      named('c', { feature: bad }),
      named('d', { tags: { [bad]: 'x' } }),
      named('e', { tags: { x: bad } }),
    ])
    assert.equal(answer.status, 422, answer.text)
    assert.deepEqual(
      answer.body.rejected?.map(({ code }) => code),
      Array.from({ length: 5 }, () => 'bad_text'),
    )
    assert.deepEqual(await records(), [])
  })
}

test('a refusal stays short however long the name is that is refused', async t => {
  const { post, letters } = await createHarness(t)
  const long = 'k'.repeat(100_000)
  const answer = await post([
    named('a', { tags: { [long]: 1 } }),
    named('b', { tokens: { [long]: 1 } }),
    named('c', { tokens: {}, usage: { [long]: { [long]: 1e300 } } }),
    named('d', { units: { [long]: null } }),
    named(long),
    { ...MINIMAL, event_id: long },
    named('g', { feature: long }),
  ])
  assert.equal(answer.body.rejected?.length, 7)
  for (const { message, event_id } of answer.body.rejected ?? []) {
    assert.ok(message.length < 1_000, `${message.length}`)
    assert.ok(event_id.length <= 128)
  }
  for (const { field, message } of await letters()) {
    assert.ok(field.length <= 128 && message.length < 1_000, `${field.length} ${message.length}`)
  }
})

test('names of object members as provider, format or model are names like any other', async t => {
  const { post } = await createHarness(t)
  for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
    const answer = await post([
      named('a', { provider: name, request_model: name, feature: name }),
      named('b', { usage_format: name, tokens: {}, usage: { prompt_tokens: 1 } }),
    ])
    assert.equal(answer.status, 202, answer.text)
    assert.deepEqual(
      answer.body.rejected?.map(({ index, code }) => [index, code]),
      [[1, 'bad_usage']],
    )
  }
})
