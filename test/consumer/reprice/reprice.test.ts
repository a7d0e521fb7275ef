// Repricing on the real engine: what has another price gets it, once, whoever runs it and wherever it is killed; what has none
// is left alone.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import { HOUR_MS, MINUTE_MS, toSqlTime } from '#core/hours.ts'
import { NORMALISER_VERSION } from '#core/normalise/index.ts'
import { recordChanges } from '../../../services/aggregator/changes.ts'
import { recomputeDue } from '../../../services/aggregator/due-hours.ts'
import { readHourStates } from '../../../services/aggregator/hour-states.ts'
import { recomputeSpan } from '../../../services/aggregator/recompute.ts'
import { registerBook } from '../../../services/consumer/book-version.ts'
import { contextOver } from '../../aggregator/kit.ts'
import { startEngine } from '../../support/engine.ts'
import {
  bookOf,
  dyingAfter,
  event,
  nextDay,
  numbered,
  repriceDay,
  rowsIn,
  seen,
  settle,
  store,
} from './kit.ts'

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')

describe('repricing', () => {
  it('prices what was unpriced once a rule arrives, and the totals follow', async () => {
    const day = nextDay()
    const old = await numbered(writer, bookOf({ a: 1 }))
    const at = day + 5 * HOUR_MS
    await store(writer, old, [
      event({ event_id: 'known', occurred_at: at }),
      event({ event_id: 'new', occurred_at: at, request_model: 'b', response_model: 'b' }),
    ])
    await settle(engine, day)
    assert.deepEqual(await seen(engine, day), ['known chat 0.001 priced', 'new chat - unpriced'])
    const pricing = await numbered(writer, bookOf({ a: 1, b: 3 }))
    const dry = await repriceDay(writer, pricing, day, { dryRun: true })
    assert.equal(dry.total.events, 1)
    assert.deepEqual(await rowsIn(writer, day), 2, 'a dry run writes nothing')
    const report = await repriceDay(writer, pricing, day)
    assert.deepEqual(report.lines, [
      {
        day,
        provider: 'openai',
        model: 'b',
        events: 1,
        before: 0n,
        after: 3_000_000_000n,
        unpricedBefore: 1,
        unpricedAfter: 0,
      },
    ])
    await settle(engine, day)
    assert.deepEqual(await seen(engine, day), ['known chat 0.001 priced', 'new chat 0.003 priced'])

    const rows = await rowsIn(writer, day)
    const again = await repriceDay(writer, pricing, day)
    assert.equal(again.total.events, 0)
    assert.equal(await rowsIn(writer, day), rows, 'the second time nothing is written')
  })

  it('never alters events before the date of a price change', async () => {
    const day = nextDay()
    const change = day + 12 * HOUR_MS
    const old = await numbered(writer, bookOf({ a: 1, c: 7 }))
    await store(writer, old, [
      event({ event_id: 'before', occurred_at: change - 1 }),
      event({ event_id: 'after', occurred_at: change }),
    ])
    const book = bookOf({ a: 1, c: 7 }, { from: change, rates: { a: 2 } })
    const report = await repriceDay(writer, await numbered(writer, book), day)
    assert.equal(report.total.events, 1)
    await settle(engine, day)
    assert.deepEqual(await seen(engine, day), ['after chat 0.002 priced', 'before chat 0.001 priced'])
    const [row] = await writer.query<{ rule: string }>(
      "SELECT price_rule_id AS rule FROM v_events WHERE event_id = 'before' AND occurred_at >= {day:DateTime64(3)}",
      { params: { day: day / 1000 } },
    )
    assert.equal(row?.rule, 'a@2020-01-01T00:00:00Z')
  })

  it('comes out the same when two run at once', async () => {
    const day = nextDay()
    const old = await numbered(writer, bookOf({ a: 1, d: 1 }))
    const events = Array.from({ length: 40 }, (_, i) =>
      event({ event_id: `e${i}`, occurred_at: day + i * 20 * MINUTE_MS }),
    )
    await store(writer, old, events)
    const pricing = await numbered(writer, bookOf({ a: 2, d: 1 }))
    await Promise.all([repriceDay(writer, pricing, day), repriceDay(writer, pricing, day)])
    await settle(engine, day)
    const visible = await seen(engine, day)
    assert.equal(visible.length, 40)
    assert.ok(visible.every(line => line.endsWith('chat 0.002 priced')))
  })

  it('keeps the winner among copies that differ, hidden or not', async () => {
    const day = nextDay()
    const at = day + 3 * HOUR_MS
    const old = await numbered(writer, bookOf({ a: 1, e: 1 }))
    const winner = event({ event_id: 'twin', occurred_at: at, feature: 'won', received_at: at + 1_000 })
    const loser = event({
      event_id: 'twin',
      occurred_at: at + 61_000,
      feature: 'lost',
      received_at: at + 2_000,
    })
    for (const hidden of [false, true]) {
      const id = `twin ${hidden}`
      await store(
        writer,
        old,
        [winner, loser].map(copy => ({ ...copy, event_id: id })),
      )
      if (hidden) await settle(engine, day)
    }
    const report = await repriceDay(writer, await numbered(writer, bookOf({ a: 5, e: 1 })), day)
    assert.equal(report.total.events, 2)
    await settle(engine, day)
    await store(writer, old, [{ ...loser, event_id: 'twin true' }])
    await settle(engine, day)
    assert.deepEqual(await seen(engine, day), ['twin false won 0.005 priced', 'twin true won 0.005 priced'])
  })

  it('lets no copy that lost overtake the winner, should the price of the one alone change', async () => {
    const day = nextDay()
    const at = day + 3 * HOUR_MS
    const old = await numbered(writer, bookOf({ a: 1, h: 1 }))
    const winner = event({ event_id: 'twin', occurred_at: at, received_at: at + 1_000 })
    const other = { request_model: 'b', response_model: 'b', feature: 'lost' }
    const loser = { ...winner, ...other, occurred_at: at + 61_000, received_at: at + 2_000 }
    await store(writer, old, [winner, loser])
    const report = await repriceDay(writer, await numbered(writer, bookOf({ a: 1, b: 5, h: 1 })), day)
    assert.equal(report.total.events, 0)
    await settle(engine, day)
    assert.deepEqual(await seen(engine, day), ['twin chat 0.001 priced'])
  })

  it('goes on until what a consumer on the old book stores meanwhile has the new price too', async () => {
    const day = nextDay()
    const at = day + 3 * HOUR_MS
    const old = await numbered(writer, bookOf({ a: 1, f: 1 }))
    await store(writer, old, [
      { ...event({ event_id: 'partial', occurred_at: at }), usage_source: 'provider_partial' },
    ])
    const pricing = await numbered(writer, bookOf({ a: 2, f: 1 }))
    let stored = false
    await repriceDay(writer, pricing, day, {
      pause: async () => {
        if (stored) return
        stored = true
        await store(writer, old, [
          event({ event_id: 'partial', occurred_at: at, input: 2_000 }),
          event({ event_id: 'late', occurred_at: at + HOUR_MS }),
        ])
      },
    })
    await settle(engine, day)
    assert.deepEqual(await seen(engine, day), ['late chat 0.002 priced', 'partial chat 0.004 priced'])
  })

  it('is healed by the next run wherever it was killed', async () => {
    // It had begun; it had said what it would write; it had written it.
    for (const writes of [1, 2, 3]) {
      const day = nextDay()
      const old = await numbered(writer, bookOf({ a: 1, g: writes }))
      await store(writer, old, [event({ event_id: 'e', occurred_at: day + 5 * HOUR_MS })])
      await settle(engine, day)
      const pricing = await numbered(writer, bookOf({ a: 2, g: writes }))
      await assert.rejects(repriceDay(dyingAfter(writer, writes), pricing, day), { message: 'killed' })
      await repriceDay(writer, pricing, day)
      await settle(engine, day)
      assert.deepEqual(await seen(engine, day), ['e chat 0.002 priced'], `after ${writes} writes`)
    }
  })

  it('reads usage again with a newer normaliser, and leaves alone what the producer counted itself', async () => {
    const day = nextDay()
    const book = bookOf({ a: 1, h: 1 })
    const identity = { bookHash: book.hash, overlayHash: '', normaliserVersion: NORMALISER_VERSION - 1 }
    const old = { book, sequence: await registerBook(writer, identity, book) }
    const at = day + 5 * HOUR_MS
    const raw_usage = JSON.stringify({ prompt_tokens: 1_000, completion_tokens: 0, total_tokens: 1_000 })
    await store(writer, old, [
      event({ event_id: 'raw', occurred_at: at, input: 0, raw_usage }),
      event({ event_id: 'given', occurred_at: at }),
    ])
    // What a normaliser with a fault would have made of both.
    await writer.command(
      `INSERT INTO usage_events SELECT * REPLACE (7 AS uncached_input_tokens, 0.000007 AS cost_usd, version + 1 AS version)
FROM usage_events FINAL WHERE occurred_at = {at:DateTime64(3, 'UTC')}`,
      { params: { at: toSqlTime(at) } },
    )
    const report = await repriceDay(writer, await numbered(writer, book), day)
    assert.equal(report.examined, 2)
    await settle(engine, day)
    const events = await seen(engine, day)
    assert.equal(events.length, 2)
    assert.match(events[0] ?? '', /^given chat 0\.000007 /)
    assert.match(events[1] ?? '', /^raw chat 0\.001 /)
  })

  it('says in v_reprices what it did, and `stopped` when it was ended before its time', async () => {
    const day = nextDay()
    const old = await numbered(writer, bookOf({ a: 1, i: 1 }))
    await store(writer, old, [
      event({ event_id: 'one', occurred_at: day + 2 * HOUR_MS }),
      event({ event_id: 'two', occurred_at: day + 9 * HOUR_MS }),
      event({ event_id: 'z', occurred_at: day + 9 * HOUR_MS, request_model: 'z', response_model: 'z' }),
    ])
    const pricing = await numbered(writer, bookOf({ a: 3, i: 1, z: 4 }))
    const stopping = new AbortController()
    const { signal } = stopping
    const stopped = await repriceDay(writer, pricing, day, { signal, pause: async () => stopping.abort() })
    const finished = await repriceDay(writer, pricing, day, { by: 'service' })
    const account = (runId: string) =>
      engine.warehouse('reader').query(
        `SELECT state, started_by, sequence, toFloat64(old_cost_usd) AS old, toFloat64(new_cost_usd) AS new,
  toFloat64(change_usd) AS change, toUInt32(events_changed) AS changed, toUInt32(old_unpriced) AS old_unpriced,
  toUInt32(new_unpriced) AS new_unpriced, isNull(finished_at) AS open
FROM v_reprices WHERE run_id = {run:String}`,
        { params: { run: runId } },
      )
    const { sequence } = pricing
    assert.deepEqual(await account(stopped.runId), [
      {
        ...{ state: 'stopped', started_by: 'cli', sequence, open: 1 },
        ...{ old: 0.001, new: 0.003, change: 0.002, changed: 1, old_unpriced: 0, new_unpriced: 0 },
      },
    ])
    assert.deepEqual(await account(finished.runId), [
      {
        ...{ state: 'finished', started_by: 'service', sequence, open: 0 },
        ...{ old: 0.001, new: 0.007, change: 0.006, changed: 2, old_unpriced: 1, new_unpriced: 0 },
      },
    ])
    await settle(engine, day)
  })

  it('is the reason in v_changes for totals that moved, whoever recomputed them; late calls are their own', async () => {
    const day = nextDay()
    const hour = day + 5 * HOUR_MS
    const at = hour + 30 * MINUTE_MS
    const aggregator = engine.warehouse('aggregator')
    const context = Object.assign(contextOver(aggregator), { watermark: day + 24 * HOUR_MS })
    const recompute = async () => {
      await readHourStates(context)
      for (const other of context.hours.keys()) if (other !== hour) context.hours.delete(other)
      // Its rest after the last recompute is over.
      context.seenUntil += 3_000
      await recomputeDue(context, 0)
    }
    const old = await numbered(writer, bookOf({ a: 1, j: 1 }))
    await store(writer, old, [event({ event_id: 'one', occurred_at: at })])
    await recompute()
    const second = await numbered(writer, bookOf({ a: 2, j: 1 }))
    await repriceDay(writer, second, day)
    // A consumer stores a copy of the same call, so that the newest batch is none of repricing.
    await store(writer, old, [event({ event_id: 'one', occurred_at: at })])
    await recompute()
    const third = await numbered(writer, bookOf({ a: 5, j: 1 }))
    await repriceDay(writer, third, day)
    // `spendledger rollup`: it knows nothing of batches.
    const alone = Object.assign(contextOver(aggregator), { watermark: day + 24 * HOUR_MS })
    await recomputeSpan(alone, { from: hour, to: hour + HOUR_MS })
    await recordChanges(alone, [hour])
    await repriceDay(writer, await numbered(writer, bookOf({ a: 6, j: 1 })), day)
    await store(writer, old, [event({ event_id: 'two', occurred_at: at })])
    await recompute()
    const changes = await engine.warehouse('reader').query(
      `SELECT reason, concat(toString(old_calls), ' ', toString(old_cost_usd)) AS before,
  concat(toString(new_calls), ' ', toString(new_cost_usd)) AS after
FROM v_changes WHERE hour = {hour:DateTime('UTC')} ORDER BY changed_at`,
      { params: { hour: hour / 1000 } },
    )
    assert.deepEqual(changes, [
      { reason: 'first', before: '0 0', after: '1 0.001' },
      { reason: 'reprice', before: '1 0.001', after: '1 0.002' },
      { reason: 'reprice', before: '1 0.002', after: '1 0.005' },
      { reason: 'late_and_reprice', before: '1 0.005', after: '2 0.007' },
    ])
  })

  it('goes on with the others when the warehouse refuses a row, and says so once', async () => {
    const day = nextDay()
    const old = await numbered(writer, bookOf({ a: 1, k: 1 }))
    const ids = ['bad', 'good', 'right']
    await store(
      writer,
      old,
      ids.map(event_id => event({ event_id, occurred_at: day + HOUR_MS })),
    )
    const refusing = {
      ...writer,
      insert: async (...[table, columns, rows, options]: Parameters<typeof writer.insert>) => {
        if (Buffer.from(rows).includes('bad')) throw new LedgerError('row_refused', 'not this one')
        await writer.insert(table, columns, rows, options)
      },
    }
    const report = await repriceDay(refusing, await numbered(writer, bookOf({ a: 2, k: 1 })), day)
    assert.equal(report.total.events, 2)
    await settle(engine, day)
    assert.deepEqual(await seen(engine, day), [
      'bad chat 0.001 priced',
      'good chat 0.002 priced',
      'right chat 0.002 priced',
    ])
  })
})
