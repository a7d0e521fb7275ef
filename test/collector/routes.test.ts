// What the status promises: 202 only once the log has the events, 503 when nothing is promised, 4xx when a retry is useless.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { LedgerError } from '#core/errors.ts'
import { NDJSON_TYPE } from '#platform/http-body.ts'
import { type CollectorHarness, createHarness, named } from './harness.ts'
import { DEAD_TOPIC, TOPIC } from './server.ts'

const ACCEPTED = 'spendledger_events_accepted_total'

const bad = (id: string) => named(id, { tokens: { input: 'five' } })

/** A door before the log that is shut until it is opened, or until it is locked with an error. */
function door() {
  let open = () => {}
  let lock = (_error: unknown) => {}
  const passing = new Promise<void>((resolve, reject) => {
    open = resolve
    lock = reject
  })
  passing.catch(() => undefined)
  return { pass: (topic: string) => (topic === TOPIC ? passing : Promise.resolve()), open, lock }
}

test('202 lists what was accepted, what was rejected and what was noticed', async t => {
  const { post, count } = await createHarness(t)
  const answer = await post([named('a'), bad('b'), named('c', { colour: 1 })])
  assert.equal(answer.status, 202)
  assert.match(answer.type, /^application\/json/)
  assert.deepEqual(Object.keys(answer.body), ['accepted', 'rejected', 'warnings'])
  assert.deepEqual(answer.body.accepted, 2)
  assert.deepEqual(answer.body.rejected?.[0], {
    index: 1,
    event_id: 'b',
    code: 'wrong_type',
    field: 'tokens.input',
    message: 'A field has the wrong type: tokens.input is "five", expected a whole number, not negative',
  })
  assert.equal(answer.body.warnings?.[0]?.index, 2)
  assert.equal(await count(ACCEPTED), 2)
})

test('no answer comes before the log has the events', async t => {
  const { pass, open } = door()
  const { post, records, count } = await createHarness(t, { before: pass })
  let answered = false
  const answering = post([named('a'), bad('b')]).finally(() => {
    answered = true
  })
  await sleep(200)
  assert.equal(answered, false)
  assert.equal(await count(ACCEPTED), 0)
  assert.deepEqual(await records(), [])
  open()
  assert.equal((await answering).status, 202)
  assert.equal(await count(ACCEPTED), 1)
  assert.deepEqual(
    (await records()).map(record => record.key),
    ['a'],
  )
})

test('a slow append delays its own answer and no other', async t => {
  let delayed = 0
  const { post } = await createHarness(t, {
    before: async () => {
      if (delayed++ === 0) await sleep(300)
    },
  })
  const order: string[] = []
  await Promise.all([
    post(named('slow')).then(({ status }) => order.push(`slow ${status}`)),
    sleep(50)
      .then(() => post(named('fast')))
      .then(({ status }) => order.push(`fast ${status}`)),
  ])
  assert.deepEqual(order, ['fast 202', 'slow 202'])
})

const failures = [
  { error: new LedgerError('log_full', '7 of 7 bytes are in use'), code: 'log_full' },
  { error: new LedgerError('log_unavailable'), code: 'log_unavailable' },
  {
    error: new LedgerError('log_unavailable', undefined, { retryAfter: 30 }),
    code: 'log_unavailable',
    after: 30,
  },
  { error: new Error('connect ECONNREFUSED 10.0.0.1:9092'), code: 'log_unavailable' },
]

for (const { error, code, after = 5 } of failures) {
  test(`an append that ends with "${error.message}" is 503, to be tried again after ${after} s`, async t => {
    const { pass, lock } = door()
    const { post, records, letters, count } = await createHarness(t, { before: pass })
    const answering = post([named('a'), bad('b')])
    lock(error)
    const answer = await answering
    assert.equal(answer.status, 503)
    assert.equal(answer.retryAfter, after)
    assert.match(answer.type, /^application\/problem\+json/)
    assert.equal(answer.body.code, code)
    assert.equal(answer.body.type, `urn:spendledger:error:${code}`)
    assert.equal(answer.body.accepted, undefined)
    assert.ok(!answer.text.includes('10.0.0.1'))
    assert.equal(await count(ACCEPTED), 0)
    assert.deepEqual([await records(), await letters()], [[], []])
  })
}

test('422 says that nothing was acceptable and lists every verdict', async t => {
  const { post, records } = await createHarness(t)
  const answer = await post([bad('a'), 7, { ...named('c'), provider: '' }])
  assert.equal(answer.status, 422)
  assert.match(answer.type, /^application\/problem\+json/)
  assert.equal(answer.retryAfter, undefined)
  assert.equal(answer.body.type, 'urn:spendledger:error:nothing_acceptable')
  assert.equal(answer.body.status, 422)
  assert.equal(answer.body.accepted, 0)
  assert.deepEqual(
    answer.body.rejected?.map(({ index, event_id, code }) => [index, event_id, code]),
    [
      [0, 'a', 'wrong_type'],
      [1, '', 'not_an_object'],
      [2, 'c', 'missing_field'],
    ],
  )
  assert.deepEqual(await records(), [])
})

