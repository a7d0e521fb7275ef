import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { roundParts } from '#core/explain/round-parts.ts'
import { shapley } from '#core/explain/shapley.ts'

test('two members that need each other share what they make', () => {
  assert.deepEqual(shapley(2, [0n, 0n, 0n, 10n]), [10n, 10n])
  assert.deepEqual(shapley(2, [1n, 4n, 1n, 4n]), [6n, 0n])
})

test('parts add up to the whole, times the factorial', () => {
  const values = fc.array(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), {
    minLength: 64,
    maxLength: 64,
  })
  fc.assert(
    fc.property(values, value => {
      const total = shapley(6, value).reduce((sum, part) => sum + part, 0n)
      assert.equal(total, 720n * ((value[63] ?? 0n) - (value[0] ?? 0n)))
    }),
  )
})

test('what rounding leaves over goes to the parts that lost most; exact ones stay', () => {
  assert.deepEqual(roundParts(10n, [33n, 33n, 34n], 10n), [3n, 3n, 4n])
  assert.deepEqual(roundParts(2n, [15n, 0n, 5n], 10n), [2n, 0n, 0n])
  assert.deepEqual(roundParts(-2n, [-15n, 0n, -5n], 10n), [-2n, 0n, 0n])
  assert.deepEqual(roundParts(0n, [-15n, 15n], 10n), [-1n, 1n])
})
