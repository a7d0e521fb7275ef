import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LedgerError } from '#core/errors.ts'
import { createBudget, type Limits } from '#platform/api-keys/limits.ts'

const MINUTE = 60_000

function budgetOf(limits: Partial<Limits>) {
  let now = 0
  const budget = createBudget({ events_per_minute: 1e9, bytes_per_minute: 1e9, ...limits }, () => now)
  return {
    ...budget,
    advance: (ms: number) => {
      now += ms
    },
  }
}

/** Seconds that the sender is asked to wait, 0 if it was let in. */
function wait(act: () => void): number {
  try {
    act()
    return 0
  } catch (error) {
    assert.ok(error instanceof LedgerError && error.code === 'rate_limited', String(error))
    return error.retryAfter ?? Number.NaN
  }
}

test('a minute at once is let in, then what flows back', () => {
  const { take, advance } = budgetOf({ events_per_minute: 60 })
  const one = { events: 1, bytes: 1 }
  for (let i = 0; i < 60; i++)
    assert.equal(
      wait(() => take(one)),
      0,
    )
  assert.equal(
    wait(() => take(one)),
    1,
  )
  advance(1_000)
  assert.equal(
    wait(() => take(one)),
    0,
  )
  assert.equal(
    wait(() => take(one)),
    1,
  )
})

test('a request larger than the limit is possible, and paid off before the next', () => {
  const { take, check, advance } = budgetOf({ events_per_minute: 60 })
  assert.equal(
    wait(() => take({ events: 1_000, bytes: 1 })),
    0,
  )
  assert.equal(wait(check), 941)
  advance(940_000)
  assert.equal(wait(check), 1)
  advance(1_000)
  assert.equal(wait(check), 0)
})

test('bytes count by themselves, and the longer wait is the one that is named', () => {
  const { take, check } = budgetOf({ events_per_minute: 60, bytes_per_minute: 600 })
  assert.equal(
    wait(() => take({ events: 60, bytes: 600 + 50 })),
    0,
  )
  assert.equal(wait(check), 6)
  assert.throws(check, /600 bytes a minute/)
})

test('what was refused costs nothing', () => {
  const { take, advance } = budgetOf({ events_per_minute: 60 })
  take({ events: 60, bytes: 1 })
  for (let i = 0; i < 10; i++)
    assert.equal(
      wait(() => take({ events: 1_000, bytes: 1 })),
      1,
    )
  advance(1_000)
  assert.equal(
    wait(() => take({ events: 1, bytes: 1 })),
    0,
  )
})

test('a rest of hours saves up one minute and no more', () => {
  const { take, advance } = budgetOf({ events_per_minute: 60 })
  advance(100 * MINUTE)
  assert.equal(
    wait(() => take({ events: 60, bytes: 1 })),
    0,
  )
  assert.equal(
    wait(() => take({ events: 1, bytes: 1 })),
    1,
  )
})

test('a clock that goes back gives nothing and takes nothing', () => {
  const { take, check, advance } = budgetOf({ events_per_minute: 60 })
  take({ events: 60, bytes: 1 })
  advance(-10 * MINUTE)
  assert.equal(wait(check), 1)
  advance(1_000)
  assert.equal(wait(check), 0)
})

test('new limits count at once, for what was saved up too', () => {
  const { take, check, setLimits } = budgetOf({ events_per_minute: 1_000 })
  setLimits({ events_per_minute: 60, bytes_per_minute: 1e9 })
  take({ events: 61, bytes: 1 })
  assert.equal(wait(check), 2)
  setLimits({ events_per_minute: 6_000, bytes_per_minute: 1e9 })
  assert.equal(wait(check), 1)
})

const request = fc.record({
  after: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5 * MINUTE })),
  events: fc.integer({ min: 1, max: 1_000 }),
  bytes: fc.integer({ min: 1, max: 2 ** 20 }),
})

test('over any T minutes at most (T + 1) limits and one request get in', () => {
  const limits = fc.record({
    events_per_minute: fc.integer({ min: 1, max: 5_000 }),
    bytes_per_minute: fc.integer({ min: 1, max: 2 ** 22 }),
  })
  fc.assert(
    fc.property(limits, fc.array(request, { maxLength: 60 }), (limit, requests) => {
      const { take, advance } = budgetOf(limit)
      const admitted: { at: number; events: number; bytes: number }[] = []
      let at = 0
      for (const { after, ...cost } of requests) {
        at += after
        advance(after)
        if (wait(() => take(cost)) === 0) admitted.push({ at, ...cost })
      }
      for (const [unit, perMinute] of [
        ['events', limit.events_per_minute],
        ['bytes', limit.bytes_per_minute],
      ] as const) {
        for (let from = 0; from < admitted.length; from++) {
          let volume = 0
          let largest = 0
          for (const one of admitted.slice(from)) {
            volume += one[unit]
            largest = Math.max(largest, one[unit])
            const minutes = (one.at - (admitted[from]?.at ?? 0)) / MINUTE
            assert.ok(volume <= (minutes + 1) * perMinute + largest + 1e-3, `${volume} in ${minutes}`)
          }
        }
      }
    }),
  )
})

test('who waits as long as it is told is let in, and a second earlier is not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 1, max: 100_000 }), (limit, events) => {
      const { take, check, advance } = budgetOf({ events_per_minute: limit })
      take({ events, bytes: 1 })
      const seconds = wait(check)
      fc.pre(seconds > 0)
      advance((seconds - 1) * 1_000)
      assert.ok(wait(check) > 0)
      advance(1_000)
      assert.equal(wait(check), 0)
    }),
  )
})
