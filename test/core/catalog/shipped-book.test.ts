import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { buildBook } from '#core/catalog/shipped-book.ts'
import { compileBook } from '#core/price-book.ts'
import type { ModelJson, PriceBookJson, RuleJson, VariantJson } from '#core/price-book-json.ts'

const HEADER: Pick<PriceBookJson, '$schema' | 'book' | 'bucket_fallback'> = {
  $schema: 'price-book/v1',
  book: { id: 'default', version: '1', currency: 'USD' },
  bucket_fallback: {},
}

interface Parts {
  readonly exact?: readonly string[]
  readonly variants?: readonly VariantJson[]
  readonly multipliers?: RuleJson['multipliers']
}

function priced(provider: string, id: string, input: string, parts: Parts = {}) {
  const models: ModelJson[] = [{ provider, id, match: { exact: parts.exact ?? [id] } }]
  const standard = { id: 'standard', rates: { input: `${input}/Mtok`, web_search: '10/K' } }
  const rules: RuleJson[] = [
    {
      id: `${provider}/${id}/2020-01-01`,
      provider,
      model: id,
      effective: { from: '2020-01-01T00:00:00Z', to: null },
      variants: [standard, ...(parts.variants ?? [])],
      ...(parts.multipliers ? { multipliers: parts.multipliers } : {}),
      source: { url: 'https://example.com', checked: '2026-09-23' },
    },
  ]
  return { models, rules }
}

function built(
  catalogue: readonly ReturnType<typeof priced>[],
  byHand: readonly ReturnType<typeof priced>[],
  alone: readonly string[] = [],
): PriceBookJson {
  const book = buildBook(
    HEADER,
    {
      models: catalogue.flatMap(({ models }) => models),
      rules: catalogue.flatMap(({ rules }) => rules),
      leftOut: [],
    },
    byHand,
    new Set(alone),
  )
  const compiled = compileBook(book)
  assert.deepEqual(compiled.kind === 'complaints' ? compiled.complaints : [], [])
  return book
}

const inputOf = (book: PriceBookJson, provider: string, model: string): string[] =>
  book.rules
    .filter(rule => rule.provider === provider && rule.model === model)
    .map(rule => rule.variants[0]?.rates?.['input'] ?? '')

describe('what is kept by hand', () => {
  it('replaces the model of the catalogue whole', () => {
    const book = built([priced('acme', 'a', '1')], [priced('acme', 'a', '2')])
    assert.deepEqual(inputOf(book, 'acme', 'a'), ['2/Mtok'])
  })

  it('takes its names from other models of the catalogue', () => {
    const book = built(
      [priced('acme', 'b', '1', { exact: ['b', 'alias'] })],
      [priced('acme', 'a', '2', { exact: ['a', 'alias'] })],
    )
    assert.deepEqual(
      book.models.map(({ id, match }) => [id, match.exact]),
      [
        ['a', ['a', 'alias']],
        ['b', ['b']],
      ],
    )
  })

  it('stands alone where the catalogue names models in another way', () => {
    const book = built([priced('acme', 'a', '1')], [priced('other', 'o', '2')], ['acme'])
    assert.deepEqual(
      book.models.map(({ provider }) => provider),
      ['other'],
    )
  })
})

describe('what another cloud sells', () => {
  const fast: VariantJson = {
    id: 'fast',
    when: { speed: ['fast'] },
    scale: { of: 'standard', tokens: '2' },
  }
  const geo = { id: 'geo-us', when: { inference_geo: ['us'] }, tokens: '11/10' }
  const batch = { id: 'batch', when: { batch: true }, tokens: '1/2' }

  it("costs what its maker asks, and less of the maker's own modes and tools", () => {
    const book = built(
      [],
      [priced('anthropic', 'claude', '5', { variants: [fast], multipliers: [geo, batch] })],
    )
    const rule = book.rules.find(({ provider }) => provider === 'gcp_vertex')
    assert.deepEqual(rule?.variants, [{ id: 'standard', rates: { input: '5/Mtok' } }])
    assert.deepEqual(rule?.multipliers, [batch])
    assert.match(rule?.source?.note ?? '', /^As at anthropic/)
  })

  it('is refused at Azure for a region of its own, whose price is not known', () => {
    const book = built([], [priced('openai', 'gpt', '5')])
    const rule = book.rules.find(({ provider }) => provider === 'azure_openai')
    assert.deepEqual(rule?.variants[0]?.rates, { input: '5/Mtok' })
    assert.deepEqual(rule?.variants[1]?.when, { deployment_type: ['standard'] })
    assert.ok(Object.values(rule?.variants[1]?.rates ?? {}).every(rate => rate === 'REFUSE'))
  })

  it('gives way to what is known of that cloud itself', () => {
    const book = built(
      [priced('azure_openai', 'gpt-b', '7')],
      [priced('openai', 'gpt', '5'), priced('openai', 'gpt-b', '5'), priced('azure_openai', 'gpt', '6')],
    )
    assert.deepEqual(inputOf(book, 'azure_openai', 'gpt'), ['6/Mtok'])
    assert.deepEqual(inputOf(book, 'azure_openai', 'gpt-b'), ['7/Mtok'])
  })
})

it('is the same whatever the order of its sources', () => {
  const a = [priced('acme', 'a', '1'), priced('acme', 'b', '2')]
  assert.equal(JSON.stringify(built(a, [])), JSON.stringify(built(a.toReversed(), [])))
})
