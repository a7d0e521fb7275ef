import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  change,
  count,
  counted,
  isGreater,
  perCall,
  share,
  steps,
  sum,
  usd,
} from '../../services/cli/figures.ts'

test('amounts from a dollar on show cents, smaller ones three significant digits', () => {
  const shown = {
    '0': '$0.00',
    '0.000000000001': '$0.000000000001',
    '0.000123456': '$0.000123',
    '0.0399': '$0.0399',
    '0.5': '$0.500',
    '1': '$1.00',
    '12.345': '$12.34',
    '12.355': '$12.36',
    '999.999': '$1,000.00',
    '1234567.891': '$1,234,567.89',
    '-0.25': '$0.250',
    '-12.5': '$12.50',
  }
  for (const [amount, text] of Object.entries(shown)) {
    assert.equal(usd(amount), amount.startsWith('-') ? `-${text}` : text, amount)
  }
})

test('what is no amount stays as it is', () => {
  for (const text of ['', 'n/a', '1e5']) assert.equal(usd(text), text)
})

test('digits that a float would lose are shown', () => {
  assert.equal(usd('90071992547409931.11'), '$90,071,992,547,409,931.11')
})

test('counts are grouped, and one is singular', () => {
  assert.equal(counted(1, 'hour'), '1 hour')
  assert.equal(counted(1_000n, 'hour'), '1,000 hours')
  assert.equal(count(0), '0')
  assert.equal(count(999), '999')
  assert.equal(count('1234567'), '1,234,567')
})

test('shares and changes have one decimal', () => {
  assert.equal(share('1', '3'), '33.3%')
  assert.equal(share('0', '3'), '0.0%')
  assert.equal(share('1', '0'), '')
  assert.equal(change('3', '2'), '+50.0%')
  assert.equal(change('2', '3'), '-33.3%')
  assert.equal(change('2', '2'), '+0.0%')
  assert.equal(change('0', '2'), '-100.0%')
  assert.equal(change('2', '0'), 'new')
  assert.equal(change('0', '0'), '')
})

test('a change never shows a sign before nothing', () => {
  assert.equal(change('9999999', '10000000'), '0.0%')
})

test('cost per call is rounded half to even', () => {
  assert.equal(perCall('1', 3n), '0.333333333333')
  assert.equal(perCall('0.000000000003', 2n), '0.000000000002')
  assert.equal(perCall('1', 0n), undefined)
})

test('a sum keeps every digit', () => {
  assert.equal(sum(['0.000000000001', '2', '-0.5']), '1.500000000001')
  assert.equal(sum([]), '0.000000000000')
})

test('a bar takes its part of the longest', () => {
  assert.equal(steps('10', '10', 40), 40)
  assert.equal(steps('5', '10', 40), 20)
  assert.equal(steps('0', '10', 40), 0)
  assert.equal(steps('1', '0', 40), 0)
})

test('amounts compare as numbers, not as texts', () => {
  fc.assert(
    fc.property(fc.nat(1e9), fc.nat(1e9), (a, b) => {
      assert.equal(isGreater(`${a}.5`, `${b}.5`), a > b)
    }),
  )
})
