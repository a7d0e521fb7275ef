import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import type { Warehouse } from '#ports/warehouse.ts'
import { bookJson, compiled } from '../core/pricing-kit.ts'
import { booksOf, createTestApi, testBook } from './fixture.ts'

const NOW = Date.parse('2026-11-24T10:00:00Z')
const SOURCE = { url: 'https://acme.test/prices', checked: '2026-11-22', note: 'list' }
const MULTIPLIER = { id: 'eu', when: { inference_geo: ['eu'] }, tokens: '11/10' }

const BOOK = compiled(
  bookJson(
    [
      {
        id: 'old',
        effective: { from: '2025-01-01T00:00:00Z', to: '2026-01-01T00:00:00Z' },
        variants: [{ id: 'standard', rates: { input: '6/Mtok', output: '30/Mtok' } }],
      },
      {
        id: 'new',
        effective: { from: '2026-01-01T00:00:00Z', to: null },
        variants: [
          {
            id: 'standard',
            rates: { input: '5/Mtok', output: '25/Mtok', web_search: '10/K' },
            context_tiers: [{ metric: 'input_total', gt: 200_000, rates: { input: '10/Mtok' } }],
          },
          { id: 'batch', when: { batch: true }, scale: { of: 'standard', tokens: '1/2' } },
        ],
        multipliers: [MULTIPLIER],
        source: SOURCE,
      },
      { provider: 'zeta', model: 'other-long-name', effective: { from: '2026-01-01T00:00:00Z', to: null } },
      { provider: 'zeta', model: 'm', effective: { from: '2027-01-01T00:00:00Z', to: null } },
      {
        provider: '*',
        model: '*',
        variants: [{ id: 'standard', rates: { vector_read: '1/K' } }],
      },
    ],
    {
      models: [
        { provider: 'acme', id: 'm', match: { exact: ['m', 'm-latest'], dated: '^m-\\d{8}$' } },
        { provider: 'zeta', id: 'm', match: { exact: ['m'] } },
        { provider: 'zeta', id: 'other-long-name', match: { exact: ['other-long-name'] } },
      ],
    },
  ),
)

const noWarehouse = new Proxy({} as Warehouse, {
  get() {
    throw new Error('prices need no warehouse')
  },
})

const api = (t: TestContext) => createTestApi(t, { warehouse: noWarehouse, now: NOW, books: booksOf(BOOK) })

interface Body {
  readonly data: readonly Record<string, unknown>[]
  readonly next_cursor?: string | null
  readonly meta: Record<string, unknown>
}

async function get(t: TestContext, query: string): Promise<Body> {
  const { status, body } = await api(t).get(`/v1/prices?${query}`)
  assert.equal(status, 200, JSON.stringify(body))
  return body as unknown as Body
}

const ids = ({ data }: Body) => data.map(row => row['rule_id'])

describe('GET /v1/prices of one model', () => {
  it('gives each rule with the rates that apply: tiers, scaled variants and fallbacks worked out', async t => {
    const { data, meta } = await get(t, 'model=M-LATEST')
    assert.deepEqual(data[0], {
      provider: 'acme',
      model: 'm',
      rule_id: 'new',
      from: '2026-01-01T00:00:00Z',
      to: null,
      rates: { input: '5/Mtok', output: '25/Mtok', reasoning: '25/Mtok', web_search: '10/K' },
      source: SOURCE,
      in_force: true,
      variants: [
        {
          id: 'batch',
          when: { batch: true },
          rates: {
            input: '5/Mtok x 1/2',
            output: '25/Mtok x 1/2',
            reasoning: '25/Mtok x 1/2',
            web_search: '10/K',
          },
          context_tiers: [
            {
              id: 'input_total>200000',
              above: 200_000,
              rates: {
                input: '10/Mtok x 1/2',
                output: '25/Mtok x 1/2',
                reasoning: '25/Mtok x 1/2',
                web_search: '10/K',
              },
            },
          ],
        },
        {
          id: 'standard',
          when: {},
          rates: { input: '5/Mtok', output: '25/Mtok', reasoning: '25/Mtok', web_search: '10/K' },
          context_tiers: [
            {
              id: 'input_total>200000',
              above: 200_000,
              rates: { input: '10/Mtok', output: '25/Mtok', reasoning: '25/Mtok', web_search: '10/K' },
            },
          ],
        },
      ],
      multipliers: [MULTIPLIER],
    })
    assert.equal(data[1]?.['source'], null)
    assert.deepEqual(meta, { at: '2026-11-24T10:00:00.000Z', price_book_version: BOOK.hash })
  })

  it('marks what was in force at a time: its first instant is in, its last is out', async t => {
    const marked = async (at: string) =>
      (await get(t, `model=m&provider=acme&at=${at}`)).data.map(row => row['in_force'])
    assert.deepEqual(await marked('2025-12-31T23:59:59.999Z'), [false, true])
    assert.deepEqual(await marked('2026-01-01T00:00:00Z'), [true, false])
    assert.deepEqual(await marked('2026-01-01'), [true, false])
    assert.deepEqual(await marked('2024-06-01'), [false, false])
  })

  it('looks at every provider, or at the one that is named, by any of its names', async t => {
    assert.deepEqual(ids(await get(t, 'model=m')), ['new', 'old', 'rule-3'])
    assert.deepEqual(ids(await get(t, 'model=m&provider=zeta')), ['rule-3'])
    assert.deepEqual(ids(await get(t, 'model=m-20260102&provider=acme')), ['new', 'old'])
    assert.deepEqual(ids(await get(t, 'model=*')), ['rule-4'])
  })

  it('answers a name that no model has with none, and with names that are near', async t => {
    const near = async (query: string) => {
      const { data, meta } = await get(t, query)
      assert.deepEqual(data, [])
      return meta['did_you_mean']
    }
    assert.deepEqual(await near('model=other-lang-nam'), ['other-long-name'])
    assert.deepEqual(await near('model=other'), ['other-long-name'])
    assert.deepEqual(await near('model=other&provider=acme'), [])
    assert.deepEqual(await near('model=m-late'), ['m-latest'])
    assert.deepEqual(await near('model=nothing-like-that'), [])
    assert.deepEqual(await near(`model=${'x'.repeat(5_000)}`), [])
  })

  it('answers a provider that was misspelt with none, and with the provider that is near', async t => {
    for (const query of ['provider=acmee', 'provider=acmee&model=m', 'provider=acm&limit=1']) {
      const { data, meta } = await get(t, query)
      assert.deepEqual(data, [], query)
      assert.deepEqual(meta['did_you_mean'], ['acme'], query)
    }
    assert.deepEqual((await get(t, 'provider=nothing-like-that')).meta['did_you_mean'], [])
    assert.equal((await get(t, 'provider=acme')).meta['did_you_mean'], undefined)
  })
})

