import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decompose } from '#core/explain/decompose.ts'
import { ONE } from '#core/money-fraction.ts'
import { carriersOf } from '../../services/api/explain/carriers.ts'
import { causeWords, mainCause } from '../../services/api/explain/causes.ts'
import { percentOf, shareOf } from '../../services/api/explain/values.ts'
import { signedPercent, usd, valueText } from '../../services/api/explain/words.ts'
import { type Calls, model } from '../core/explain/worlds.ts'

const BASE: Calls = {
  calls: 1_000,
  tokens: { uncached: 300, cacheRead: 100, output: 70 },
  prices: { uncached: 10, cacheRead: 1, output: 40 },
}

function said(now: Partial<Calls>, before: Calls = BASE) {
  const models = [model('m', { ...before, ...now }, before)]
  const found = decompose(models, ONE)
  const cause = mainCause(found)
  return cause && [cause, causeWords(cause, { models, scale: ONE, found, hasUnpriced: false })]
}

test('each cause says what happened to the model that has most to do with it', () => {
  assert.deepEqual(said({ calls: 2_500 }), ['volume', 'calls went from 1,000 to 2,500'])
  assert.deepEqual(said({ tokens: { uncached: 600, cacheRead: 200, output: 70 } }), [
    'input',
    'prompts of m went from 400 to 800 tokens a call',
  ])
  assert.deepEqual(said({ tokens: { ...BASE.tokens, output: 7 } }), [
    'output',
    'answers of m went from 70 to 7 tokens a call',
  ])
  assert.deepEqual(said({ tokens: { ...BASE.tokens, uncached: 400, cacheRead: 0 } }), [
    'cache',
    'cache hits of m went from 25 % to 0 % of input tokens',
  ])
  assert.deepEqual(said({ prices: { uncached: 5, cacheRead: 1, output: 20 } }), [
    'price',
    'less is paid for tokens of m (49 %)',
  ])
  assert.deepEqual(said({ units: 9 }), ['other', 'it is not priced by tokens'])
  assert.equal(said({}), undefined)
})

test('a cause pushes in the direction of the change', () => {
  const models = [
    model('m', { ...BASE, calls: 500, prices: { uncached: 11, cacheRead: 1, output: 44 } }, BASE),
  ]
  assert.equal(mainCause(decompose(models, ONE)), 'volume')
})

test('amounts have cents from a dollar on and three digits below', () => {
  assert.deepEqual([0n, 1n, 12_345_678n, 1_005_000_000_000n, -1_234_567_890_000_000_000n].map(usd), [
    '$0.00',
    '$0.000000000001',
    '$0.0000123',
    '$1.00',
    '-$1,234,567.89',
  ])
})

test('percents are whole from ten on, and there is none of nothing', () => {
  assert.deepEqual(
    [signedPercent(277n, 100n), signedPercent(-34n, 1_000n), signedPercent(1n, 0n)],
    ['+277 %', '-3.4 %', ''],
  )
  assert.deepEqual(
    [percentOf(-1n, 3n), shareOf(1n, 3n), percentOf(1n, 0n), shareOf(1n, 0n)],
    [-33.33, 0.3333, null, null],
  )
})

test('a value that names nothing, or goes on and on, fits into a sentence', () => {
  assert.equal(valueText(''), '(none)')
  assert.equal(valueText('x'.repeat(100)).length, 61)
})

test('a list adds up when rows arrive between its statement and the total, and when a scale does not divide', () => {
  const row = (value: string, now: string, before: string) => ({
    value,
    current_cost_usd: now,
    baseline_cost_usd: before,
    values: '2',
  })
  const rows = [row('a', '1', '0.000000000001'), row('b', '2', '0.000000000001')]
  const whole = { cost: 3_000_000_000_007n, before: 2n, baseline: 1n }
  const list = carriersOf(rows, whole, { n: 1n, d: 3n })
  assert.equal(list.length, 3)
  assert.deepEqual(list[2], { value: { others: 0 }, cost: 7n, baseline: 0n })
  assert.equal(
    list.reduce((sum, { cost }) => sum + cost, 0n),
    whole.cost,
  )
  assert.equal(
    list.reduce((sum, { baseline }) => sum + baseline, 0n),
    whole.baseline,
  )
})
