import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { compileWithOverlay, type PriceBook } from '#core/price-book.ts'
import type { PriceOverlayJson, RuleJson } from '#core/price-book-json.ts'
import { mergeOverlay } from '#core/price-book-overlay.ts'
import { bookJson, compiled, priced, usageEvent } from './pricing-kit.ts'

const at = (day: number): string =>
  new Date(Date.UTC(2026, 0, 1) + day * 86_400_000).toISOString().replace('.000', '')

const rule = (id: string, from: number, to: number | null, usd = 9, model = 'm'): RuleJson => ({
  id,
  provider: 'acme',
  model,
  effective: { from: at(from), to: to === null ? null : at(to) },
  variants: [{ id: 'standard', rates: { input: `${usd}/Mtok`, output: '1/Mtok' } }],
})

const BASE = bookJson([rule('old', 0, 100, 1), rule('new', 100, null, 2)])

const withOverlay = (overlay: unknown, base = BASE): PriceBook => {
  const result = compileWithOverlay(base, overlay)
  assert.deepEqual(result.kind === 'complaints' ? result.complaints : [], [])
  return (result as Extract<typeof result, { kind: 'ok' }>).book
}

function costOn(book: PriceBook, day: number, model = 'm'): [usd: string, rule: string] {
  const occurred_at = Date.parse(at(day))
  const { costUsd, reason, ruleId } = priced(
    usageEvent({ provider: 'acme', response_model: model, occurred_at, tokens: { input: 1_000_000 } }),
    book,
  )
  return [costUsd === null ? reason : String(costUsd / 10n ** 12n), ruleId]
}

describe('rules of an overlay', () => {
  it('hold for their time, and the book goes on before and after', () => {
    const book = withOverlay({ rules: [rule('own', 50, 150)] })
    assert.deepEqual(
      [0, 49, 50, 149, 150].map(day => costOn(book, day)),
      [
        ['1', 'old'],
        ['1', 'old'],
        ['9', 'own'],
        ['9', 'own'],
        ['2', 'new'],
      ],
    )
  })

  it('may cut one rule in two', () => {
    const book = withOverlay({ rules: [rule('own', 20, 30)] })
    assert.deepEqual(
      [19, 20, 30].map(day => costOn(book, day)),
      [
        ['1', 'old'],
        ['9', 'own'],
        ['1', `old/again-${at(30).slice(0, 10)}`],
      ],
    )
  })

  it('make a model known by its id alone', () => {
    const book = withOverlay({ rules: [rule('own', 0, null, 9, 'internal')] })
    assert.deepEqual(
      [costOn(book, 5, 'Internal'), costOn(book, 5)],
      [
        ['9', 'own'],
        ['1', 'old'],
      ],
    )
  })

  it('take a name from the model that had it', () => {
    const base = { ...BASE, models: [{ provider: 'acme', id: 'm', match: { exact: ['m', 'm-2026'] } }] }
    const book = withOverlay({ rules: [rule('own', 0, null, 9, 'm-2026')] }, base)
    assert.deepEqual(
      [costOn(book, 5, 'm-2026'), costOn(book, 5)],
      [
        ['9', 'own'],
        ['1', 'old'],
      ],
    )
  })
})

it('contracts and aliases of one key are replaced, others are added', () => {
  const contract = (id: string, tokens: string) => ({ id, scope: { tenant: id }, tokens })
  const base = { ...BASE, contracts: [contract('a', '1/2'), contract('b', '1/2')] }
  const merged = mergeOverlay(base, { contracts: [contract('b', '1/4'), contract('c', '1/4')] })
  assert.deepEqual(
    merged.contracts?.map(({ id, tokens }) => [id, tokens]),
    [
      ['b', '1/4'],
      ['c', '1/4'],
      ['a', '1/2'],
    ],
  )
})

it('an empty overlay changes no price', () => {
  assert.deepEqual(costOn(withOverlay({}), 5), costOn(compiled(BASE), 5))
})

it('complaints name the places of the overlay', () => {
  const result = compileWithOverlay(BASE, { rules: [rule('a', 0, null), rule('b', 10, null)] })
  assert.deepEqual(result.kind === 'complaints' && result.complaints, [
    'rules: acme/m has two rules between a and b',
  ])
  const unknown = compileWithOverlay(BASE, {
    aliases: [{ provider: 'acme', deployment: 'd', model: 'nothing' }],
  })
  assert.deepEqual(unknown.kind === 'complaints' && unknown.complaints, [
    'aliases[0].model: acme/nothing is not among the models',
  ])
})

/** Rules that follow one another or leave gaps, never overlap. */
const someRules = fc
  .uniqueArray(fc.nat({ max: 200 }), { minLength: 1, maxLength: 6 })
  .chain(days => fc.tuple(fc.constant(days.toSorted((a, b) => a - b)), fc.boolean()))
  .map(([days, open]) =>
    days.flatMap((day, i): RuleJson[] => {
      const end = days[i + 1]
      if (i % 2 === 1) return []
      return end === undefined && !open ? [] : [rule(`own-${i}`, day, end ?? null)]
    }),
  )

it('a price change never alters what was called before its date, and there is always one price', () => {
  fc.assert(
    fc.property(someRules, fc.nat({ max: 250 }), (rules, day) => {
      const overlay: PriceOverlayJson = { rules }
      const book = withOverlay(overlay)
      const own = rules.find(
        ({ effective: { from, to } }) => from <= at(day) && (to === null || at(day) < to),
      )
      const [usd] = costOn(book, day)
      assert.equal(usd, own ? '9' : day < 100 ? '1' : '2')
    }),
  )
})
