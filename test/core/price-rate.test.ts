import assert from 'node:assert/strict'
import { it } from 'node:test'
import { parseRate } from '#core/price-rate.ts'

it('a rate is an amount of USD for a number of things', () => {
  assert.deepEqual(parseRate('5/Mtok'), { usdEach: { n: 1n, d: 200_000n }, unit: 'Mtok' })
  assert.deepEqual(parseRate('0.003625/Mtok')?.usdEach, { n: 29n, d: 8_000_000_000n })
  assert.deepEqual(parseRate('10/K')?.usdEach, { n: 1n, d: 100n })
  assert.deepEqual(parseRate('0.36/hour')?.usdEach, { n: 1n, d: 10_000n })
  assert.deepEqual(parseRate('0.04/each')?.usdEach, { n: 1n, d: 25n })
})

it('a rate without its unit, with another unit or with an exponent is none', () => {
  for (const text of ['5', '5/', '/Mtok', '5/mtok', '5/tok', '-5/Mtok', '5e-6/K', '5/Mtok ', '1e3/K', '']) {
    assert.equal(parseRate(text), undefined, text)
  }
})
