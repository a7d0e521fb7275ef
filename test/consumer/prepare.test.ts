// A record that makes a step throw is put aside alone: its neighbours are read, and the log says it once.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { prepare } from '../../services/consumer/prepare.ts'
import { createStepWorld } from './context.ts'
import { usageEvent } from './events.ts'

const AT = Date.UTC(2026, 10, 24, 9, 30)

test('a thousand records that make a step throw are letters and one line', async t => {
  const { context, lines } = await createStepWorld(t, async () => undefined)
  const good = usageEvent({
    event_id: 'good',
    occurred_at: AT,
    received_at: AT,
    provider: 'openai',
    request_model: 'gpt-5.4',
    raw_usage: '{"prompt_tokens":1,"completion_tokens":1}',
  })
  const broken = Buffer.from('{"broken":true}')
  const { codec } = context
  const fail = (bytes: Uint8Array) => {
    if (Buffer.from(bytes).equals(broken)) throw new RangeError('a defect')
  }
  const failing = {
    ...context,
    codec: {
      ...codec,
      inspect(bytes: Uint8Array) {
        fail(bytes)
        return codec.inspect(bytes)
      },
      decode(bytes: Uint8Array) {
        fail(bytes)
        return codec.decode(bytes)
      },
    },
  }
  const values = [...Array.from({ length: 1_000 }, () => broken), codec.encode(good)]
  const records = values.map((value, offset) => ({ key: 'k', value, offset, timestamp: AT }))
  const place = { logId: 'log-1', topic: 'usage', partition: 0, first: 0, last: values.length - 1 }
  const delivery = await prepare(failing, [{ ...place, records }])

  assert.deepEqual(
    delivery.events.map(({ event }) => event.event.event_id),
    ['good'],
  )
  assert.equal(delivery.letters.length, 1_000)
  assert.ok(delivery.letters.every(({ reason, event_id }) => reason === 'record_failed' && event_id === ''))
  assert.equal(delivery.shares[0]?.dead, 1_000)
  assert.deepEqual(
    lines.map(({ msg, cause, offset }) => [msg, cause, offset]),
    [['a step failed', 'record failed', 0]],
  )
  const { values: counts } = await context.metrics.deadLetters.get()
  assert.deepEqual(counts, [{ labels: { reason: 'record_failed' }, value: 1_000 }])
})
