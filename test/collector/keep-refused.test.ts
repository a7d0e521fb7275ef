// Refused events are kept as dead letters: readable, once however often an event comes, each call by itself where none names
// itself, capped, and never at the expense of the answer.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { isUuidV7, uuidV7Time } from '#core/identity.ts'
import { createHarness, MINIMAL, NOW, named } from './harness.ts'
import { DEAD_TOPIC } from './server.ts'

const NOT_KEPT = 'spendledger_refusals_not_kept_total'
const REJECTED = 'spendledger_events_rejected_total'

const bad = (id: string) => named(id, { tokens: { input: 'five' } })

test('a letter says in JSON what was refused, why, and holds the event', async t => {
  const { post, letters } = await createHarness(t)
  await post(bad('a'))
  const text = JSON.stringify(bad('a'))
  assert.deepEqual(await letters(), [
    {
      dead_letter_id: `sha256:${createHash('sha256').update(text).digest('hex')}`,
      refused_at: NOW,
      stage: 'collector',
      reason: 'wrong_type',
      field: 'tokens.input',
      got: '"five"',
      expected: 'a whole number, not negative',
      message: 'A field has the wrong type: tokens.input is "five", expected a whole number, not negative',
      event_id: 'a',
      origin: null,
      bytes_base64: Buffer.from(text).toString('base64'),
      bytes_total: text.length,
      text,
    },
  ])
})

test('the same refused event is one letter however often it comes, another event is another', async t => {
  const { post, letters, eventLog, advance } = await createHarness(t)
  await post(bad('a'))
  advance(90_000)
  await post([named('good'), bad('a'), bad('b')])
  const kept = await letters()
  assert.equal(kept.length, 3)
  assert.equal(new Set(kept.map(letter => letter.dead_letter_id)).size, 2)
  const reader = await eventLog.subscribe({ group: 'keys', topics: [DEAD_TOPIC] })
  const batches = await reader.poll({ maxRecords: 10, maxBytes: 2 ** 20, waitMs: 0, lingerMs: 0 })
  assert.deepEqual(
    batches.flatMap(({ records }) => records.map(record => record.key)).sort(),
    kept.map(letter => letter.dead_letter_id).sort(),
  )
})

test('calls that name no event are letters of their own, though their bytes are the same', async t => {
  const { post, postLines, letters } = await createHarness(t)
  const nameless = { ...MINIMAL, tokens: { input: 'five' } }
  await post([nameless, nameless, { ...nameless, event_id: '' }, { ...nameless, event_id: '' }])
  await post({ ...nameless, event_id: null })
  await postLines(['{"event_id": "a"', '{"event_id": "a"', '7', '7'])
  const kept = await letters()
  assert.equal(kept.length, 9)
  assert.equal(new Set(kept.map(letter => letter.dead_letter_id)).size, 9)
  for (const { dead_letter_id: id } of kept) assert.ok(isUuidV7(id) && uuidV7Time(id) === NOW, id)
})

test('an event with a response id is one letter however often it comes', async t => {
  const { post, letters } = await createHarness(t)
  const seen = { ...MINIMAL, response_id: 'r-1', tokens: { input: 'five' } }
  await post([seen, seen])
  const ids = (await letters()).map(letter => letter.dead_letter_id)
  assert.equal(ids.length, 2)
  assert.equal(new Set(ids).size, 1)
  assert.match(ids[0] ?? '', /^sha256:/)
})

test('a line is kept as it was sent, to the byte', async t => {
  const { postLines, letters } = await createHarness(t)
  const line = '{"provider": "openai",  "tokens": {"input": 1e400}, "x": "é" '
  await postLines([line])
  assert.deepEqual(
    (await letters()).map(({ text, bytes_total }) => [text, bytes_total]),
    [[line, Buffer.byteLength(line)]],
  )
})

test('of a long event 64 KiB are kept, and how long it was', async t => {
  const { postLines, letters } = await createHarness(t)
  const line = `[${'1,'.repeat(50_000)}1]`
  await postLines([line])
  const [letter] = await letters()
  assert.equal(letter?.text, line.slice(0, 65_536))
  assert.equal(letter?.bytes_total, line.length)
})

test('an event that is nested too deeply to be written again is kept as a note', async t => {
  const { post, letters } = await createHarness(t)
  assert.equal((await post('['.repeat(100_000) + ']'.repeat(100_000))).status, 422)
  const [letter] = await letters()
  assert.match(letter?.text ?? '', /nested too deeply/)
})

test('1,000 letters a minute are kept, the rest is counted; the next minute begins anew', async t => {
  const { post, letters, count, advance } = await createHarness(t)
  const batch = (name: string, size: number) => Array.from({ length: size }, (_, i) => bad(`${name}-${i}`))
  assert.equal((await post(batch('a', 700))).body.rejected?.length, 700)
  advance(59_999)
  assert.equal((await post(batch('b', 700))).body.rejected?.length, 700)
  assert.equal((await letters()).length, 1_000)
  assert.equal(await count(NOT_KEPT), 400)
  assert.equal(await count(REJECTED, { reason: 'wrong_type' }), 1_400)

  assert.equal((await post([named('good'), bad('c')])).status, 202)
  assert.deepEqual(await letters(), [])
  assert.equal(await count(NOT_KEPT), 401)

  advance(1)
  await post(batch('d', 5))
  assert.equal((await letters()).length, 5)
  assert.equal(await count(NOT_KEPT), 401)
})

test('8 MiB of letters a minute are kept, counted as they are kept', async t => {
  const { post, letters, count, advance } = await createHarness(t)
  const large = Array.from({ length: 15 }, (_, i) => bad(`large-${i}`)).map(event => ({
    ...event,
    feature: 'x'.repeat(66_000),
  }))
  const fitting = (8 * 2 ** 20) / 65_536
  for (let sent = 0; sent < fitting; sent += 15) await post(large)
  assert.equal((await letters()).length, fitting)
  assert.equal(await count(NOT_KEPT), 135 - fitting)
  await post(bad('small'))
  assert.deepEqual(await letters(), [])
  advance(60_000)
  await post(large)
  assert.equal((await letters()).length, 15)
})

test('a log that does not take letters changes no answer; they are counted', async t => {
  const { post, records, letters, count } = await createHarness(t, {
    async before(topic) {
      if (topic === DEAD_TOPIC) throw new Error('no')
    },
  })
  const some = await post([named('good'), bad('a')])
  assert.equal(some.status, 202)
  assert.equal(some.body.rejected?.length, 1)
  const none = await post(bad('a'))
  assert.equal(none.status, 422)
  assert.deepEqual(
    (await records()).map(record => record.key),
    ['good'],
  )
  assert.deepEqual(await letters(), [])
  assert.equal(await count(NOT_KEPT), 2)
  assert.equal(await count(REJECTED), 2)
})
