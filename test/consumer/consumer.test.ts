// The consumer over the real log and the real engine: poison between good records, a row that the warehouse refuses, a
// warehouse that goes away. Every record ends as a row, a dead letter or a counted drop.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { startEngine } from '../support/engine.ts'
import { eventually } from '../support/ledger-process.ts'
import { usageEvent } from './events.ts'
import { createHarness } from './harness.ts'

const good = (id: string) =>
  usageEvent({
    event_id: id,
    occurred_at: Date.now() - 60_000,
    received_at: Date.now(),
    provider: 'openai',
    request_model: 'gpt-5.4',
    raw_usage: '{"prompt_tokens":10,"completion_tokens":5}',
    feature: 'consumer-test',
  })

const engine = await startEngine({ after })

describe('the consumer', () => {
  const stored = async (prefix: string): Promise<string[]> => {
    const rows = await engine
      .warehouse('reader')
      .query<{ id: string }>(
        'SELECT event_id AS id FROM v_events WHERE startsWith(event_id, {prefix:String}) ORDER BY id',
        { params: { prefix } },
      )
    return rows.map(({ id }) => id)
  }
  const letters = async (log: string) =>
    engine.warehouse('reader').query<{ reason: string; event_id: string; partition: number; bytes: string }>(
      `SELECT reason, event_id, log_partition AS partition, toString(bytes_total) AS bytes FROM v_dead_letters
WHERE log_id = {log:String} ORDER BY reason, event_id`,
      { params: { log } },
    )
  const balance = async (log: string) => {
    const [row] = await engine.warehouse('reader').query<Record<string, string>>(
      `SELECT sum(read) AS read, sum(stored) AS stored, sum(dead) AS dead, sum(dropped) AS dropped FROM v_ingest_batches
WHERE log_id = {log:String} AND topic = 'llm.usage.v1'`,
      { params: { log } },
    )
    return row
  }

  it('stores good records and keeps poison as dead letters with reasons, whatever stands between them', async t => {
    const harness = await createHarness(t)
    const { codec, eventLog } = harness
    const avro = (id: string) => codec.encode(good(id))
    const truncated = avro('poison-truncated').subarray(0, 40)
    const trailing = Buffer.concat([avro('poison-trailing'), Buffer.from([1, 2, 3])])
    const hugeCount = Buffer.from('0000000001ffffffffffffffff7f', 'hex')
    const unknownSchema = Buffer.concat([Buffer.from('0000ffffff', 'hex'), avro('x').subarray(5)])
    await harness.append({
      a: avro('poison-good-1'),
      b: truncated,
      c: avro('poison-good-2'),
      d: trailing,
      e: hugeCount,
      f: unknownSchema,
      g: Buffer.from('not a record'),
      h: avro('poison-good-3'),
      i: Buffer.from('{"provider":"openai"}'),
      j: codec.encode({ ...good('poison-old'), occurred_at: Date.now() - 425 * 86_400_000 }),
      k: new Uint8Array(),
      l: codec.encode({ ...good('poison-usage'), raw_usage: '{"prompt_tokens":null,"completion_tokens":5}' }),
    })
    await harness.start(engine.warehouse('writer'))

    assert.deepEqual(
      await eventually(
        'good records',
        () => stored('poison-'),
        ids => ids.length === 3,
      ),
      ['poison-good-1', 'poison-good-2', 'poison-good-3'],
    )
    const dead = await eventually(
      'dead letters',
      () => letters(eventLog.id),
      rows => rows.length === 8,
    )
    assert.deepEqual(
      dead.map(letter => letter.reason),
      [
        'malformed_avro',
        'malformed_avro',
        'malformed_avro',
        'missing_field',
        'too_old',
        'unknown_framing',
        'unknown_schema',
        'wrong_type',
      ],
    )
    assert.ok(dead.some(letter => letter.event_id === 'poison-old'))
    assert.deepEqual(await balance(eventLog.id), { read: '12', stored: '3', dead: '8', dropped: '1' })
  })

  it('finds the one row that the warehouse refuses, and stores its neighbours', async t => {
    const harness = await createHarness(t)
    const ids = Array.from({ length: 50 }, (_, i) => `bisect-${String(i).padStart(2, '0')}`)
    await harness.append(Object.fromEntries(ids.map(id => [id, harness.codec.encode(good(id))])))
    const writer = engine.warehouse('writer')
    const picky: Warehouse = {
      ...writer,
      async insert(table, columns, rows, options) {
        if (table === 'usage_events' && Buffer.from(rows).includes('bisect-31')) {
          throw new LedgerError('row_refused', 'it does not like 31')
        }
        await writer.insert(table, columns, rows, options)
      },
    }
    await harness.start(picky)
    const seen = await eventually(
      'the neighbours',
      () => stored('bisect-'),
      found => found.length === 49,
    )
    assert.ok(!seen.includes('bisect-31'))
    const dead = await eventually(
      'its letter',
      () => letters(harness.eventLog.id),
      rows => rows.length === 1,
    )
    assert.deepEqual(
      dead.map(({ reason, event_id }) => ({ reason, event_id })),
      [{ reason: 'row_refused', event_id: 'bisect-31' }],
    )
    const sums = await eventually(
      'the batch row',
      () => balance(harness.eventLog.id),
      row => row?.['read'] === '50',
    )
    assert.deepEqual(sums, { read: '50', stored: '49', dead: '1', dropped: '0' })
  })

  it('waits for a warehouse that is away, and loses and doubles nothing when it comes back', async t => {
    const harness = await createHarness(t)
    const writer = engine.warehouse('writer')
    let away = true
    let inserts = 0
    const flaky: Warehouse = {
      ...writer,
      async insert(...args) {
        if (away) throw new LedgerError('warehouse_unavailable', 'gone')
        await writer.insert(...args)
        // The rows are in, the answer is lost: the same rows are inserted again.
        if (inserts++ % 2 === 0) throw new LedgerError('warehouse_unavailable', 'the connection broke')
      },
    }
    await harness.start(flaky)
    const ids = Array.from({ length: 200 }, (_, i) => `away-${String(i).padStart(3, '0')}`)
    await harness.append(Object.fromEntries(ids.map(id => [id, harness.codec.encode(good(id))])))
    await new Promise(resolve => setTimeout(resolve, 1_000))
    assert.deepEqual(await stored('away-'), [])
    away = false
    assert.deepEqual(
      await eventually(
        'all events',
        () => stored('away-'),
        found => found.length >= 200,
      ),
      ids,
    )
  })

  it('goes on where it stopped, and a stop finishes what is under way', async t => {
    const harness = await createHarness(t)
    const first = await harness.start(engine.warehouse('writer'))
    await harness.append(
      Object.fromEntries(['1', '2', '3'].map(n => [n, harness.codec.encode(good(`stop-${n}`))])),
    )
    await eventually(
      'the first events',
      () => stored('stop-'),
      found => found.length === 3,
    )
    await first.stop()
    await harness.append({ '4': harness.codec.encode(good('stop-4')) })
    await harness.start(engine.warehouse('writer'))
    await eventually(
      'the last event',
      () => stored('stop-'),
      found => found.length === 4,
    )
    const sums = await eventually(
      'batch rows',
      () => balance(harness.eventLog.id),
      row => row?.['read'] === '4',
    )
    assert.deepEqual(sums, { read: '4', stored: '4', dead: '0', dropped: '0' })
  })
})
