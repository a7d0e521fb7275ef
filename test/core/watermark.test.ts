import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { HOUR_MS, MINUTE_MS } from '#core/hours.ts'
import { completeUntil, firstOpenHour, GRACE_MS, type PartitionState } from '#core/watermark.ts'

const TEN = Date.UTC(2026, 10, 24, 10)

const state = (partition: number, fields: Partial<PartitionState> = {}): PartitionState => ({
  partition,
  consumed: 100,
  end: 100,
  askedAt: TEN,
  lastLogTime: TEN - 5 * MINUTE_MS,
  ...fields,
})

const anyState = (partition: number): fc.Arbitrary<PartitionState> =>
  fc
    .record({
      consumed: fc.nat(20),
      end: fc.nat(20),
      askedAt: fc.integer({ min: 0, max: 1_000 }),
      lastLogTime: fc.integer({ min: 0, max: 1_000 }),
    })
    .map(fields => ({ partition, ...fields }))

const topic = fc.integer({ min: 1, max: 6 }).chain(count =>
  fc.record({
    count: fc.constant(count),
    states: fc.tuple(...Array.from({ length: count }, (_, i) => anyState(i))),
  }),
)

describe('completeUntil', () => {
  it('is the instant before the end offset was asked for, where everything below it is consumed', () => {
    assert.equal(completeUntil(1, [state(0)]), TEN)
    assert.equal(completeUntil(1, [state(0, { consumed: 0, end: 0, lastLogTime: 0 })]), TEN)
  })

  it('is the log time of the last record stored, where more waits', () => {
    assert.equal(completeUntil(1, [state(0, { end: 101 })]), TEN - 5 * MINUTE_MS)
  })

  it('is never, while nobody spoke of a partition or of the topic, or nothing was stored of what waits', () => {
    assert.equal(completeUntil(0, []), 0)
    assert.equal(completeUntil(2, [state(0)]), 0)
    assert.equal(completeUntil(2, [state(0), state(1, { consumed: 0, end: 1, lastLogTime: 0 })]), 0)
  })

  it('does not listen to partitions that the topic does not have', () => {
    assert.equal(completeUntil(1, [state(0), state(7, { end: 500, lastLogTime: 1 })]), TEN)
  })

  it('is no later than what any partition allows, and is what one of them allows', () => {
    fc.assert(
      fc.property(topic, ({ count, states }) => {
        const bounds = states.map(s => (s.consumed >= s.end ? s.askedAt : s.lastLogTime))
        assert.equal(completeUntil(count, states), Math.min(...bounds))
      }),
    )
  })

  it('moves forward when one partition does', () => {
    fc.assert(
      fc.property(topic, fc.nat(5), fc.nat(500), ({ count, states }, which, ms) => {
        const later = states.map(s =>
          s.partition === which % count
            ? { ...s, askedAt: s.askedAt + ms, lastLogTime: s.lastLogTime + ms }
            : s,
        )
        assert.ok(completeUntil(count, later) >= completeUntil(count, states))
      }),
    )
  })
})

describe('an hour', () => {
  it('is complete when the watermark has passed its end by the grace, and not before', () => {
    assert.equal(GRACE_MS, 10 * MINUTE_MS)
    fc.assert(
      fc.property(fc.integer({ min: -3, max: 3 }), fc.integer({ min: 0, max: 3 * HOUR_MS }), (n, ms) => {
        const hour = TEN + n * HOUR_MS
        const watermark = TEN + ms
        assert.equal(hour < firstOpenHour(watermark), watermark >= hour + HOUR_MS + GRACE_MS)
      }),
    )
  })

  it('is open while nothing is known', () => {
    assert.ok(firstOpenHour(0) <= 0)
  })
})
