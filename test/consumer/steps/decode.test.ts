// Events that come without a time, from logs that do and do not say when they took a record.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LogRecord } from '#ports/event-log.ts'
import { decode } from '../../../services/consumer/steps/decode.ts'
import { guard } from '../../../services/consumer/steps/guard.ts'
import { createStepWorld } from '../context.ts'

const AT = Date.UTC(2026, 10, 24, 9, 30)
const CALL = {
  provider: 'openai',
  request_model: 'gpt-5.4',
  usage: { prompt_tokens: 1, completion_tokens: 1 },
}
/** Of 2026-11-24T09:30:00Z. */
const UUID = `${AT.toString(16)
  .padStart(12, '0')
  .replace(/^(.{8})/, '$1-')}-7000-8000-000000000000`

test('an event without id and time has those of its record, unless the log did not say its time', async t => {
  const { context } = await createStepWorld(t, async () => undefined)
  const read = (event: object, time: Partial<LogRecord>) => {
    const value = Buffer.from(JSON.stringify({ ...CALL, ...event }))
    const record = { key: 'k', value, offset: 7, timestamp: AT, ...time }
    const place = { logId: 'log-1', topic: 'usage', partition: 2, record }
    const frame = guard(context, place)
    assert.ok(frame.kind === 'ok')
    const outcome = decode(context, frame.value)
    if (outcome.kind === 'ok') return [outcome.value.event.event_id, outcome.value.event.occurred_at]
    return outcome.kind === 'dead-letter' ? outcome.refusal : outcome
  }
  const guessed = { timestamp: AT + 5, takenBefore: AT + 5, guessed: true } as const

  assert.deepEqual(read({}, {}), ['log:log-1:usage:2:7', AT])
  assert.deepEqual(read({}, { takenBefore: AT + 5 }), ['log:log-1:usage:2:7', AT])
  assert.deepEqual(read({}, guessed), {
    code: 'missing_occurred_at',
    field: 'occurred_at',
    got: '',
    expected: 'occurred_at: this topic does not say when it took a record',
  })
  assert.deepEqual(read({ occurred_at: AT }, guessed), ['log:log-1:usage:2:7', AT])
  assert.deepEqual(read({ event_id: UUID }, guessed), [UUID, AT])
})
