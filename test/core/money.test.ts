import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { apportion, COST_LIMIT, formatPicos, parsePicos, parseUnits, roundHalfEven } from '#core/money.ts'

const amount = fc.bigInt({ min: 0n, max: COST_LIMIT })

/** Half-even by its definition, with decimal digits instead of remainders. */
function naiveRound(n: bigint, d: bigint): bigint {
  const below = n / d
  const above = below + 1n
  const toBelow = n - below * d
  const toAbove = above * d - n
  if (toBelow === toAbove) return below % 2n === 0n ? below : above
  return toBelow < toAbove ? below : above
}

describe('rounding', () => {
  it('goes to the even neighbour at exactly one half, and only there', () => {
    assert.equal(roundHalfEven(1n, 2n), 0n)
    assert.equal(roundHalfEven(3n, 2n), 2n)
    assert.equal(roundHalfEven(5n, 2n), 2n)
    assert.equal(roundHalfEven(5000000000000000001n, 2000000000000000000n), 3n)
  })

  it('is what the definition says for any fraction', () => {
    const positive = fc.bigInt({ min: 1n, max: 10n ** 9n })
    fc.assert(fc.property(amount, positive, (n, d) => roundHalfEven(n, d) === naiveRound(n, d)))
  })
})

describe('amounts as text', () => {
  it('have no trailing zeros and no exponent', () => {
    assert.equal(formatPicos(12_345n), '0.000000012345')
    assert.equal(formatPicos(1_500_000_000_000n), '1.5')
    assert.equal(formatPicos(0n), '0')
    assert.equal(formatPicos(12_000_000_000_000n), '12')
  })

  it('come back as they went', () => {
    fc.assert(fc.property(amount, picos => parsePicos(formatPicos(picos)) === picos))
  })

  it('are rounded half-even to 1e-12 when read', () => {
    assert.equal(parsePicos('0.0000000000125'), 12n)
    assert.equal(parsePicos('0.0000000000135'), 14n)
    assert.equal(parsePicos('-1'), undefined)
    assert.equal(parsePicos('free'), undefined)
  })

  it('of units throw where there is no quantity', () => {
    assert.equal(parseUnits('2.5'), 2_500_000_000_000n)
    assert.throws(() => parseUnits('two'), RangeError)
  })
})

describe('shares', () => {
  it('sum to the total, each at most one away from its exact amount, remainder to the largest', () => {
    const parts = fc.array(fc.bigInt({ min: 0n, max: 10n ** 15n }), { minLength: 1, maxLength: 6 })
    const denominator = fc.bigInt({ min: 1n, max: 10n ** 6n })
    fc.assert(
      fc.property(parts, denominator, (exact, d) => {
        const total = roundHalfEven(
          exact.reduce((sum, part) => sum + part, 0n),
          d,
        )
        const shares = apportion(total, exact, d)
        assert.equal(
          shares.reduce((sum, share) => sum + share, 0n),
          total,
        )
        const descending = exact.toSorted((a, b) => Number(b - a))
        const largest = exact.indexOf(descending[0] ?? 0n)
        shares.forEach((share, i) => {
          if (i !== largest) assert.equal(share, (exact[i] ?? 0n) / d)
        })
      }),
    )
  })

  it('give the remainder of equals to the first', () => {
    assert.deepEqual(apportion(2n, [2n, 2n, 2n], 3n), [2n, 0n, 0n])
  })
})
