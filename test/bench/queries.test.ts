// The bench's world and questions, small: a bench that nobody runs for a month must still run, and its world must be one that
// the ledger could have made.

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { DAY_MS } from '#core/hours.ts'
import { measureQueries } from './queries.ts'
import { openWorld } from './queries-world.ts'
import { daysOf } from './world-sql.ts'

const EVENTS = 20_000
const DAYS = 1
const dataDir = await mkdtemp(join(tmpdir(), 'spendledger-queries-'))
after(() => rm(dataDir, { recursive: true, force: true }))

describe('the bench of questions', () => {
  it('has as many events on a Monday morning, when most of its day is a Sunday', () => {
    for (const now of ['2026-11-30T03:00:00Z', '2026-11-25T12:00:00Z', '2026-11-28T23:30:00Z'].map(
      Date.parse,
    )) {
      const [first, last] = daysOf(EVENTS, now, DAYS)
      assert.ok(first && last)
      const share = (now - last.start) / DAY_MS
      const inside = first.count * (1 - share) + last.count * share
      assert.ok(Math.abs(inside - EVENTS) < 2, String(inside))
    }
  })

  it('asks a world whose costs add up, whose copies count once and whose rollups are smaller than its events', async t => {
    const world = await openWorld({
      events: EVENTS,
      days: DAYS,
      dataDir,
      now: Date.now(),
      memoryBytes: 2 ** 30,
    })
    t.after(world.stop)
    const [row] = await world.warehouse('writer').query<Record<string, string>>(`
SELECT
  count() AS events, uniqExact(event_id) AS ids,
  countIf(cost_usd != uncached_input_cost_usd + cache_read_cost_usd + cache_write_cost_usd + output_cost_usd) AS uneven,
  countIf(isNull(cost_usd)) / events AS unpriced, countIf(status = 'error') / events AS failed,
  (SELECT count() FROM usage_events) / events AS copies,
  (SELECT sum(calls) FROM usage_by_user FINAL) AS calls, (SELECT count() FROM usage_by_user FINAL) AS groups
FROM usage_events FINAL`)
    assert.ok(row)
    const share = (name: string) => Number(row[name])
    assert.ok(share('events') > EVENTS / 2)
    assert.equal(row['ids'], row['events'])
    assert.equal(row['calls'], row['events'])
    assert.equal(row['uneven'], '0')
    assert.ok(share('unpriced') > 0.003 && share('unpriced') < 0.03)
    assert.ok(share('failed') > 0.003 && share('failed') < 0.03)
    assert.ok(share('copies') > 1)
    assert.ok(share('groups') < share('events') * 0.6)
  })

  it('measures every question, at rest and under load', async () => {
    const times = { api: 1, naive: 1 }
    const now = Date.now()
    const measured = await measureQueries({
      events: EVENTS,
      days: DAYS,
      dataDir,
      now,
      times,
      eventsPerSecond: 500,
    })
    assert.ok(measured.every(({ value }) => Number.isFinite(value)))
    assert.ok(measured.some(({ name }) => name === 'top users this month, events coming in'))
  })
})
