import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decompose } from '#core/explain/decompose.ts'
import { ONE } from '#core/money-fraction.ts'
import { createZone } from '#core/zones.ts'
import { carriedWords } from '../../services/api/explain/carried-words.ts'
import type { Carrier, Carriers } from '../../services/api/explain/carriers.ts'
import { daysOf } from '../../services/api/explain/days.ts'
import { readExplainQuery } from '../../services/api/explain/question.ts'
import { partWords, summaryOf } from '../../services/api/explain/summary.ts'
import { type Calls, model } from '../core/explain/worlds.ts'

/** A value, its cost before and now, in cents. */
type Row = readonly [value: string | number, before: number, now: number]

const CENT = 10_000_000_000

const listOf = (rows: readonly Row[]): Carrier[] =>
  rows.map(([value, before, now]) => ({
    value: typeof value === 'string' ? value : { others: value },
    baseline: BigInt(before * CENT),
    cost: BigInt(now * CENT),
  }))

const NO_LISTS = {
  feature: [],
  model: [],
  user_id: [],
  tenant_id: [],
  prompt_version: [],
  task_type: [],
  release: [],
} satisfies Record<string, Carriers>

const NOW = Date.parse('2026-11-24T10:20:00Z')

const question = (query: Record<string, string | string[]>) =>
  readExplainQuery(query, { now: NOW, defaultZone: 'UTC' })

const unit = (cents: number): Calls => ({ calls: cents, tokens: { uncached: 1 }, prices: { uncached: CENT } })

/** What is said of a list of one dimension, whose sums are all of both periods. */
function said(
  query: Record<string, string | string[]>,
  dimension: keyof typeof NO_LISTS,
  ...rows: readonly Row[]
): string {
  const [before, now] = [1, 2].map(i => rows.reduce((sum, row) => sum + Number(row[i]), 0))
  return carriedWords({
    filters: question(query).filters,
    found: decompose([model('m', unit(now ?? 0), unit(before ?? 0))], ONE),
    carried: { ...NO_LISTS, [dimension]: listOf(rows) },
    modelIsNamed: false,
  }).join(' ')
}

const FEATURE = { feature: 'support-chat' }

test('the release of this week was blamed for what the release of last week had cost', () => {
  const turnover: Row[] = [
    ['ci-bot-1.967.0', 0, 942],
    ['ci-bot-1.966.0', 927, 0],
    ['doc-search-4', 900, 1_000],
  ]
  assert.equal(said({}, 'release', ...turnover), '')
  assert.equal(said({ feature: ['ci-bot', 'doc-search'] }, 'release', ...turnover), '')
  assert.equal(said({ feature: '' }, 'release', ...turnover), '')
  // Within one feature as well: it says who has the spend, and not whose the change is.
  assert.equal(
    said(FEATURE, 'release', ['1.11', 0, 942], ['1.10', 927, 0]),
    'Most of the spend is of release 1.11, which had none in the baseline.',
  )
  assert.equal(said(FEATURE, 'release', ['1.11', 0, 60], ['1.10', 100, 45]), '')
  assert.equal(said(FEATURE, 'release', ['1.10', 100, 10], ['1.11', 5, 70]), '')
})

test('a release that costs more, or stopped, while others go on is still named', () => {
  assert.equal(said(FEATURE, 'release', ['canary', 10, 90], ['1.10', 100, 99]), 'Carried by release canary.')
  assert.equal(
    said({ service: 'api' }, 'release', ['canary', 30, 0], ['1.10', 100, 101]),
    'Carried by release canary.',
  )
  // Among values that are not listed, some may have made room for it.
  assert.equal(said(FEATURE, 'release', ['canary', 10, 90], [3, 100, 99]), '')
})

