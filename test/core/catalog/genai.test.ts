import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type CatalogueModel, readCatalogue } from '#core/catalog/genai.ts'

const SOURCE = { version: '0.1.8', checked: '2026-09-23' }

const read = (id: string, ...models: CatalogueModel[]) =>
  readCatalogue([{ id, pricing_urls: ['https://example.com/pricing'], models }], SOURCE)

const model = (prices: CatalogueModel['prices'], id = 'm-1'): CatalogueModel => ({
  id,
  match: { equals: id },
  prices,
})

const ratesOf = (prices: CatalogueModel['prices']) =>
  read('acme', model(prices)).rules.map(rule => rule.variants[0]?.rates)

describe('prices of the catalogue', () => {
  it('are written as exact texts with their units', () => {
    assert.deepEqual(
      ratesOf({ input_mtok: 3, cache_read_mtok: 0.003625, web_searches_kcount: 10, audio_hours: 0.36 }),
      [
        {
          input: '3/Mtok',
          cache_read: '0.003625/Mtok',
          web_search: '10/K',
          audio_second_in: '0.36/hour',
        },
      ],
    )
  })

  it('lose what a division added, and are left out where they are no decimal', () => {
    assert.deepEqual(ratesOf({ input_mtok: 0.18000000000000002, output_mtok: 1e-7 }), [
      { input: '0.18/Mtok', output: '0.0000001/Mtok' },
    ])
    const { rules, leftOut } = read('acme', model({ input_mtok: 1, cache_write_mtok: 0.08333333333333334 }))
    assert.deepEqual(rules[0]?.variants[0]?.rates, { input: '1/Mtok' })
    assert.deepEqual(leftOut, ['acme/m-1: its cache_write_mtok 0.08333333333333334 is no exact decimal'])
  })

  it('of nothing are no price, and of zero are free', () => {
    assert.deepEqual(read('acme', model({})).leftOut, ['acme/m-1: it has no price'])
    assert.deepEqual(ratesOf({ input_mtok: 0, output_mtok: 0 }), [{ input: '0/Mtok', output: '0/Mtok' }])
  })

  it('under a key that nobody knows stop the build', () => {
    assert.throws(() => ratesOf({ smell_mtok: 1 }), /smell_mtok/)
  })

  it('in another currency, by the hour without dates and for the beginning of a name are left out', () => {
    const hours = [
      { prices: { input_mtok: 1 } },
      { constraint: { type: 'time_of_date' }, prices: { input_mtok: 2 } },
    ]
    assert.deepEqual(read('acme', model(hours)).models, [])
    assert.deepEqual(read('zhipuai', model({ input_mtok: 1 })).models, [])
    assert.deepEqual(read('openai', model({ input_mtok: 1 }, 'ft:gpt-4o')).models, [])
  })
})

describe('tiers of the catalogue', () => {
  const tiersOf = (start: number) =>
    read(
      'acme',
      model({ input_mtok: { base: 1, tiers: [{ start, price: 2 }] }, output_mtok: 5 }),
    ).rules.flatMap(rule => rule.variants[0]?.context_tiers ?? [])

  it('hold above their start, for the keys that have them', () => {
    assert.deepEqual(tiersOf(200_000), [{ metric: 'input_total', gt: 200_000, rates: { input: '2/Mtok' } }])
    assert.equal(tiersOf(199_999)[0]?.gt, 199_999)
  })

  it("hold above OpenAI's 272,000, which the catalogue writes as 271,999", () => {
    assert.equal(tiersOf(271_999)[0]?.gt, 272_000)
  })
})

describe('dates of the catalogue', () => {
  it('make consecutive rules, the first from before any event', () => {
    const { rules } = read(
      'acme',
      model([
        { prices: { input_mtok: 2 } },
        { constraint: { type: 'start_date', start_date: '2026-03-13' }, prices: { input_mtok: 1 } },
      ]),
    )
    assert.deepEqual(
      rules.map(({ id, effective }) => [id, effective]),
      [
        ['acme/m-1/2020-01-01', { from: '2020-01-01T00:00:00Z', to: '2026-03-13T00:00:00Z' }],
        ['acme/m-1/2026-03-13', { from: '2026-03-13T00:00:00Z', to: null }],
      ],
    )
  })
})

describe('names of the catalogue', () => {
  const named = (id: string, match: CatalogueModel['match']): CatalogueModel => ({
    id,
    match,
    prices: { input_mtok: 1 },
  })

  it('are the id and what it equals, never what it contains or begins with', () => {
    const match = { or: [{ equals: 'Other' }, { starts_with: 'fam' }, { contains: 'ily' }] }
    assert.deepEqual(read('acme', named('M-1', match)).models[0]?.match, { exact: ['m-1', 'other'] })
  })

  it('belong to the first model that has them', () => {
    const { models } = read(
      'acme',
      named('a', { equals: 'shared' }),
      named('b', { or: [{ equals: 'shared' }] }),
    )
    assert.deepEqual(
      models.map(({ match }) => match.exact),
      [['a', 'shared'], ['b']],
    )
  })

  it('have dated snapshots where the provider names them so', () => {
    const dated = (provider: string, id: string) =>
      read(provider, named(id, { equals: id })).models[0]?.match.dated
    assert.equal(dated('openai', 'gpt-5.4'), '^gpt-5\\.4-\\d{4}-\\d{2}-\\d{2}$')
    assert.equal(dated('anthropic', 'claude-x'), '^claude-x-\\d{8}$')
    assert.equal(dated('anthropic', 'claude-x-20250101'), undefined)
    assert.equal(dated('acme', 'gpt-5.4'), undefined)
  })

  it('go by the name under which the provider is stored', () => {
    assert.equal(read('aws', named('a', { equals: 'a' })).models[0]?.provider, 'aws_bedrock')
  })
})
