// What a model's spend in a period is the product of, as exact fractions: its share of calls, tokens per call, shares of cached
// tokens, and effective prices. A model that a period did not use has none of these; what stands in for them decides whether a
// new model counts as mix or as price.

import { type Fraction, fraction } from '../money-fraction.ts'
import { type Amounts, INPUT_KINDS, type InputKind, inputTokens, type TokenKind } from './amounts.ts'

/** One model in one period; prices are picodollars per token. */
export interface Rates {
  readonly share: Fraction
  readonly inputPerCall: Fraction
  readonly outputPerCall: Fraction
  /** Of the input tokens; they add up to 1, or are all 0. */
  readonly inputShares: Readonly<Record<InputKind, Fraction>>
  readonly prices: Readonly<Record<TokenKind, Fraction>>
}

/** A model in one period, and all models in it. */
export interface Period {
  readonly own: Amounts
  readonly all: Amounts
}

const ZERO: Fraction = { n: 0n, d: 1n }

const ratio = (n: bigint, d: bigint): Fraction | undefined => (d === 0n ? undefined : fraction(n, d))

/**
 * The rates of a model in `period`. One that it did not use takes the mean tokens per call and shares of cached tokens of all
 * models in that period, and its own prices of the other period. Where a kind of token was used in neither, its price is the
 * mean of the model's input tokens: an unknown discount is none.
 *
 * @param period with at least one call among all models
 */
export function ratesOf(period: Period, other: Period): Rates {
  const { own, all } = period
  const typical = own.calls === 0n ? all : own
  return {
    share: fraction(own.calls, all.calls),
    inputPerCall: fraction(inputTokens(typical), typical.calls),
    outputPerCall: fraction(typical.tokens.output, typical.calls),
    inputShares: inputSharesOf(typical, typicalOf(other)),
    prices: {
      uncached: inputPrice('uncached', own, other.own),
      cacheRead: inputPrice('cacheRead', own, other.own),
      cacheWrite: inputPrice('cacheWrite', own, other.own),
      output: priceOf('output', own) ?? priceOf('output', other.own) ?? ZERO,
    },
  }
}

const typicalOf = ({ own, all }: Period): Amounts => (own.calls === 0n ? all : own)

/** Without input tokens there is nothing to share: then as in the other period, so that nothing seems to have changed. */
function inputSharesOf(typical: Amounts, other: Amounts): Rates['inputShares'] {
  const of = inputTokens(typical) === 0n ? other : typical
  const input = inputTokens(of)
  const share = (kind: InputKind): Fraction => ratio(of.tokens[kind], input) ?? ZERO
  return { uncached: share('uncached'), cacheRead: share('cacheRead'), cacheWrite: share('cacheWrite') }
}

const priceOf = (kind: TokenKind, { cost, tokens }: Amounts): Fraction | undefined =>
  ratio(cost[kind], tokens[kind])

const inputPrice = (kind: InputKind, own: Amounts, other: Amounts): Fraction =>
  priceOf(kind, own) ?? priceOf(kind, other) ?? meanInputPrice(own) ?? meanInputPrice(other) ?? ZERO

function meanInputPrice(amounts: Amounts): Fraction | undefined {
  const cost = INPUT_KINDS.reduce((sum, kind) => sum + amounts.cost[kind], 0n)
  return ratio(cost, inputTokens(amounts))
}
