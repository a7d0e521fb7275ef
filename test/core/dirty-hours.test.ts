import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  afterFailure,
  BATCH_SLACK_MS,
  dueAt,
  type HourState,
  isDirty,
  isDue,
  REST_FACTOR,
  UNKNOWN_HOUR,
  workOf,
} from '#core/dirty-hours.ts'

const NOON = Date.UTC(2026, 10, 24, 12)

const hour = (state: Partial<HourState>): HourState => ({ ...UNKNOWN_HOUR, ...state })

describe('a dirty hour', () => {
  it('is one with a batch that its last recompute may have missed', () => {
    assert.equal(isDirty(UNKNOWN_HOUR), false)
    assert.equal(isDirty(hour({ newestBatch: NOON })), true)
    assert.equal(isDirty(hour({ newestBatch: NOON, lastRun: NOON })), true)
    assert.equal(isDirty(hour({ newestBatch: NOON, lastRun: NOON + BATCH_SLACK_MS - 1 })), true)
    assert.equal(isDirty(hour({ newestBatch: NOON, lastRun: NOON + BATCH_SLACK_MS })), false)
  })

  it('is due at once for a batch newer than the run, and once more when the slack is over', () => {
    assert.ok(isDue(hour({ newestBatch: NOON, lastRun: NOON - 1 }), NOON))
    const seen = hour({ newestBatch: NOON, lastRun: NOON + 500 })
    assert.equal(isDue(seen, NOON + BATCH_SLACK_MS), false)
    assert.equal(isDue(seen, NOON + BATCH_SLACK_MS + 1), true)
  })

  it('is clean after a run that began when it was due', () => {
    const state = fc
      .record({
        newestBatch: fc.integer({ min: 1, max: 100_000 }),
        lastRun: fc.integer({ min: 0, max: 100_000 }),
        lastWorkMs: fc.integer({ min: 0, max: 1_000 }),
      })
      .map(hour)
    fc.assert(
      fc.property(state, fc.integer({ min: 0, max: 50_000 }), (before, later) => {
        fc.pre(isDirty(before))
        const settling = before.newestBatch < before.lastRun
        const began = dueAt(before) + later
        fc.pre(settling || began >= before.newestBatch + BATCH_SLACK_MS)
        assert.equal(isDirty({ ...before, lastRun: began }), false)
      }),
    )
  })

  it('rests ten times the work of its last recompute', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 60_000 }),
        fc.integer({ min: 0, max: 5_000 }),
        (finished, work) => {
          const state = hour({ newestBatch: NOON, lastFinished: NOON + finished, lastWorkMs: work })
          assert.ok(dueAt(state) >= NOON + finished + REST_FACTOR * work)
          assert.equal(isDue(state, NOON + finished + REST_FACTOR * work - 1), false)
        },
      ),
    )
  })

  it('whose recompute failed stays dirty and rests as long as the attempt lasted', () => {
    const failed = afterFailure(hour({ newestBatch: NOON }), NOON + 60_000, 60_000)
    assert.ok(isDirty(failed))
    assert.equal(dueAt(failed), NOON + 120_000)
  })
})

describe('work', () => {
  it('is the duration of a recompute, as far as the number of events explains it', () => {
    assert.equal(workOf(30, 10), 30)
    assert.equal(workOf(20_000, 10), 50)
    assert.equal(workOf(20_000, 1_000_000), 10_050)
    assert.equal(workOf(5_000, 1_000_000), 5_000)
  })
})

/** One batch: its rows are there at `at`; its row says an instant up to the slack earlier, and is seen later. */
interface Batch {
  readonly at: number
  readonly early: number
  readonly late: number
}

const batch: fc.Arbitrary<Batch> = fc.record({
  at: fc.integer({ min: 1, max: 60_000 }),
  early: fc.integer({ min: 0, max: BATCH_SLACK_MS - 1 }),
  late: fc.integer({ min: 0, max: BATCH_SLACK_MS }),
})

/** Wakes once a second, as the aggregator does. Returns when each run began, and how the hour stands at the end. */
function play(batches: readonly Batch[], workMs: number, untilMs: number) {
  const runs: number[] = []
  let state = UNKNOWN_HOUR
  let busyUntil = 0
  for (let now = 0; now <= untilMs; now += 1_000) {
    if (now < busyUntil) continue
    for (const { at, early, late } of batches) {
      if (at + late > now) continue
      state = { ...state, newestBatch: Math.max(state.newestBatch, NOON + at - early) }
    }
    if (!isDue(state, NOON + now)) continue
    runs.push(now)
    busyUntil = now + workMs
    state = { ...state, lastRun: NOON + now, lastFinished: NOON + busyUntil, lastWorkMs: workMs }
  }
  return { runs, state }
}

describe('over time', () => {
  const world = fc.tuple(fc.array(batch, { minLength: 1, maxLength: 12 }), fc.integer({ min: 0, max: 3_000 }))

  it('every batch, however late its row is seen, is followed by a run that began after it', () => {
    fc.assert(
      fc.property(world, ([batches, workMs]) => {
        const { runs, state } = play(batches, workMs, 300_000)
        const last = runs.at(-1) ?? -1
        assert.ok(
          batches.every(({ at }) => last >= at),
          `last run at ${last}`,
        )
        assert.equal(isDirty(state), false)
      }),
    )
  })

  it('a settled hour is never due again', () => {
    fc.assert(
      fc.property(world, ([batches, workMs]) => {
        const { runs, state } = play(batches, workMs, 300_000)
        const quiet = Math.max(...batches.map(({ at, late }) => at + late))
        const after = runs.filter(began => began > quiet + (REST_FACTOR + 1) * workMs + 1_000)
        assert.ok(after.length <= 2, `runs at ${after} although all was quiet at ${quiet}`)
        assert.equal(isDue(state, Number.MAX_SAFE_INTEGER), false)
      }),
    )
  })
})
