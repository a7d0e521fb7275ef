// v_prices says what pricing does, and v_focus loses no cent: two views that are computed in SQL and could drift from the code
// without anybody noticing.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { compileBook, type RateSheet, type Rule } from '#core/price-book.ts'
import type { PriceBookJson } from '#core/price-book-json.ts'
import { compileRule } from '#core/price-rule-compile.ts'
import { startEngine } from '../support/engine.ts'

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')
const reader = engine.warehouse('reader')

let sequence = 0

async function register(hash: string, book: unknown): Promise<void> {
  sequence += 1
  await writer.insertObjects('price_books', [{ hash, json: JSON.stringify(book) }])
  await writer.insertObjects('price_book_versions', [
    { sequence, book_hash: hash, overlay_hash: '', normaliser_version: 1, effective_hash: hash },
  ])
}

/** What a compiled book says, in the order of texts: rule, variant, tier, name, picodollars cut to 18 digits of USD. */
function compiledRates(json: PriceBookJson): string[] {
  const ofSheet = (rule: Rule, place: string, { tokens, units }: RateSheet): string[] =>
    [...Object.entries(tokens), ...units].map(([name, rate]) => {
      const each = (rate.numerator * 1_000_000n) / rule.denominator
      return `${rule.id} ${place} ${name} ${each} ${rate.text}`
    })
  return json.rules
    .map(rule => compileRule(rule, json.bucket_fallback))
    .flatMap(rule =>
      rule.variants.flatMap(variant => [
        ...ofSheet(rule, `${variant.id} -`, variant.sheet),
        ...variant.tiers.flatMap(tier => ofSheet(rule, `${variant.id} ${tier.above}`, tier.sheet)),
      ]),
    )
    .toSorted()
}

async function shownRates(): Promise<string[]> {
  const rows = await reader.query<{ rate: string }>(
    `SELECT concat(price_rule_id, ' ', variant, ' ', ifNull(toString(above_input_tokens), '-'), ' ', component, ' ',
  toString(toInt128(usd_each * 1000000000000000000)), ' ', rate) AS rate FROM v_prices`,
  )
  return rows.map(({ rate }) => rate).toSorted()
}

/** Every way in which a book can say a rate. */
const BOOK = {
  $schema: 'price-book/v1',
  book: { id: 'every', version: '1', currency: 'USD' },
  models: [{ provider: 'openai', id: 'm', match: { exact: ['m'] } }],
  rules: [
    {
      id: 'openai/m',
      provider: 'openai',
      model: 'm',
      effective: { from: '2026-01-01T00:00:00Z', to: '2026-07-01T00:00:00Z' },
      variants: [
        {
          id: 'standard',
          rates: {
            input: '0.003625/Mtok',
            output: '12/Mtok',
            cache_read: 'REFUSE',
            web_search: '10/K',
            page: '0.04/each',
          },
          context_tiers: [
            { metric: 'input_total', gt: 200_000, rates: { input: '2/Mtok' } },
            { metric: 'input_total', gte: 500_000, rates: { input: '3/Mtok', reasoning: '9/Mtok' } },
          ],
        },
        { id: 'fast', when: { speed: ['fast'] }, scale: { of: 'standard', tokens: '7/3' } },
      ],
      multipliers: [{ id: 'batch', when: { batch: true }, tokens: '1/2' }],
      source: { url: 'https://example.com', checked: '2026-05-04' },
    },
    {
      id: 'openai/*/units',
      provider: 'openai',
      model: '*',
      effective: { from: '2026-01-01T00:00:00Z', to: null },
      variants: [{ id: 'standard', rates: { audio_second_in: '0.36/hour' } }],
    },
  ],
  bucket_fallback: {
    reasoning: 'output',
    input_image: 'input',
    cache_read_image: 'cache_read',
    input_video: 'input_image',
    output_image: 'REFUSE',
  },
} as const

describe('v_prices', () => {
  it('has no row before a book is registered', async () => {
    assert.deepEqual(await reader.query('SELECT * FROM v_prices'), [])
  })

  it('has every rate of the shipped book, as pricing has it, and no other', async () => {
    const shipped = new URL('../../schemas/prices/2026-11.json', import.meta.url)
    const json = JSON.parse(readFileSync(shipped, 'utf8')) as PriceBookJson
    await register('shipped', json)
    const expected = compiledRates(json)
    assert.ok(expected.length > 10_000)
    assert.deepEqual(await shownRates(), expected)
  })

  it('has those of the newest book: fallbacks of fallbacks, tiers, scaled variants, units, nothing that is refused', async () => {
    assert.equal(compileBook(BOOK).kind, 'ok')
    await register('every', BOOK)
    const expected = compiledRates(BOOK)
    assert.ok(!expected.some(rate => rate.includes(' cache_read ')))
    assert.deepEqual(await shownRates(), expected)
  })

  it('says from when, under which conditions, by whom and when it was read', async () => {
    const [row] = await reader.query(
      "SELECT * FROM v_prices WHERE variant = 'fast' AND component = 'web_search' AND above_input_tokens = 499999",
    )
    assert.deepEqual(row, {
      provider: 'openai',
      model: 'm',
      price_rule_id: 'openai/m',
      valid_from: '2026-01-01 00:00:00.000',
      valid_to: '2026-07-01 00:00:00.000',
      variant: 'fast',
      conditions: '{"speed":["fast"]}',
      above_input_tokens: '499999',
      component: 'web_search',
      unit: 'K',
      rate_usd: '10',
      usd_each: '0.01',
      rate: '10/K',
      multipliers: '[{"id":"batch","when":{"batch":true},"tokens":"1/2"}]',
      source: 'https://example.com',
      checked: '2026-05-04',
      price_book_version: 'every',
    })
  })
})