test('422 does not need the log: what is wrong stays wrong', async t => {
  const { post } = await createHarness(t, {
    before: async () => {
      throw new LedgerError('log_unavailable')
    },
  })
  assert.equal((await post(bad('a'))).status, 422)
})

const UNSUPPORTED = [
  { name: 'text', type: 'text/plain' },
  { name: 'a form', type: 'application/x-www-form-urlencoded' },
  { name: 'Avro', type: 'application/octet-stream' },
  { name: 'a longer type', type: 'application/x-ndjson2' },
  { name: 'JSON in latin-1', type: 'application/json; charset=iso-8859-1' },
  { name: 'brotli', headers: { 'content-encoding': 'br' } },
  { name: 'gzip twice', headers: { 'content-encoding': 'gzip, gzip' } },
]

for (const { name, ...options } of UNSUPPORTED) {
  test(`${name} is 415`, async t => {
    const { post, records } = await createHarness(t)
    const answer = await post(named('a'), options)
    assert.equal(answer.status, 415, answer.text)
    assert.equal(answer.body.code, 'unsupported_media_type')
    assert.deepEqual(await records(), [])
  })
}

test('NDJSON may name its charset and be in capitals', async t => {
  const { post } = await createHarness(t)
  for (const type of [`${NDJSON_TYPE}; charset=utf-8`, 'Application/X-NDJSON']) {
    const answer = await post(`${JSON.stringify(named('a'))}\n${JSON.stringify(named('b'))}`, { type })
    assert.equal(answer.body.accepted, 2, answer.text)
  }
})

for (const query of ['?strict=2', '?strict=', '?strict=1&strict=0', '?dry_run=1']) {
  test(`${query} is 400`, async t => {
    const { post, records } = await createHarness(t)
    const answer = await post(named('a'), { query })
    assert.equal(answer.status, 400, answer.text)
    assert.equal(answer.body.code, 'bad_query')
    assert.deepEqual(await records(), [])
  })
}

test('many small posts at once share few writes of the log', async t => {
  const { post, records, eventLog } = await createHarness(t)
  await post(named('first'))
  const before = eventLog.stats().writes
  const answers = await Promise.all(Array.from({ length: 200 }, (_, i) => post(named(`e-${i}`))))
  const writes = eventLog.stats().writes - before
  assert.ok(answers.every(answer => answer.status === 202))
  assert.equal((await records()).length, 201)
  assert.ok(writes <= 50, `200 posts took ${writes} writes`)
})

/** Posts until an answer is not 202; the ids that were promised, and that answer. */
async function fill({ post }: CollectorHarness, prefix: string) {
  const promised: string[] = []
  for (let n = 0; ; n++) {
    const ids = Array.from({ length: 200 }, (_, i) => `${prefix}-${n}-${i}`)
    const answer = await post(ids.map(id => named(id, { feature: 'x'.repeat(900) })))
    if (answer.status !== 202) return { promised, answer }
    promised.push(...ids)
  }
}

test('a full log is 503 and nothing is lost; once it is read, it takes events again by itself', async t => {
  const harness = await createHarness(t, { maxBytes: 2 ** 20 })
  const { post, eventLog, url } = harness
  const reader = await eventLog.subscribe({ group: 'consumer', topics: [TOPIC, DEAD_TOPIC] })
  const consume = async (): Promise<string[]> => {
    const batches = await reader.poll({ maxRecords: 10_000, maxBytes: 2 ** 26, waitMs: 0, lingerMs: 0 })
    await reader.commit(
      batches.map(({ topic, partition, records }) => ({
        topic,
        partition,
        first: records[0]?.offset ?? 0,
        last: records.at(-1)?.offset ?? 0,
      })),
    )
    return batches.flatMap(({ records }) => records.map(record => record.key)).sort()
  }
  const ready = async () => (await fetch(`${url}/readyz`)).status

  for (const round of ['a', 'b', 'c']) {
    assert.equal(await ready(), 200)
    const { promised, answer } = await fill(harness, round)
    assert.ok(promised.length > 0)
    assert.equal(answer.status, 503, answer.text)
    assert.equal(answer.body.code, 'log_full')
    assert.equal(answer.retryAfter, 5)
    assert.match(answer.body.detail ?? '', /held by group consumer/)
    assert.equal((await post(bad('x'))).status, 422)
    assert.deepEqual(
      (await consume()).filter(key => !key.startsWith('sha256:')),
      promised.sort(),
    )
  }
  assert.equal((await post(named('after'))).status, 202)
})