describe('GET /v1/prices of all models', () => {
  const names = ({ data }: Body) => data.map(row => `${row['provider']}/${row['model']}`)

  it('lists what is in force, page by page, each model once', async t => {
    assert.deepEqual(names(await get(t, '')), ['*/*', 'acme/m', 'zeta/other-long-name'])
    const first = await get(t, 'limit=2')
    assert.deepEqual(names(first), ['*/*', 'acme/m'])
    const second = await get(t, `limit=2&cursor=${first.next_cursor}`)
    assert.deepEqual([names(second), second.next_cursor], [['zeta/other-long-name'], null])
  })

  it('pages of one list are of one moment, one question and one book', async t => {
    const first = await get(t, 'limit=2')
    const later = createTestApi(t, { warehouse: noWarehouse, now: NOW + 86_400_000, books: booksOf(BOOK) })
    const second = await later.get(`/v1/prices?limit=2&cursor=${first.next_cursor}`)
    assert.equal((second.body['meta'] as Body['meta'])['at'], first.meta['at'])
    const other = await api(t).get(`/v1/prices?provider=zeta&cursor=${first.next_cursor}`)
    assert.deepEqual([other.status, other.body['code']], [400, 'bad_query'])
    const repriced = createTestApi(t, { warehouse: noWarehouse, now: NOW, books: booksOf(testBook()) })
    assert.equal((await repriced.get(`/v1/prices?cursor=${first.next_cursor}`)).status, 400)
  })

  it('rules of one model are paged too', async t => {
    const first = await get(t, 'model=m&limit=2')
    const second = await get(t, `model=m&limit=2&cursor=${first.next_cursor}`)
    assert.deepEqual([ids(first), ids(second), second.next_cursor], [['new', 'old'], ['rule-3'], null])
  })

  it('are a file as well, in which rates are JSON', async t => {
    const { text, headers } = await api(t).get('/v1/prices?format=csv&limit=2')
    assert.deepEqual(text.split('\r\n').slice(0, 2), [
      'provider,model,rule_id,from,to,rates,source',
      '*,*,rule-4,2026-01-01T00:00:00Z,,"{""vector_read"":""1/K""}",',
    ])
    assert.equal(headers['content-disposition'], 'attachment; filename="prices.csv"')
    assert.equal(headers['spendledger-truncated'], 'true')
    const next = await api(t).get(`/v1/prices?format=csv&cursor=${headers['spendledger-next-cursor']}`)
    assert.match(next.text, /\r\nzeta,other-long-name,/)
    const rules = await api(t).get('/v1/prices?format=csv&model=m&provider=zeta')
    assert.match(rules.text, /^provider,.*,in_force,variants,multipliers\r\nzeta,m,rule-3,/)
  })

  it('can be of one provider and of another time', async t => {
    assert.deepEqual(names(await get(t, 'provider=zeta&at=2027-01-01')), ['zeta/m', 'zeta/other-long-name'])
    assert.deepEqual(ids(await get(t, 'provider=acme&at=2025-06-01')), ['old'])
    assert.deepEqual(names(await get(t, 'provider=nobody')), [])
  })

  it('refuses what it does not understand', async t => {
    for (const query of [
      'at=soon',
      'limit=0',
      'limit=1001',
      'cursor=x',
      'modle=m',
      'model=m&model=n',
      'at=1999-12-31',
      'format=xml',
    ]) {
      const { status, body } = await api(t).get(`/v1/prices?${query}`)
      assert.deepEqual([status, body['code']], [400, 'bad_query'], query)
    }
  })
})
