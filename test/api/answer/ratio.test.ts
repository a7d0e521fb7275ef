import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { numberBy, usdBy } from '../../../services/api/answer/ratio.ts'

describe('ratios', () => {
  it('of money are exact to twelve digits, a tie to the even one', () => {
    assert.equal(usdBy('1', 3n), '0.333333333333')
    assert.equal(usdBy('2', 3n), '0.666666666667')
    assert.equal(usdBy('0.000000000001', 2n), '0')
    assert.equal(usdBy('0.000000000003', 2n), '0.000000000002')
    assert.equal(usdBy('0.000000000005', 2n), '0.000000000002')
    assert.equal(usdBy('12345678901234567890.123456789012', 1n), '12345678901234567890.123456789012')
  })

  it('by nothing are null', () => {
    assert.equal(usdBy('1', 0n), null)
    assert.equal(usdBy('0', 0n), null)
    assert.equal(numberBy(1, 0), null)
    assert.equal(numberBy(0, 0), null)
    assert.equal(numberBy(0, 4), 0)
    assert.equal(numberBy(1, 4), 0.25)
  })
})
