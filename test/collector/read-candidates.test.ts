// What bodies become events: one, many, lines, compressed, and everything that is none of these.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BODY_LIMIT, NDJSON_TYPE } from '#platform/http-body.ts'
import { createHarness, MINIMAL, named } from './harness.ts'
import type { PostOptions } from './server.ts'

const text = JSON.stringify
const ndjson: PostOptions = { type: NDJSON_TYPE }
const deep = (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`
const inside = (field: string, value: string) => `{${text(MINIMAL).slice(1, -1)},"${field}":${value}}`

interface Body {
  readonly name: string
  readonly body: string
  readonly options?: PostOptions
}

const pair = [named('a'), named('b')]
const lines = pair.map(event => text(event))

const taken: readonly (Body & { readonly ids: readonly string[] })[] = [
  { name: 'an object is one event', body: text(named('a')), ids: ['a'] },
  { name: 'an array is one event an element', body: text(pair), ids: ['a', 'b'] },
  { name: 'NDJSON is one event a line', body: lines.join('\n'), options: ndjson, ids: ['a', 'b'] },
  { name: 'a line break at the end is no event', body: `${lines[0]}\n`, options: ndjson, ids: ['a'] },
  {
    name: 'blank lines are no events',
    body: `\n${lines.join('\n\n \t\n')}\n`,
    options: ndjson,
    ids: ['a', 'b'],
  },
  { name: 'lines may end in CR LF', body: lines.join('\r\n'), options: ndjson, ids: ['a', 'b'] },
  { name: 'gzip holds an object', body: text(named('a')), options: { gzip: true }, ids: ['a'] },
  { name: 'gzip holds NDJSON', body: lines.join('\n'), options: { ...ndjson, gzip: true }, ids: ['a', 'b'] },
]

for (const { name, body, options, ids } of taken) {
  test(name, async t => {
    const { post, records } = await createHarness(t)
    const answer = await post(body, options)
    assert.equal(answer.status, 202, answer.text)
    assert.deepEqual(answer.body, { accepted: ids.length, rejected: [], warnings: [] })
    assert.deepEqual((await records()).map(record => record.key).sort(), ids)
  })
}

const empty = { status: 400, code: 'body_empty' }
const broken = { status: 400, code: 'body_not_parseable' }
const many = (count: number) => Array.from({ length: count }, () => '{}')
const padded = (bytes: number) => text({ ...MINIMAL, x: '' }).replace('"x":""', `"x":"${'x'.repeat(bytes)}"`)

const refused: readonly (Body & { readonly status: number; readonly code: string })[] = [
  { name: 'an empty body is refused', body: '', ...empty },
  { name: 'an empty array is refused', body: '[]', ...empty },
  { name: 'an empty NDJSON body is refused', body: '', options: ndjson, ...empty },
  { name: 'NDJSON of blank lines is refused', body: ' \n\r\n\n', options: ndjson, ...empty },
  { name: 'JSON that is cut off is refused', body: '[{"provider":"openai"', ...broken },
  { name: 'two objects without an array are refused', body: lines.join('\n'), ...broken },
  { name: '__proto__ refuses a JSON body', body: inside('__proto__', '{"feature":"x"}'), ...broken },
  {
    name: '1,001 events are refused',
    body: `[${many(1_001)}]`,
    status: 413,
    code: 'too_many_events',
  },
  {
    name: '1,001 lines are refused',
    body: many(1_001).join('\n'),
    options: ndjson,
    status: 413,
    code: 'too_many_events',
  },
  { name: 'more than 1 MiB is refused', body: padded(BODY_LIMIT), status: 413, code: 'body_too_large' },
  {
    name: 'more than 1 MiB after decompression is refused',
    body: padded(BODY_LIMIT),
    options: { gzip: true },
    status: 413,
    code: 'body_too_large',
  },
]

for (const { name, body, options, status, code } of refused) {
  test(`${name}, and nothing of it is taken`, async t => {
    const { post, records, letters } = await createHarness(t)
    const answer = await post(body, options)
    assert.equal(answer.status, status, answer.text)
    assert.equal(answer.body.code, code)
    assert.match(answer.type, /^application\/problem\+json/)
    assert.deepEqual([await records(), await letters()], [[], []])
  })
}

test('1,000 events are taken, as an array and as lines', async t => {
  const { post, postLines, records } = await createHarness(t)
  const events = Array.from({ length: 1_000 }, (_, i) => named(`event-${i}`))
  assert.equal((await post(events)).body.accepted, 1_000)
  assert.equal((await postLines(events.map(event => text(event)))).body.accepted, 1_000)
  assert.equal((await records()).length, 2_000)
})

test('a broken line refuses that line only', async t => {
  const { postLines, records, letters } = await createHarness(t)
  const [first = '', second = ''] = lines
  const answer = await postLines([first, first.slice(0, 20), second, 'null', '{}{}'])
  assert.equal(answer.status, 202, answer.text)
  assert.equal(answer.body.accepted, 2)
  assert.deepEqual(
    answer.body.rejected?.map(({ index, code }) => ({ index, code })),
    [1, 3, 4].map(index => ({ index, code: 'not_an_object' })),
  )
  assert.deepEqual((await records()).map(record => record.key).sort(), ['a', 'b'])
  assert.deepEqual((await letters()).map(letter => letter.text).sort(), ['null', first.slice(0, 20), '{}{}'])
})

for (const body of ['"{}"', '"a\\nb"', '1', 'null', 'true', '[[]]', '[null]']) {
  test(`${body} is JSON and no event`, async t => {
    const { post, letters } = await createHarness(t)
    const answer = await post(body)
    assert.equal(answer.status, 422, answer.text)
    assert.deepEqual(
      answer.body.rejected?.map(({ index, code }) => ({ index, code })),
      [{ index: 0, code: 'not_an_object' }],
    )
    assert.equal((await letters()).length, 1)
  })
}

test('a JSON string with lines in it is not NDJSON', async t => {
  const { post, records } = await createHarness(t)
  const answer = await post(text(lines.join('\n')))
  assert.equal(answer.status, 422, answer.text)
  assert.deepEqual(await records(), [])
})

test('__proto__ in a line is an unknown field and changes nothing', async t => {
  const { postLines, events } = await createHarness(t)
  const answer = await postLines([inside('__proto__', '{"feature":"x","source":"y"}'), text(named('b'))])
  assert.equal(answer.status, 202, answer.text)
  assert.equal(answer.body.accepted, 2)
  assert.deepEqual(
    answer.body.warnings?.map(({ index }) => index),
    [0],
  )
  assert.deepEqual(
    (await events()).map(({ feature, source }) => [feature, source]),
    [
      ['', 'http'],
      ['', 'http'],
    ],
  )
  assert.equal(Object.hasOwn(Object.prototype, 'feature'), false)
})

test('__proto__ in the tags of a line refuses that line', async t => {
  const { postLines } = await createHarness(t)
  const answer = await postLines([inside('tags', '{"__proto__":"x"}'), text(named('b'))])
  assert.equal(answer.body.accepted, 1, answer.text)
  assert.deepEqual(
    answer.body.rejected?.map(({ index, code }) => ({ index, code })),
    [{ index: 0, code: 'bad_text' }],
  )
})

const DEEP = deep(100_000)
const deepBodies = [
  { where: 'alone', body: DEEP, status: 422 },
  { where: 'in lists', body: `${'['.repeat(100_000)}${']'.repeat(100_000)}`, status: 422 },
  { where: 'in an unknown field', body: inside('x', DEEP), status: 202 },
  { where: 'in usage', body: inside('usage', DEEP).replace('"tokens":{"input":5},', ''), status: 422 },
  { where: 'in tags', body: inside('tags', DEEP), status: 422 },
  { where: 'in tokens', body: inside('tokens', DEEP), status: 422 },
  { where: 'as event_id', body: inside('event_id', DEEP), status: 422 },
]

for (const { where, body, status } of deepBodies) {
  test(`100,000 levels ${where} are an answer and not a crash, in JSON and in a line`, async t => {
    const { post, postLines, letters } = await createHarness(t)
    const json = await post(body)
    assert.equal(json.status, status, json.text)
    const line = await postLines([body, text(named('b'))])
    assert.equal(line.status, 202, line.text)
    assert.equal(line.body.accepted, status === 202 ? 2 : 1)
    assert.equal((await letters()).length, status === 202 ? 0 : 2)
    assert.equal((await post(named('c'))).status, 202)
  })
}

test('100,000 levels with __proto__ at the bottom are an answer', async t => {
  const { post } = await createHarness(t)
  const answer = await post(deep(99_999).replace('1', '{"__proto__":1}'))
  assert.equal(answer.body.code, 'body_not_parseable', answer.text)
})
