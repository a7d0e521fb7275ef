import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { advanceStored, NOTHING_STORED, type StoredUntil } from '#core/stored-until.ts'

describe('what is stored', () => {
  it('reaches the instant before the end was asked for, once everything below that end is consumed', () => {
    const first = advanceStored(NOTHING_STORED, { askedAt: 100, end: 10 }, 4)
    assert.equal(first.until, 0)
    const second = advanceStored(first, { askedAt: 200, end: 30 }, 10)
    assert.equal(second.until, 100)
    assert.equal(advanceStored(second, { askedAt: 300, end: 30 }, 30).until, 300)
  })

  it('advances although more always waits', () => {
    let state: StoredUntil = NOTHING_STORED
    for (let i = 0; i < 50; i++) state = advanceStored(state, { askedAt: i * 15, end: i * 10 + 10 }, i * 10)
    assert.equal(state.until, 48 * 15)
  })

  it('never says more than is true, never goes back, and remembers a bounded number of ends', () => {
    const steps = fc.array(fc.record({ appended: fc.nat(20), consumed: fc.nat(25) }), { maxLength: 2_000 })
    fc.assert(
      fc.property(steps, moves => {
        let state: StoredUntil = NOTHING_STORED
        let end = 0
        let consumed = 0
        /** When the log took each offset. */
        const takenAt: number[] = []
        moves.forEach((move, now) => {
          const before = state.until
          consumed = Math.min(end, consumed + move.consumed)
          state = advanceStored(state, { askedAt: now, end }, consumed)
          assert.ok(state.until >= before)
          assert.ok(state.waiting.length <= 500)
          const oldestUnread = takenAt[consumed]
          if (oldestUnread !== undefined) assert.ok(state.until <= oldestUnread)
          else assert.equal(state.until, now)
          for (let i = 0; i < move.appended; i++) takenAt[end++] = now
        })
      }),
      { numRuns: 50 },
    )
  })

  it('stays where it is when a position goes back: what was stored stays stored', () => {
    const done = advanceStored(NOTHING_STORED, { askedAt: 100, end: 10 }, 10)
    assert.equal(advanceStored(done, { askedAt: 200, end: 10 }, 0).until, 100)
  })
})
