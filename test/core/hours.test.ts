import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  DAY_MS,
  fromSqlTime,
  HOUR_MS,
  hoursOf,
  MINUTE_MS,
  startOfDay,
  startOfHour,
  TWIN_WINDOW_MS,
  toSpans,
  toSqlTime,
  touchedHours,
} from '#core/hours.ts'

/** Instants of a few days around one that is no border of anything else, borders included more often than chance would. */
const instant = fc
  .tuple(
    fc.integer({ min: -48, max: 48 }),
    fc.constantFrom(0, 10, 15, 30, 45, 50),
    fc.integer({ min: -2, max: 2 }),
  )
  .map(([hour, minute, ms]) => Date.UTC(2026, 9, 25) + hour * HOUR_MS + minute * MINUTE_MS + ms)
const anyInstant = fc.oneof(instant, fc.integer({ min: 0, max: 4_102_444_800_000 }))
const hours = fc.uniqueArray(fc.integer({ min: 0, max: 80 }), { maxLength: 40 })
const hourStarts = hours.map(numbers => numbers.map(n => Date.UTC(2026, 11, 30) + n * HOUR_MS))

describe('hours and days', () => {
  it('begin at or before every instant of theirs, before 1970 too', () => {
    fc.assert(
      fc.property(fc.integer({ min: -4e12, max: 4e12 }), ms => {
        assert.ok(startOfHour(ms) <= ms && ms < startOfHour(ms) + HOUR_MS)
        assert.ok(startOfDay(ms) <= ms && ms < startOfDay(ms) + DAY_MS)
        assert.equal(Math.abs(startOfHour(ms) % HOUR_MS), 0)
        assert.equal(Math.abs(startOfDay(ms) % DAY_MS), 0)
      }),
    )
  })

  it('are those of UTC: every day has 24 of them, whatever a zone does that night', () => {
    const day = Date.UTC(2026, 9, 25)
    assert.deepEqual(toSpans(Array.from({ length: 24 }, (_, i) => day + i * HOUR_MS)), [
      { from: day, to: day + DAY_MS },
    ])
  })
})

describe('touchedHours', () => {
  it('holds every hour in which a copy within ten minutes could count, and no other', () => {
    fc.assert(
      fc.property(anyInstant, at => {
        const reachable = [at - TWIN_WINDOW_MS, at, at + TWIN_WINDOW_MS].map(startOfHour)
        assert.deepEqual(touchedHours(at), [...new Set(reachable)])
      }),
    )
  })

  it('counts a distance of exactly ten minutes as within, on both sides of a border', () => {
    const border = Date.UTC(2026, 10, 24, 10)
    assert.deepEqual(touchedHours(border), [border - HOUR_MS, border])
    assert.deepEqual(touchedHours(border - TWIN_WINDOW_MS), [border - HOUR_MS, border])
    assert.deepEqual(touchedHours(border - TWIN_WINDOW_MS - 1), [border - HOUR_MS])
    assert.deepEqual(touchedHours(border + TWIN_WINDOW_MS - 1), [border - HOUR_MS, border])
    assert.deepEqual(touchedHours(border + TWIN_WINDOW_MS), [border])
  })

  it('reaches over midnight', () => {
    const midnight = Date.UTC(2027, 0, 1)
    assert.deepEqual(touchedHours(midnight - 1), [midnight - HOUR_MS, midnight])
  })
})

describe('toSpans', () => {
  it('divides the hours among its spans, in order, each hour once', () => {
    fc.assert(
      fc.property(hourStarts, starts => {
        const sorted = [...starts].sort((a, b) => a - b)
        assert.deepEqual(toSpans(starts).flatMap(hoursOf), sorted)
        assert.deepEqual(toSpans([...starts, ...starts]), toSpans(sorted))
      }),
    )
  })

  it('never crosses a UTC day and leaves nothing unjoined that could be joined', () => {
    fc.assert(
      fc.property(hourStarts, starts => {
        const spans = toSpans(starts)
        for (const { from, to } of spans) assert.equal(startOfDay(from), startOfDay(to - 1))
        spans.slice(1).forEach((span, i) => {
          const joinable = spans[i]?.to === span.from && startOfDay(span.from) !== span.from
          assert.ok(!joinable, `${toSqlTime(span.from)} continues the span before it`)
        })
      }),
    )
  })

  it('keeps to the longest span allowed', () => {
    fc.assert(
      fc.property(hourStarts, fc.integer({ min: 1, max: 24 }), (starts, longest) => {
        const spans = toSpans(starts, longest)
        assert.ok(spans.every(({ from, to }) => to - from <= longest * HOUR_MS))
        assert.deepEqual(
          spans.flatMap(hoursOf),
          [...starts].sort((a, b) => a - b),
        )
      }),
    )
  })
})

describe("ClickHouse's times", () => {
  it('are read as they were written', () => {
    fc.assert(fc.property(anyInstant, ms => assert.equal(fromSqlTime(toSqlTime(ms)), ms)))
  })

  it('are UTC, with or without fractions; microseconds are cut, not rounded', () => {
    const second = Date.UTC(2026, 10, 24, 10, 0, 1)
    assert.equal(fromSqlTime('2026-11-24 10:00:01'), second)
    assert.equal(fromSqlTime('2026-11-24 10:00:01.999999'), second + 999)
    assert.equal(toSqlTime(second + 7), '2026-11-24 10:00:01.007')
  })
})
