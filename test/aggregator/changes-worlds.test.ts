// Random histories, and what v_changes says of them: whatever arrived and whatever a kill left unsaid, in the end each hour's
// newest row is its total, and every row begins where the one before it ended.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { DAY_MS, toSpans, touchedHours } from '#core/hours.ts'
import { recordChanges, settleClosedHours } from '../../services/aggregator/changes.ts'
import { recomputeSpan } from '../../services/aggregator/recompute.ts'
import { startEngine } from '../support/engine.ts'
import { contextOver } from './kit.ts'
import { insertCopies } from './world-runner.ts'
import { type Copy, dayOf, hoursOfCopies, randomCopies, seeded } from './worlds.ts'

const WORLDS = 5
const STEPS = 5

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')
const reader = engine.warehouse('reader')

interface Figures {
  readonly hour: string
  readonly calls: string
  readonly unpriced: string
  readonly cost: string
}

interface Change {
  readonly hour: string
  readonly reason: string
  readonly before: string
  readonly after: string
}

const started = (day: number) =>
  Object.assign(contextOver(engine.warehouse('aggregator')), { watermark: day + 2 * DAY_MS })

/** Copies arrive, a repricing among them; hours are recomputed, and their changes recorded or not. */
async function play(seed: number): Promise<number> {
  const random = seeded(seed)
  const day = dayOf(seed)
  const all = randomCopies(random, day, 30)
  for (let step = 0; step < STEPS; step++) {
    const some = all.slice((step * all.length) / STEPS, ((step + 1) * all.length) / STEPS)
    const kind = random() < 0.3 ? 'reprice' : 'log'
    const copies = kind === 'log' ? some : some.map(copy => ({ ...copy, cost: newPrice(copy) }))
    await insertCopies(writer, copies)
    const hours = copies.flatMap(({ occurred_at }) => touchedHours(occurred_at)).map(hour => hour / 1000)
    await writer.insertObjects('ingest_batches', [{ kind, hours }])
    const context = started(day)
    for (const span of toSpans(hoursOfCopies(copies))) {
      await recomputeSpan(context, span)
      if (random() < 0.6) await recordChanges(context, hoursOfCopies(copies))
    }
    if (random() < 0.3) await settleClosedHours(started(day))
  }
  await settleClosedHours(started(day))
  return day
}

/** A function of the copy, as its first cost is: a copy that comes twice says the same. Sometimes it is 0. */
const newPrice = ({ version, cost }: Copy): bigint => (version % 2n === 0n ? 0n : (cost ?? 0n) * 2n)

const figuresOf = (day: number): Promise<Figures[]> =>
  reader.query(
    `SELECT hour, toString(sum(t.calls)) AS calls, toString(sum(t.unpriced_calls)) AS unpriced, toString(sum(t.cost_usd)) AS cost
FROM v_costs_hourly AS t WHERE toDate(hour) = toDate({day:DateTime('UTC')})
GROUP BY hour HAVING sum(t.calls) > 0 ORDER BY hour`,
    { params: { day: day / 1000 } },
  )

const changesOf = (day: number): Promise<Change[]> =>
  reader.query(
    `SELECT hour, reason, concat(toString(old_calls), ' ', toString(old_unpriced), ' ', toString(old_cost_usd)) AS before,
  concat(toString(new_calls), ' ', toString(new_unpriced), ' ', toString(new_cost_usd)) AS after
FROM v_changes WHERE toDate(hour) = toDate({day:DateTime('UTC')}) ORDER BY hour, changed_at`,
    { params: { day: day / 1000 } },
  )

describe('v_changes over random histories', () => {
  for (let seed = 700; seed < 700 + WORLDS; seed++) {
    it(`ends with the totals, and has no gap: world ${seed}`, async () => {
      const day = await play(seed)
      const changes = await changesOf(day)
      const newest = new Map(changes.map(({ hour, after: now }) => [hour, now]))
      for (const { hour, calls, unpriced, cost } of await figuresOf(day)) {
        assert.equal(newest.get(hour), `${calls} ${unpriced} ${cost}`, hour)
        newest.delete(hour)
      }
      assert.deepEqual(
        [...newest].filter(([, total]) => total !== '0 0 0'),
        [],
      )
      for (const [i, change] of changes.entries()) {
        const known = changes[i - 1]?.hour === change.hour ? changes[i - 1] : undefined
        assert.equal(change.before, known?.after ?? '0 0 0', `${change.hour}: a gap`)
        assert.notEqual(change.before, change.after, `${change.hour}: a row of no change`)
      }
    })
  }
})
