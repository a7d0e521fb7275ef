import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Amounts, addAmounts, type ModelAmounts, NO_AMOUNTS } from '#core/explain/amounts.ts'
import { type Decomposition, decompose, FACTORS, PARTS, type Part } from '#core/explain/decompose.ts'
import { ONE } from '#core/money-fraction.ts'
import { amounts, anyCalls, anyModels, type Calls, model } from './worlds.ts'

const RUNS = { numRuns: 100 }

const sum = ({ parts }: Decomposition): bigint => PARTS.reduce((total, part) => total + parts[part], 0n)

/** The parts that are not 0. */
const named = ({ parts }: Decomposition): Part[] => PARTS.filter(part => parts[part] !== 0n)

const cents = (picos: bigint): number => Math.round(Number(picos / 100_000_000n) / 100)

const callsIn = (models: readonly ModelAmounts[], side: 'current' | 'baseline'): bigint =>
  models.reduce((total, each) => total + each[side].calls, 0n)

const swapped = (models: readonly ModelAmounts[]): ModelAmounts[] =>
  models.map(each => ({ ...each, current: each.baseline, baseline: each.current }))

/** 80,000 small calls and 20,000 large ones become 65,000 each; prompts grow, caches are hit less, `large` is cheaper. */
const SMALL = { uncached: 150_000, cacheRead: 75_000, output: 600_000 }
const LARGE = { uncached: 2_500_000, cacheRead: 1_250_000, output: 10_000_000 }
const EXAMPLE = [
  model(
    'small',
    { calls: 65_000, tokens: { uncached: 1_440, cacheRead: 360, output: 300 }, prices: SMALL },
    { calls: 80_000, tokens: { uncached: 900, cacheRead: 600, output: 300 }, prices: SMALL },
  ),
  model(
    'large',
    {
      calls: 65_000,
      tokens: { uncached: 2_080, cacheRead: 520, output: 520 },
      prices: { uncached: 2_250_000, cacheRead: 1_125_000, output: 9_000_000 },
    },
    { calls: 20_000, tokens: { uncached: 1_200, cacheRead: 800, output: 350 }, prices: LARGE },
  ),
]

test('the worked example: $178.80 to $673.92 is volume, mix, longer prompts and answers, fewer cache hits, a lower price', () => {
  const found = decompose(EXAMPLE, ONE)
  assert.equal(cents(found.baseline), 178_80)
  assert.equal(found.change, 495_120_000_000_000n)
  assert.deepEqual(
    FACTORS.map(factor => cents(found.parts[factor])),
    [101_37, 290_45, 52_49, 65_58, 24_49, -39_26],
  )
  assert.equal(sum(found), found.change)
  assert.equal(found.leading.mix?.model, 'large')
})

test('the leading model of a factor was one that pushed against it', () => {
  fc.assert(
    fc.property(anyModels(), models => {
      const { leading, parts } = decompose(models, ONE)
      const { output } = leading
      fc.pre(output !== undefined && output.current.calls > 0n && output.baseline.calls > 0n)
      const { current, baseline } = output
      const grew = current.tokens.output * baseline.calls - baseline.tokens.output * current.calls
      assert.ok(grew * parts.output > 0n || parts.output === 0n)
    }),
    RUNS,
  )
})

test('all traffic moves to a dear model and doubles: volume gets its share, though one model has no calls on each side', () => {
  const tokens = { uncached: 1_000, output: 0 }
  const found = decompose(
    [
      model('small', undefined, { calls: 320_000, tokens, prices: { uncached: 150_000 } }),
      model('large', { calls: 640_000, tokens, prices: { uncached: 2_500_000 } }),
    ],
    ONE,
  )
  assert.equal(cents(found.baseline), 48_00)
  assert.deepEqual([cents(found.parts.volume), cents(found.parts.mix)], [424_00, 1_128_00])
  assert.deepEqual(named(found), ['volume', 'mix'])
})

test('parts add up to the change exactly, in any world and with any scale', () => {
  const scale = fc.record({ n: fc.integer({ min: 1, max: 999 }), d: fc.integer({ min: 1, max: 999 }) })
  fc.assert(
    fc.property(anyModels(10 ** 12), scale, (models, { n, d }) => {
      const found = decompose(models, { n: BigInt(n), d: BigInt(d) })
      const total = models.reduce((all, { current }) => all + current.total, 0n)
      assert.equal(found.change, total - found.baseline)
      assert.equal(sum(found), found.change)
    }),
    RUNS,
  )
})

test('more calls of the same kind are volume and nothing else', () => {
  const times = fc.integer({ min: 2, max: 50 })
  fc.assert(
    fc.property(fc.array(anyCalls(), { minLength: 1, maxLength: 5 }), times, (all, factor) => {
      fc.pre(all.some(({ calls }) => calls > 0))
      const models = all.map((calls, i) => model(`m${i}`, { ...calls, calls: calls.calls * factor }, calls))
      const found = decompose(models, ONE)
      assert.equal(found.parts.volume, found.change)
    }),
    RUNS,
  )
})

