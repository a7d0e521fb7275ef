// A record that makes a step throw is put aside alone: its neighbours are read, and the log says it once. Rows are written
// here, so what failed must leave nothing between the rows of its neighbours.

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
    delivery.events.map(({ eventId }) => eventId),
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

test('a row that cannot be written is a letter and leaves no byte between its neighbours', async t => {
  const { context } = await createStepWorld(t, async () => undefined)
  const { codec } = context
  const unwritable = {
    ...context,
    codec: {
      ...codec,
      read(...args: Parameters<typeof codec.read>) {
        const decoded = codec.read(...args)
        if (decoded.kind === 'avro' && decoded.event.event_id === 'bad') decoded.event.units = { page: 'two' }
        return decoded
      },
    },
  }
  const all = ['one', 'bad', 'two']
  const deliver = (ids: readonly string[]) => {
    const records = ids.map(id => ({
      key: 'k',
      offset: all.indexOf(id),
      timestamp: AT,
      value: codec.encode(usageEvent({ event_id: id, occurred_at: AT, received_at: AT })),
    }))
    const place = { logId: 'log-1', topic: 'usage', partition: 0, first: 0, last: 2 }
    return prepare(unwritable, [{ ...place, records }])
  }
  const delivery = await deliver(all)
  assert.deepEqual(
    delivery.letters.map(({ reason }) => reason),
    ['record_failed'],
  )
  assert.deepEqual(delivery.rows.bytes(), (await deliver(['one', 'two'])).rows.bytes())
  const [one, two] = delivery.events
  assert.deepEqual([one?.start, one?.end, two?.end], [0, two?.start, delivery.rows.size()])
  const { values } = await context.metrics.priced.get()
  assert.deepEqual(values, [{ labels: { status: 'unpriced' }, value: 4 }])
})
