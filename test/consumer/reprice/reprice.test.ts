// Repricing on the real engine: what has another price gets it, once, whoever runs it and wherever it is killed; what has none
// is left alone.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { HOUR_MS, MINUTE_MS } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { startEngine } from '../../support/engine.ts'
import { bookOf, event, nextDay, numbered, repriceDay, rowsIn, seen, settle, store } from './kit.ts'

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
    for (let statements = 1; ; statements++) {
      const day = nextDay()
      const old = await numbered(writer, bookOf({ a: 1, g: statements }))
      await store(writer, old, [event({ event_id: 'e', occurred_at: day + 5 * HOUR_MS })])
      await settle(engine, day)
      const pricing = await numbered(writer, bookOf({ a: 2, g: statements }))
      const killed = await repriceDay(dyingAfter(writer, statements), pricing, day).then(
        () => false,
        () => true,
      )
      await repriceDay(writer, pricing, day)
      await settle(engine, day)
      assert.deepEqual(await seen(engine, day), ['e chat 0.002 priced'], `after ${statements} statements`)
      if (!killed) break
    }
  })
})

/** A warehouse whose process dies after so many statements: nothing more is sent. */
function dyingAfter(inner: Warehouse, statements: number): Warehouse {
  let left = statements
  const alive = async () => {
    if (--left < 0) throw new Error('killed')
    return inner
  }
  return {
    ...inner,
    query: async (sql, options) => (await alive()).query(sql, options),
    command: async (sql, options) => (await alive()).command(sql, options),
    insert: async (table, columns, rows, options) => (await alive()).insert(table, columns, rows, options),
    insertObjects: async (table, rows, options) => (await alive()).insertObjects(table, rows, options),
  }
}