test('each factor alone is found alone', () => {
  const base: Calls = {
    calls: 1_000,
    tokens: { uncached: 300, cacheRead: 100, cacheWrite: 100, output: 70 },
    prices: { uncached: 10, cacheRead: 1, cacheWrite: 12, output: 40 },
  }
  const changed: readonly (readonly [Part, Partial<Calls>])[] = [
    ['input', { tokens: { uncached: 600, cacheRead: 200, cacheWrite: 200, output: 70 } }],
    ['output', { tokens: { ...base.tokens, output: 140 } }],
    ['cache', { tokens: { ...base.tokens, uncached: 200, cacheRead: 200 } }],
    ['cache', { tokens: { ...base.tokens, cacheWrite: 200, cacheRead: 0 } }],
    ['price', { prices: { ...base.prices, output: 41 } }],
    ['other', { units: 5 }],
  ]
  for (const [part, now] of changed) {
    const found = decompose([model('a', { ...base, ...now }, base), model('b', base, base)], ONE)
    assert.deepEqual(named(found), [part])
  }
  const dear = { ...base, prices: { uncached: 100, output: 400 } }
  const moved = decompose(
    [model('a', { ...base, calls: 400 }, base), model('b', { ...dear, calls: 1_600 }, dear)],
    ONE,
  )
  assert.deepEqual(named(moved), ['mix'])
})

test('new prices are price and nothing else', () => {
  const world = fc.array(fc.tuple(anyCalls(), anyCalls()), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(world, pairs => {
      fc.pre(pairs.some(([{ calls }]) => calls > 0))
      const models = pairs.map(([calls, { prices }], i) => model(`m${i}`, { ...calls, prices }, calls))
      const found = decompose(models, ONE)
      assert.equal(found.parts.price, found.change)
    }),
    RUNS,
  )
})

test('swapping the periods turns every part', () => {
  fc.assert(
    fc.property(anyModels(10 ** 6), models => {
      fc.pre(callsIn(models, 'current') > 0n && callsIn(models, 'baseline') > 0n)
      const [there, back] = [decompose(models, ONE), decompose(swapped(models), ONE)]
      for (const part of PARTS) assert.equal(back.parts[part], -there.parts[part], part)
    }),
    RUNS,
  )
})

test('the order of models does not matter', () => {
  fc.assert(
    fc.property(anyModels(), models => {
      assert.deepEqual(decompose(models.toReversed(), ONE).parts, decompose(models, ONE).parts)
    }),
    RUNS,
  )
})

test('a scaled baseline is as good as one that was that small', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyCalls(), anyCalls()), { minLength: 1, maxLength: 4 }), pairs => {
      const four = pairs.map(([now, then], i) => model(`m${i}`, now, { ...then, calls: then.calls * 4 }))
      const one = pairs.map(([now, then], i) => model(`m${i}`, now, then))
      assert.deepEqual(decompose(four, { n: 1n, d: 4n }).parts, decompose(one, ONE).parts)
    }),
    RUNS,
  )
})

test('spend without a baseline is new, and calls that fell to none are volume', () => {
  const calls = { calls: 10, tokens: { uncached: 5 }, prices: { uncached: 7 } }
  assert.deepEqual(named(decompose([model('a', calls)], ONE)), ['new'])
  const ended = decompose([model('a', undefined, calls)], ONE)
  assert.deepEqual([named(ended), ended.change], [['volume'], -350n])
  assert.deepEqual(named(decompose([model('a')], ONE)), [])
  assert.deepEqual(named(decompose([], ONE)), [])
})

test('a model that comes in is no change of price, of caching or of tokens when it works like the others', () => {
  const tokens = { uncached: 60, cacheRead: 40, output: 10 }
  const a = { calls: 100, tokens, prices: { uncached: 10, cacheRead: 1, output: 30 } }
  const b = { calls: 100, tokens, prices: { uncached: 99, cacheRead: 9, output: 300 } }
  assert.deepEqual(
    named(decompose([model('a', { ...a, calls: 50 }, a), model('b', { ...b, calls: 50 })], ONE)),
    ['mix'],
  )
})

test('an amount beside no tokens is no price per token: it is other', () => {
  const calls = amounts({ calls: 10, tokens: { uncached: 5 }, prices: { uncached: 7 } })
  const odd: Amounts = { ...calls, cost: { ...calls.cost, cacheRead: 11n }, total: calls.total + 11n }
  const found = decompose([{ provider: 'p', model: 'a', current: odd, baseline: calls }], ONE)
  assert.deepEqual([named(found), found.change], [['other'], 11n])
})

test('sums of models that make no calls change nothing', () => {
  const all = EXAMPLE.map(({ current }) => current).reduce(addAmounts, NO_AMOUNTS)
  assert.equal(all.calls, 130_000n)
  assert.deepEqual(decompose([...EXAMPLE, model('idle')], ONE).parts, decompose(EXAMPLE, ONE).parts)
})
