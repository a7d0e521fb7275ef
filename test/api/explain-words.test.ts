import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ModelAmounts } from '#core/explain/amounts.ts'
import { decompose } from '#core/explain/decompose.ts'
import { ONE } from '#core/money-fraction.ts'
import { carriersOf } from '../../services/api/explain/carriers.ts'
import { causeWords, mainCause } from '../../services/api/explain/causes.ts'
import { progressOf } from '../../services/api/explain/summary.ts'
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

/** What is said about the main cause of a change between two worlds. */
function saidOf(models: readonly ModelAmounts[]) {
  const found = decompose(models, ONE)
  const cause = mainCause(found)
  return cause && causeWords(cause, { models, scale: ONE, found, hasUnpriced: false })
}

const SIMPLE: Calls = {
  calls: 100,
  tokens: { uncached: 100, output: 100 },
  prices: { uncached: 1, output: 1 },
}

test('a fall of answers was told of the one model whose answers grew, since its part was the largest', () => {
  const longer = (output: number): Partial<Calls> => ({ tokens: { uncached: 100, output } })
  const models = [
    model('grown', { ...SIMPLE, ...longer(150) }, SIMPLE),
    model('first', { ...SIMPLE, ...longer(60) }, SIMPLE),
    model('second', { ...SIMPLE, ...longer(60) }, SIMPLE),
  ]
  assert.equal(saidOf(models), 'answers of first went from 100 to 60 tokens a call')
})

test('a dearer mix was told of a cheap model that gained most calls', () => {
  const dear: Calls = { ...SIMPLE, prices: { uncached: 90, output: 90 } }
  const models = [
    model('cheap', { ...SIMPLE, calls: 50 }, { ...SIMPLE, calls: 20 }),
    model('plain', { ...SIMPLE, calls: 30 }, { ...SIMPLE, calls: 70 }),
    model('dear', { ...dear, calls: 20 }, { ...dear, calls: 10 }),
  ]
  assert.equal(saidOf(models), 'dear took calls of plain (10 % to 20 % of calls)')
  const back = models.map(each => ({ ...each, current: each.baseline, baseline: each.current }))
  assert.equal(saidOf(back), 'plain took calls of dear (30 % to 70 % of calls)')
})

test('caching that costs more was told of a model that hit its cache more often', () => {
  const prices = { uncached: 10, cacheRead: 1, cacheWrite: 100 }
  const before: Calls = { calls: 10, tokens: { uncached: 100 }, prices }
  const now: Calls = { calls: 10, tokens: { uncached: 40, cacheRead: 10, cacheWrite: 50 }, prices }
  assert.equal(saidOf([model('m', now, before)]), 'caching saves less than before')
})

test('one model took calls of itself where two providers have it', () => {
  const dear: Calls = { ...SIMPLE, prices: { uncached: 9, output: 9 } }
  const models = [
    { ...model('gpt', { ...SIMPLE, calls: 20 }, { ...SIMPLE, calls: 80 }), provider: 'openai' },
    { ...model('gpt', { ...dear, calls: 80 }, { ...dear, calls: 20 }), provider: 'azure' },
  ]
  assert.equal(saidOf(models), 'gpt of azure took calls of gpt of openai (20 % to 80 % of calls)')
})

test('a window was called whole while it runs, or while events of it are on their way', () => {
  const progress = (freshUntil: number | null, now: number) =>
    progressOf({ from: 0, to: 1_000 }, { freshUntil, now })
  assert.deepEqual(
    [
      progress(null, 999),
      progress(990, 999),
      progress(999, 1_001),
      progress(1_000, 1_001),
      progress(null, 1_000),
    ],
    ['running', 'running', 'arriving', 'done', 'done'],
  )
})

test('percents of explain were cut off where those of costs are rounded', () => {
  assert.deepEqual(
    [percentOf(2n, 3n), percentOf(-2n, 3n), percentOf(2n, -3n), percentOf(-2n, -3n)],
    [66.67, -66.67, -66.67, 66.67],
  )
  assert.deepEqual([shareOf(2n, 3n), shareOf(-2n, 3n), shareOf(0n, -3n)], [0.6667, -0.6667, 0])
  // Ties go to the even digit, on both sides of zero.
  assert.deepEqual(
    [percentOf(5n, 100_000n), percentOf(15n, 100_000n), percentOf(-15n, 100_000n)],
    [0, 0.02, -0.02],
  )
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
