import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { HOUR_MS, MINUTE_MS } from '#core/hours.ts'
import { completeUntil, firstOpenHour, GRACE_MS, type PartitionState } from '#core/watermark.ts'

const TEN = Date.UTC(2026, 10, 24, 10)

const state = (partition: number, storedUntil = TEN): PartitionState => ({ partition, storedUntil })

const topic = fc.integer({ min: 1, max: 6 }).chain(count =>
  fc.record({
    count: fc.constant(count),
    states: fc.tuple(
      ...Array.from({ length: count }, (_, i) =>
        fc.integer({ min: 0, max: 1_000 }).map(storedUntil => state(i, storedUntil)),
      ),
    ),
  }),
)

describe('completeUntil', () => {
  it('is never, while nobody spoke of a partition or of the topic, or nothing is known of one', () => {
    assert.equal(completeUntil(0, []), 0)
    assert.equal(completeUntil(2, [state(0)]), 0)
    assert.equal(completeUntil(2, [state(0), state(1, 0)]), 0)
  })

  it('does not listen to partitions that the topic does not have', () => {
    assert.equal(completeUntil(1, [state(0), state(7, 1)]), TEN)
  })

  it('is no later than what any partition allows, and is what one of them allows', () => {
    fc.assert(
      fc.property(topic, ({ count, states }) => {
        assert.equal(completeUntil(count, states), Math.min(...states.map(s => s.storedUntil)))
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