test('a prompt version was named across features, where every prompt has a v6', () => {
  const rows: Row[] = [
    ['v6', 10, 90],
    ['v5', 100, 100],
  ]
  assert.equal(said({}, 'prompt_version', ...rows), '')
  assert.equal(said({ service: 'api' }, 'prompt_version', ...rows), '')
  assert.equal(said(FEATURE, 'prompt_version', ...rows), 'Carried by prompt version v6.')
  assert.equal(said({ prompt_id: 'greeting' }, 'prompt_version', ...rows), 'Carried by prompt version v6.')
})

test('one release throughout was a release that carries the change', () => {
  assert.equal(said(FEATURE, 'release', ['1.10', 100, 200]), '')
})

const ZERO = { volume: 0n, mix: 0n, input: 0n, output: 0n, cache: 0n, price: 0n, other: 0n, new: 0n }

test('a part larger than the change was said to explain it, without what took it back', () => {
  const usd = (amount: number): bigint => BigInt(amount * 100) * BigInt(CENT)
  const words = (sign: number, volume: number, mix: number, input: number) => {
    const [a, b, c] = [volume, mix, input].map(
      amount => BigInt(Math.round(amount * 100)) * BigInt(CENT * sign),
    )
    const parts = { ...ZERO, volume: a ?? 0n, mix: b ?? 0n, input: c ?? 0n }
    return partWords('volume', {
      change: parts.volume + parts.mix + parts.input,
      baseline: usd(10),
      parts,
      leading: {},
    })
  }
  assert.equal(words(1, 6.97, -4.49, -1.29), 'Volume adds $6.97 and mix takes back $4.49')
  assert.equal(words(-1, 6.97, -1.29, -4.49), 'Volume takes away $6.97 and input adds back $4.49')
  assert.equal(words(1, 6.97, 4.49, -1.29), 'Volume explains $6.97')
  assert.equal(words(-1, 6.97, 0, 0), 'Volume explains -$6.97')
})

const COVERAGE = { calls: 1, priced: 1, unpriced: 0, estimated: 0, inconsistent: 0, without_feature: 0 }

test('a Monday was compared with a Sunday, and nobody said that a week before is fairer', () => {
  const hint = (query: Record<string, string>, now = 200): boolean =>
    summaryOf({
      query: question(query),
      models: [model('m', unit(now), unit(100))],
      found: decompose([model('m', unit(now), unit(100))], ONE),
      carried: NO_LISTS,
      coverage: { current: COVERAGE, baseline: COVERAGE },
      progress: 'done',
      complete: true,
    }).includes('baseline=week compares with the same weekday.')
  const day = (from: string, to: string, tz = 'UTC') => ({ from: `2026-11-${from}`, to: `2026-11-${to}`, tz })
  assert.equal(hint(day('23', '24')), true)
  assert.equal(hint(day('21', '22')), true)
  assert.equal(hint({ ...day('23', '24'), baseline: 'previous' }), false)
  assert.equal(hint({ ...day('23', '24'), baseline: 'week' }), false)
  assert.equal(hint(day('23', '24'), 100), false)
  assert.equal(hint(day('22', '23')), false)
  assert.equal(hint(day('20', '21')), false)
  assert.equal(hint(day('09', '16')), false)
  assert.equal(hint({ from: '2026-11-01', to: '2026-11-24' }), false)
})

test('days were those of UTC where the zone is on another one', () => {
  const auckland = createZone('Pacific/Auckland')
  const utc = createZone('UTC')
  assert.ok(auckland && utc)
  const hour = { from: Date.parse('2026-11-22T12:00:00Z'), to: Date.parse('2026-11-22T13:00:00Z') }
  assert.deepEqual([daysOf(hour, auckland), daysOf(hour, utc)], ['weekdays', 'weekend'])
  const across = { from: Date.parse('2026-11-22T23:00:00Z'), to: Date.parse('2026-11-23T01:00:00Z') }
  assert.equal(daysOf(across, utc), 'both')
  // The end is not included.
  assert.equal(daysOf({ from: across.from, to: Date.parse('2026-11-23T00:00:00Z') }, utc), 'weekend')
})
