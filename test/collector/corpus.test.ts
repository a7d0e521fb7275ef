// The bad-input corpus over HTTP: what the answer says, and what reached the log.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type EventCase, loadEventCases } from '../corpus/events.ts'
import { createHarness, NOW, named } from './harness.ts'
import type { Answer } from './server.ts'

type Warning = NonNullable<Answer['body']['warnings']>[number]

const harness = await createHarness({ after })
const { post, postLines, events, letters } = harness

async function nothingKept(): Promise<void> {
  assert.deepEqual([await events(), await letters()], [[], []])
}

/** The case's event stands first in the request; `neighbours` are the ids of what else was sent. */
async function checkOutcome(
  { expect }: EventCase,
  answer: Answer,
  neighbours: readonly string[],
): Promise<void> {
  const taken = await events()
  const own = taken.filter(({ event_id }) => !neighbours.includes(event_id))
  assert.equal(taken.length - own.length, neighbours.length)
  if ('code' in expect) {
    assert.equal(answer.status, neighbours.length > 0 ? 202 : 422, answer.text)
    assert.deepEqual(
      answer.body.rejected?.map(({ index, code }) => ({ index, code })),
      [{ index: 0, code: expect.code }],
    )
    assert.deepEqual(
      (await letters()).map(({ reason, field, message }) => ({ reason, field, message })),
      [{ reason: expect.code, field: expect.field, message: answer.body.rejected?.[0]?.message }],
    )
    assert.deepEqual(own, [])
    return
  }
  assert.equal(answer.status, 202, answer.text)
  assert.deepEqual(answer.body.rejected, [])
  assert.equal(answer.body.warnings?.length, expect.warnings.length)
  for (const [i, field] of expect.warnings.entries()) {
    const { index, message }: Warning = answer.body.warnings?.[i] ?? { index: -1, message: '' }
    assert.equal(index, 0)
    assert.ok(message.includes(field), `${message} does not name ${field}`)
  }
  const [event] = own
  assert.ok(event && own.length === 1)
  assert.equal(event.received_at, NOW)
  for (const [field, value] of Object.entries(expect.event)) {
    assert.deepEqual(Reflect.get(event, field), value, field)
  }
  assert.deepEqual(await letters(), [])
}

for (const eventCase of loadEventCases(NOW)) {
  const { name, about, body, http } = eventCase
  test(`${name}: ${about}`, async () => {
    const answer = await post(body)
    if (!http) return checkOutcome(eventCase, answer, [])
    assert.equal(answer.status, http.status, answer.text)
    assert.equal(answer.body.code, http.code)
    await nothingKept()
  })

  test(`${name}, as a line before another`, async () => {
    const answer = await postLines([body, JSON.stringify(named('neighbour'))])
    await checkOutcome(eventCase, answer, ['neighbour'])
  })
}
