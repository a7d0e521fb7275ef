// Whatever is sent, the answer is a verdict: never a failure of ours, and every event is in the log or refused.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { normaliseEvent } from '#core/normalise/index.ts'
import { EVENT_FIELDS } from '#core/usage-event.ts'
import { JSON_TYPE, NDJSON_TYPE } from '#platform/http-body.ts'
import { arbitraryEvent } from '../platform/avro/arbitrary-event.ts'
import { createHarness, named } from './harness.ts'
import type { Answer } from './server.ts'

const { post, postLines, events, letters, advance } = await createHarness({ after })

const USAGE_FIELDS = [
  'prompt_tokens',
  'completion_tokens',
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'prompt_tokens_details',
  'cached_tokens',
  'cache_creation_input_tokens',
  'promptTokenCount',
  'server_tool_use',
]

const value = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.nat({ max: 50 }),
  fc.constantFrom(
    'anthropic',
    'openai_chat',
    '__proto__',
    'constructor',
    '',
    null,
    -0,
    1e300,
    2 ** 53,
    '\0',
    '\ud800',
  ),
)
const usageField = fc.constantFrom(...USAGE_FIELDS)
const usage = fc.dictionary(
  usageField,
  fc.oneof({ arbitrary: fc.nat(), weight: 6 }, value, fc.dictionary(usageField, value)),
)
const good = arbitraryEvent.map(event => ({
  ...event,
  ...named(event.event_id, { tokens: event.tokens }),
  raw_usage: '',
}))
const field = fc.constantFrom(...Object.keys(EVENT_FIELDS), 'usage', 'prompt')
const nearlyGood = fc.oneof(
  fc
    .tuple(good, fc.dictionary(field, value, { maxKeys: 1 }))
    .map(([event, change]) => ({ ...event, ...change })),
  fc.tuple(good, usage).map(([event, usage]) => ({ ...event, tokens: {}, usage })),
)
const event = fc.oneof({ arbitrary: nearlyGood, weight: 8 }, { arbitrary: fc.jsonValue(), weight: 1 })

/** The answer accounts for all events, and the log holds what it says. What was taken, the consumer takes too. */
async function checkVerdicts(answer: Answer, sent: number): Promise<void> {
  const { accepted, rejected } = answer.body
  const [taken, kept] = [await events(), await letters()]
  advance(60_000)
  if (accepted === undefined || rejected === undefined) {
    assert.equal(answer.status, 400, answer.text)
    assert.deepEqual([taken, kept], [[], []])
    return
  }
  assert.equal(answer.status, accepted > 0 ? 202 : 422)
  assert.equal(accepted + rejected.length, sent)
  assert.equal(taken.length, accepted)
  assert.equal(kept.length, rejected.length)
  const places = rejected.map(({ index }) => index)
  assert.deepEqual(
    places,
    [...new Set(places)].sort((a, b) => a - b),
  )
  assert.ok(places.every(place => place >= 0 && place < sent))
  for (const each of taken) assert.equal(normaliseEvent(each).kind, 'ok')
}

test('any JSON body', async () => {
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.array(event, { maxLength: 6 }), event), async body => {
      const sent = Array.isArray(body) ? body.length : 1
      const text = JSON.stringify(body)
      const answer = await post(text)
      await checkVerdicts(answer, sent)
      const whole = sent === 0 || /"(?:__proto__|constructor)":/.test(text)
      assert.ok(answer.status !== 400 || whole, answer.text)
    }),
    { numRuns: 150 },
  )
})

test('any lines', async () => {
  const line = fc.oneof(
    event.map(each => JSON.stringify(each)),
    fc.tuple(nearlyGood, fc.nat({ max: 100 })).map(([each, end]) => JSON.stringify(each).slice(0, end)),
    fc.string({ unit: 'grapheme' }).map(text => text.replaceAll('\n', '')),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 6 }), async lines => {
      const sent = lines.filter(text => text.trim() !== '').length
      const answer = await postLines(lines)
      await checkVerdicts(answer, sent)
      assert.equal(answer.status === 400, sent === 0, answer.text)
    }),
    { numRuns: 150 },
  )
})

test('any bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 64 }),
      fc.constantFrom(JSON_TYPE, NDJSON_TYPE),
      fc.boolean(),
      async (bytes, type, compressed) => {
        const headers = compressed ? { 'content-encoding': 'gzip' } : {}
        const answer = await post(bytes, { type, headers })
        assert.ok([202, 400, 422].includes(answer.status), answer.text)
        assert.equal((await events()).length, answer.body.accepted ?? 0)
        assert.equal((await letters()).length, answer.body.rejected?.length ?? 0)
        advance(60_000)
      },
    ),
    { numRuns: 60 },
  )
})
