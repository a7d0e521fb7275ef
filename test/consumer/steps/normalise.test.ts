// The clock that a time is held against.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { normalise } from '../../../services/consumer/steps/normalise.ts'
import { createStepWorld } from '../context.ts'
import { usageEvent } from '../events.ts'

const AT = Date.UTC(2026, 10, 24, 9, 30)
const HOUR_MS = 3_600_000

test('a producer whose clock is behind has no events refused as of the future', async t => {
  const { context } = await createStepWorld(t, async () => undefined)
  const event = usageEvent({ event_id: 'e', occurred_at: AT, provider: 'openai', request_model: 'gpt-5.4' })
  const read = (timestamp: number, takenBefore?: number) => {
    const record = { key: 'k', value: new Uint8Array(), offset: 0, timestamp }
    const taken = takenBefore === undefined ? record : { ...record, takenBefore }
    const outcome = normalise(context, {
      event,
      place: { logId: 'log-1', topic: 'usage', partition: 0, record: taken },
    })
    return outcome.kind === 'dead-letter' ? outcome.refusal.code : outcome.kind
  }
  assert.equal(read(AT - 2 * HOUR_MS, AT), 'ok')
  assert.equal(read(AT - 2 * HOUR_MS, AT - HOUR_MS - 1), 'in_future')
  assert.equal(read(AT - 2 * HOUR_MS), 'in_future')
})
