import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { diffBooks } from '#core/catalog/diff.ts'
import type { PriceBookJson, RuleJson } from '#core/price-book-json.ts'
import { bookJson } from '../pricing-kit.ts'

const model = (id: string, exact = [id]) => ({ provider: 'acme', id, match: { exact } })
const rates = (input: string, output = '25/Mtok') => ({
  variants: [{ id: 'standard', rates: { input, output } }],
})
const effective = (from: string, to: string | null) => ({ effective: { from, to } })

const [JAN, MAR, MAY, JUL] = [1, 3, 5, 7].map(month => `2026-0${month}-01T00:00:00Z`) as [
  string,
  string,
  string,
  string,
]
const prices = (a: PriceBookJson, b: PriceBookJson) => diffBooks(a, b).prices

describe('the difference of two books', () => {
  it('is empty for books that price alike, whatever their order, ids of rules and sources', () => {
    const a = bookJson([rates('5/Mtok'), { model: 'n' }], { models: [model('m'), model('n')] })
    const b = bookJson(
      [{ model: 'n', source: { url: 'https://x.test/', checked: '2026-11-01' } }, rates('5/Mtok')],
      { models: [model('n'), model('m')], contracts: [] },
    )
    const nothing = { models_added: [], models_removed: [], names: [], prices: [], other: [] }
    assert.deepEqual(diffBooks(a, b), nothing)
  })

  it('says which models come and go, without listing their names and prices', () => {
    const a = bookJson([{}], {})
    const b = bookJson([{ model: 'n' }], { models: [model('n')] })
    const { models_added, models_removed, names, prices: changes } = diffBooks(a, b)
    assert.deepEqual([models_added, models_removed, names, changes], [['acme/n'], ['acme/m'], [], []])
  })

  it('says which names stand for another model, for none, or for one at last', () => {
    const both = (m: string[], n: string[]) =>
      bookJson([{}, { model: 'n' }], { models: [model('m', m), model('n', n)] })
    assert.deepEqual(
      diffBooks(both(['m', 'latest', 'old'], ['n']), both(['m'], ['n', 'Latest', 'x'])).names,
      [
        { provider: 'acme', name: 'latest', before: 'm', after: 'n' },
        { provider: 'acme', name: 'old', before: 'm', after: null },
        { provider: 'acme', name: 'x', before: null, after: 'n' },
      ],
    )
  })

  it('cuts time where either book changes and keeps the pieces that are priced differently', () => {
    const a = bookJson([
      { ...rates('5/Mtok'), ...effective(JAN, MAY) },
      { ...rates('4/Mtok'), ...effective(MAY, null) },
    ])
    const b = bookJson([
      { ...rates('5/Mtok'), ...effective(JAN, MAR) },
      { ...rates('6/Mtok'), ...effective(MAR, JUL) },
      { ...rates('4/Mtok'), ...effective(JUL, null) },
    ])
    const change = (before: string, percent: string) => [
      { variant: 'standard', tier: '', name: 'input', before, after: '6/Mtok', percent },
    ]
    assert.deepEqual(
      prices(a, b).map(({ from, to, rates }) => ({ from, to, rates })),
      [
        { from: MAR, to: MAY, rates: change('5/Mtok', '20.0') },
        { from: MAY, to: JUL, rates: change('4/Mtok', '50.0') },
      ],
    )
  })

  it('joins pieces that differ in the same way', () => {
    const a = bookJson([
      { ...rates('5/Mtok'), ...effective(JAN, MAR) },
      { ...rates('5/Mtok'), ...effective(MAR, null) },
    ])
    const [only, ...others] = prices(a, bookJson([{ ...rates('4.5/Mtok'), ...effective(JAN, null) }]))
    assert.deepEqual([only?.from, only?.to, only?.rates[0]?.percent, others], [JAN, null, '-10.0', []])
  })

  it('shows a time without a rule on one side as no price there', () => {
    const [change] = prices(bookJson([effective(MAR, null)]), bookJson([effective(JAN, null)]))
    assert.deepEqual([change?.from, change?.to, change?.rule_before], [JAN, MAR, null])
    assert.deepEqual(
      change?.rates.map(({ name, before, after, percent }) => [name, before, after, percent]),
      [
        ['input', null, '5/Mtok', null],
        ['output', null, '25/Mtok', null],
        ['reasoning', null, '25/Mtok', null],
      ],
    )
  })

  it('compares exact rates: another spelling is no change, and a scaled variant changes with its own', () => {
    const scaled = (input: string): Partial<RuleJson> => ({
      variants: [
        { id: 'standard', rates: { input }, context_tiers: [tier] },
        { id: 'batch', when: { batch: true }, scale: { of: 'standard', tokens: '1/2' } },
      ],
    })
    const tier = { metric: 'input_total', gt: 100, rates: { input: '9/Mtok' } } as const
    assert.deepEqual(prices(bookJson([scaled('5/Mtok')]), bookJson([scaled('5.0/Mtok')])), [])
    const [change] = prices(bookJson([scaled('5/Mtok')]), bookJson([scaled('50/Mtok')]))
    assert.deepEqual(change?.rates.map(({ variant, tier, percent }) => [variant, tier, percent]).toSorted(), [
      ['batch', '', '900.0'],
      ['standard', '', '900.0'],
    ])
  })

  it('shows a bucket that no longer falls back on another', () => {
    const refusing = { input: '5/Mtok', output: '25/Mtok', reasoning: 'REFUSE' }
    const b = bookJson([{ variants: [{ id: 'standard', rates: refusing }] }])
    assert.deepEqual(
      prices(bookJson([{}]), b)[0]?.rates.map(({ name, before, after }) => [name, before, after]),
      [['reasoning', '25/Mtok', null]],
    )
  })

  it('names multipliers and variants whose conditions or factors differ', () => {
    const batch = (tokens: string) =>
      bookJson([{ multipliers: [{ id: 'batch', when: { batch: true }, tokens }] }])
    const [change] = prices(batch('1/2'), batch('1/3'))
    assert.deepEqual([change?.rates, change?.conditions], [[], ['multiplier batch']])
  })

  it('covers rules on units, fallbacks, contracts and aliases', () => {
    const unit = (rate: string) => ({
      provider: '*',
      model: '*',
      variants: [{ id: 'standard', rates: { vector_read: rate } }],
    })
    const a = bookJson([{}, unit('1/K')])
    const b = bookJson([{}, unit('2/K')], {
      bucket_fallback: {},
      contracts: [{ id: 'c', scope: { tenant: 't' }, tokens: '17/20' }],
    })
    const { prices: changes, other } = diffBooks(a, b)
    assert.deepEqual(
      changes.map(change => [change.provider, change.model, change.rates[0]?.percent]),
      [['*', '*', '100.0']],
    )
    assert.deepEqual(other, [
      { part: 'bucket_fallback', before: [{ reasoning: 'output' }], after: [] },
      { part: 'contracts', before: [], after: [{ id: 'c', scope: { tenant: 't' }, tokens: '17/20' }] },
    ])
  })

  it('is the mirror image of the difference the other way round', () => {
    const rule = fc.record({ rate: fc.integer({ min: 1, max: 3 }), cut: fc.integer({ min: 1, max: 9 }) })
    const toBook = (parts: { rate: number; cut: number }[]) => {
      const cuts = [...new Map(parts.map(part => [part.cut, part])).values()].sort((a, b) => a.cut - b.cut)
      const at = (cut: number) => `2026-0${cut}-01T00:00:00Z`
      return bookJson(
        cuts.map(({ rate, cut }, i) => {
          const next = cuts[i + 1]
          return { ...rates(`${rate}/Mtok`), ...effective(at(cut), next ? at(next.cut) : null) }
        }),
      )
    }
    const books = fc.array(rule, { minLength: 1, maxLength: 5 }).map(toBook)
    fc.assert(
      fc.property(books, books, (a, b) => {
        const turned = prices(b, a).map(({ from, to, rule_before, rule_after, rates: changed }) => [
          from,
          to,
          rule_after,
          rule_before,
          changed.map(({ name, before, after }) => [name, after, before]),
        ])
        const straight = prices(a, b).map(({ from, to, rule_before, rule_after, rates: changed }) => [
          from,
          to,
          rule_before,
          rule_after,
          changed.map(({ name, before, after }) => [name, before, after]),
        ])
        assert.deepEqual(straight, turned)
      }),
      { numRuns: 50 },
    )
  })
})