describe('v_focus', () => {
  const day = '2026-03-04 05:15:00'
  const group = (release: string, columns: Record<string, unknown>) => ({
    quarter: day,
    release,
    provider: 'anthropic',
    model: 'm',
    version: 1,
    ...columns,
  })

  before(async () => {
    await writer.insertObjects('usage_by_feature', [
      // Thirds, whose cut parts must add up to the whole again.
      group('thirds', {
        calls: 3,
        uncached_input_tokens: 10,
        cache_read_tokens: 10,
        output_text_tokens: 10,
        uncached_input_cost_usd: '0.1',
        cache_read_cost_usd: '0.1',
        output_cost_usd: '0.1',
        cost_usd: '0.3',
        list_cost_usd: '1',
        contracted_cost_usd: '0.3',
      }),
      group('free', { calls: 2, uncached_input_tokens: 7, list_cost_usd: '0.5' }),
      group('unpriced', { calls: 4, unpriced_calls: 3, output_text_tokens: 9 }),
      group('nothing', { calls: 5, unpriced_calls: 5 }),
      group('units', { calls: 1, units_cost_usd: '0.02', cost_usd: '0.02', list_cost_usd: '0.02' }),
      group('dear', {
        calls: 1,
        output_text_tokens: 1,
        output_cost_usd: '90000000000',
        cost_usd: '90000000000',
        list_cost_usd: '90000000000.000000000001',
      }),
    ])
  })

  const rowsOf = (release: string) =>
    reader.query<Record<string, string | null>>(
      `SELECT * FROM v_focus WHERE x_Release = {release:String} AND ChargePeriodStart = '2026-03-04 00:00:00'`,
      { params: { release } },
    )

  it('adds up to the ledger, in money, in list prices and in calls', async () => {
    const [focus] = await reader.query(
      `SELECT sum(BilledCost) AS cost, sum(EffectiveCost) AS effective, sum(ListCost) AS list, sum(ContractedCost) AS contracted,
  sum(x_Calls) AS n, sum(x_UnpricedCalls) AS unpriced FROM v_focus`,
    )
    const [ledger] = await reader.query(
      `SELECT sum(v.cost_usd) AS cost, sum(v.cost_usd) AS effective, sum(v.list_cost_usd) AS list, sum(v.contracted_cost_usd) AS contracted,
  sum(v.calls) AS n, sum(v.unpriced_calls) AS unpriced FROM v_costs_daily AS v`,
    )
    assert.deepEqual(focus, ledger)
  })

  it('divides list prices as the cost is, and gives the first row what is left', async () => {
    const rows = await rowsOf('thirds')
    assert.deepEqual(
      rows.map(row => row['ListCost']),
      ['0.333333333334', '0.333333333333', '0.333333333333'],
    )
    assert.deepEqual(
      rows.map(row => row['x_Calls']),
      ['3', '0', '0'],
    )
  })

  it('has a row for calls without tokens or money, and says of 0 that it is not a price', async () => {
    const [nothing, ...more] = await rowsOf('nothing')
    assert.equal(more.length, 0)
    assert.equal(nothing?.['ConsumedUnit'], 'Requests')
    assert.equal(nothing?.['ConsumedQuantity'], '5')
    assert.equal(nothing?.['x_CostStatus'], 'Unpriced')
    const [unpriced] = await rowsOf('unpriced')
    assert.equal(unpriced?.['x_CostStatus'], 'Partly Unpriced')
    assert.equal(unpriced?.['ListUnitPrice'], null)
    const [free] = await rowsOf('free')
    assert.equal(free?.['x_CostStatus'], 'Priced')
    assert.equal(free?.['ListCost'], '0.5')
  })

  it('gives units no quantity, for rollups do not count them', async () => {
    const [units] = await rowsOf('units')
    assert.deepEqual(
      [units?.['ConsumedQuantity'], units?.['PricingUnit'], units?.['BilledCost']],
      [null, null, '0.02'],
    )
  })

  it('reads only the days that are asked for', async () => {
    const plan = await writer.query<{ explain: string }>(
      "EXPLAIN indexes = 1 SELECT sum(BilledCost) FROM v_focus WHERE ChargePeriodStart >= '2026-04-01 00:00:00'",
    )
    const text = plan.map(({ explain }) => explain).join('\n')
    assert.match(text, /toStartOfDay\(quarter\) in \[/)
    assert.match(text, /Parts: 0\//)
  })
})
