import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  type ContiguousPrefix,
  committable,
  dealtWith,
  delivered,
  prefixFrom,
} from '#core/contiguous-prefix.ts'

const deliver = (start: number, ...batches: [number, number][]): ContiguousPrefix =>
  batches.reduce((prefix, [first, last]) => delivered(prefix, first, last), prefixFrom(start))

describe('the contiguous prefix', () => {
  it('begins where reading begins', () => {
    assert.equal(committable(prefixFrom(7)), 7)
  })

  it('does not move for what is delivered and open', () => {
    assert.equal(committable(deliver(5, [5, 9])), 5)
  })

  it('moves past batches that finish in order', () => {
    const prefix = dealtWith(deliver(0, [0, 4], [5, 9]), 0, 4)
    assert.equal(committable(prefix), 5)
    assert.equal(committable(dealtWith(prefix, 5, 9)), 10)
  })

  it('is held back by a gap until the gap is closed', () => {
    const prefix = dealtWith(deliver(0, [0, 2], [3, 5], [6, 8]), 6, 8)
    assert.equal(committable(prefix), 0)
    assert.equal(committable(dealtWith(prefix, 0, 2)), 3)
    assert.equal(committable(dealtWith(dealtWith(prefix, 0, 2), 3, 5)), 9)
  })

  it('takes parts of a batch, and ranges over several', () => {
    const prefix = dealtWith(deliver(0, [0, 4], [5, 9]), 3, 6)
    assert.equal(committable(dealtWith(prefix, 0, 2)), 7)
  })

  it('is not held back by offsets that the log never had', () => {
    const prefix = dealtWith(deliver(0, [3, 4], [9, 9]), 3, 4)
    assert.equal(committable(prefix), 9)
    assert.equal(committable(dealtWith(prefix, 9, 9)), 10)
  })

  it('does not move for what was not delivered', () => {
    assert.equal(committable(dealtWith(deliver(0, [0, 4]), 5, 100)), 0)
    assert.equal(committable(dealtWith(prefixFrom(3), 0, 100)), 3)
  })

  it('refuses a batch that does not lie behind the ones before', () => {
    assert.throws(() => deliver(0, [0, 4], [4, 6]), RangeError)
    assert.throws(() => deliver(5, [4, 6]), RangeError)
    assert.throws(() => deliver(0, [3, 2]), RangeError)
  })

  it('is always the first delivered offset that is not dealt with', () => {
    const steps = fc.array(
      fc.record({
        kind: fc.constantFrom('deliver', 'settle'),
        gap: fc.nat(3),
        size: fc.integer({ min: 1, max: 5 }),
        at: fc.nat(60),
      }),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(fc.nat(10), steps, (start, plan) => {
        let prefix = prefixFrom(start)
        let end = start
        const open = new Set<number>()
        for (const { kind, gap, size, at } of plan) {
          const first = kind === 'deliver' ? end + gap : at
          const last = first + size - 1
          const offsets = Array.from({ length: size }, (_, i) => first + i)
          if (kind === 'deliver') {
            prefix = delivered(prefix, first, last)
            for (const offset of offsets) open.add(offset)
            end = last + 1
          } else {
            prefix = dealtWith(prefix, first, last)
            for (const offset of offsets) open.delete(offset)
          }
          assert.equal(committable(prefix), open.size > 0 ? Math.min(...open) : end)
        }
      }),
    )
  })
})
