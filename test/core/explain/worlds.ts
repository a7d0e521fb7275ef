// Models and their sums for the tests of the decomposition, written as tokens and prices; and random ones.

import fc from 'fast-check'
import { type Amounts, type ModelAmounts, NO_AMOUNTS, type TokenKind } from '#core/explain/amounts.ts'

export interface Calls {
  readonly calls: number
  /** Per call. */
  readonly tokens: Readonly<Partial<Record<TokenKind, number>>>
  /** Picodollars per token. */
  readonly prices: Readonly<Partial<Record<TokenKind, number>>>
  /** Picodollars per call that are not priced by tokens. */
  readonly units?: number
}

export function amounts({ calls, tokens, prices, units = 0 }: Calls): Amounts {
  const of = (kind: TokenKind) => BigInt(calls) * BigInt(tokens[kind] ?? 0)
  const cost = (kind: TokenKind) => of(kind) * BigInt(prices[kind] ?? 0)
  const [uncached, cacheRead, cacheWrite, output] = [
    cost('uncached'),
    cost('cacheRead'),
    cost('cacheWrite'),
    cost('output'),
  ]
  return {
    calls: BigInt(calls),
    tokens: {
      uncached: of('uncached'),
      cacheRead: of('cacheRead'),
      cacheWrite: of('cacheWrite'),
      output: of('output'),
    },
    cost: { uncached, cacheRead, cacheWrite, output },
    total: uncached + cacheRead + cacheWrite + output + BigInt(calls) * BigInt(units),
  }
}

export const model = (name: string, current?: Calls, baseline?: Calls): ModelAmounts => ({
  provider: 'p',
  model: name,
  current: current ? amounts(current) : NO_AMOUNTS,
  baseline: baseline ? amounts(baseline) : NO_AMOUNTS,
})

const kinds = (max: number) => {
  const value = fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 4, arbitrary: fc.nat(max) })
  return fc.record({ uncached: value, cacheRead: value, cacheWrite: value, output: value })
}

/** A period of a model; sometimes without calls, tokens of a kind, or prices. */
export const anyCalls = (units = 0): fc.Arbitrary<Calls> =>
  fc.record({
    calls: fc.oneof({ weight: 1, arbitrary: fc.constant(0) }, { weight: 4, arbitrary: fc.nat(100_000) }),
    tokens: kinds(20_000),
    prices: kinds(50_000_000),
    units: fc.nat(units),
  })

export const anyModels = (units = 0): fc.Arbitrary<ModelAmounts[]> =>
  fc
    .array(fc.tuple(anyCalls(units), anyCalls(units)), { minLength: 1, maxLength: 6 })
    .map(pairs => pairs.map(([current, baseline], i) => model(`m${i}`, current, baseline)))
