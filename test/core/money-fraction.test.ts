import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatFraction, gcd, lcm, multiply, parseDecimal, parseFraction } from '#core/money-fraction.ts'

describe('decimals', () => {
  it('are read exactly, in lowest terms', () => {
    assert.deepEqual(parseDecimal('0.003625'), { n: 29n, d: 8000n })
    assert.deepEqual(parseDecimal('12'), { n: 12n, d: 1n })
    assert.deepEqual(parseDecimal('2.50'), { n: 5n, d: 2n })
    assert.deepEqual(parseDecimal('0'), { n: 0n, d: 1n })
  })

  it('are read as JavaScript prints small and large numbers', () => {
    assert.deepEqual(parseDecimal(String(1e-7)), { n: 1n, d: 10_000_000n })
    assert.deepEqual(parseDecimal(String(1.5e21)), { n: 15n * 10n ** 20n, d: 1n })
  })

  it('are nothing else', () => {
    for (const text of [
      '',
      '-1',
      '+1',
      '1.',
      '.5',
      '1,5',
      '0x1',
      'NaN',
      'Infinity',
      '1e400',
      '1 ',
      '1'.repeat(31),
    ]) {
      assert.equal(parseDecimal(text), undefined, text)
    }
  })
})

describe('multipliers', () => {
  it('are integers or ratios, not decimals', () => {
    assert.deepEqual(parseFraction('22/20'), { n: 11n, d: 10n })
    assert.deepEqual(parseFraction('2'), { n: 2n, d: 1n })
    assert.deepEqual(parseFraction('0'), { n: 0n, d: 1n })
    for (const text of ['1.1', '1/0', '-1', '', '1/', '/2', '1/2/3']) {
      assert.equal(parseFraction(text), undefined, text)
    }
  })

  it('multiply exactly and print as they are written', () => {
    const product = multiply({ n: 1n, d: 2n }, { n: 11n, d: 10n })
    assert.equal(formatFraction(product), '11/20')
    assert.equal(formatFraction(multiply(product, { n: 20n, d: 11n })), '1')
  })
})

it('gcd and lcm keep their law: gcd x lcm = product', () => {
  const positive = fc.bigInt({ min: 1n, max: 10n ** 20n })
  fc.assert(fc.property(positive, positive, (a, b) => gcd(a, b) * lcm(a, b) === a * b))
})
