import assert from 'node:assert/strict'
import { it } from 'node:test'
import { addDecimals, decimalText, shift } from '#core/decimal-text.ts'

it('numbers become the text that they were written as, without an exponent', () => {
  const texts: readonly (readonly [unknown, string | undefined])[] = [
    [0.0360795, '0.0360795'],
    [0, '0'],
    [1.2e-7, '0.00000012'],
    [1e-7, '0.0000001'],
    [1e21, '1000000000000000000000'],
    ['1E-7', '0.0000001'],
    ['0.5', '0.5'],
    [-1, undefined],
    ['-1', undefined],
    ['1,5', undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [null, undefined],
    [{}, undefined],
  ]
  for (const [value, text] of texts) assert.equal(decimalText(value), text)
})

it('sums are exact, where floats are not', () => {
  assert.equal(addDecimals('0.1', '0.2'), '0.3')
  assert.equal(addDecimals('0', '0.0360795'), '0.0360795')
  assert.equal(addDecimals('2', '3'), '5')
})

it('ticks are shifted, not divided', () => {
  assert.equal(shift('2709000', -10), '0.0002709')
  assert.equal(shift('1', -10), '0.0000000001')
  assert.equal(shift('0', -10), '0')
  assert.equal(shift('20000000000', -10), '2')
})
