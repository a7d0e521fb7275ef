// Why spend changed: how much of it is volume, mix of models, tokens per call, caching and price. The parts add up to the change
// to the last picodollar; one that is left over or counted twice would send people after the wrong cause.
//
// Spend is calls x sum over models of share x (input per call x sum of cached shares x prices + output per call x price). The
// six factors split a change of it by Shapley value: 64 evaluations, each factor at its current or its baseline value.

import { type Picos, roundHalfEven } from '../money.ts'
import { type Fraction, fraction, multiply } from '../money-fraction.ts'
import { type Amounts, addAmounts, INPUT_KINDS, type ModelAmounts, NO_AMOUNTS, tokenCost } from './amounts.ts'
import { type Rates, ratesOf } from './model-rates.ts'
import { roundParts } from './round-parts.ts'
import { type Coalition, shapley } from './shapley.ts'

/** In the order of their bits in a coalition. */
export const FACTORS = ['volume', 'mix', 'input', 'output', 'cache', 'price'] as const
export type Factor = (typeof FACTORS)[number]

/** `other` is what is not priced by tokens; `new` is spend that has no baseline to be compared with. */
export type Part = Factor | 'other' | 'new'
export const PARTS: readonly Part[] = [...FACTORS, 'other', 'new']

export interface Decomposition {
  /** current - scaled baseline; the sum of all parts. */
  readonly change: Picos
  /** The baseline as it is compared: scaled, to the nearest picodollar. */
  readonly baseline: Picos
  readonly parts: Readonly<Record<Part, Picos>>
  /** Of each factor that is not 0, the model that pushed most in its direction: others may have pushed against it. */
  readonly leading: Readonly<Partial<Record<Factor, ModelAmounts>>>
}

/** Evaluations are cut off at 1e-18 picodollars. */
const RESOLUTION = 10n ** 18n
const SHARES = 720n
const DENOMINATOR = RESOLUTION * SHARES

/** @param scale what the baseline is multiplied by: 1/4 for the mean of four weeks; more than 0 */
export function decompose(models: readonly ModelAmounts[], scale: Fraction): Decomposition {
  const current = sumOf(models.map(model => model.current))
  const before = sumOf(models.map(model => model.baseline))
  const baseline = roundHalfEven(before.total * scale.n, scale.d)
  const change = current.total - baseline
  if (before.calls === 0n) return whole('new', change, baseline)
  // Calls fell to none: every other factor has no value now.
  if (current.calls === 0n) return whole('volume', change, baseline)

  const calls = {
    current: fraction(current.calls, 1n),
    baseline: multiply(fraction(before.calls, 1n), scale),
  }
  const found = models.map(model => {
    const [now, then] = [
      { own: model.current, all: current },
      { own: model.baseline, all: before },
    ]
    const term = { calls, current: ratesOf(now, then), baseline: ratesOf(then, now) }
    return {
      model,
      parts: shapley(
        FACTORS.length,
        COALITIONS.map(coalition => evaluate(term, coalition)),
      ),
    }
  })
  const exact = FACTORS.map((_, i) => found.reduce((sum, { parts }) => sum + (parts[i] ?? 0n), 0n))
  const other = otherCost(current) * DENOMINATOR - (otherCost(before) * scale.n * DENOMINATOR) / scale.d
  const rounded = roundParts(change, [...exact, other], DENOMINATOR)
  const leading = FACTORS.flatMap((factor, i) => {
    const sign = (exact[i] ?? 0n) < 0n ? -1n : 1n
    const model = largest(found, ({ parts }) => (parts[i] ?? 0n) * sign)?.model
    return model ? [[factor, model] as const] : []
  })
  return {
    change,
    baseline,
    parts: Object.fromEntries(PARTS.map((part, i) => [part, rounded[i] ?? 0n])) as Decomposition['parts'],
    leading: Object.fromEntries(leading),
  }
}

const COALITIONS: readonly Coalition[] = Array.from({ length: 1 << FACTORS.length }, (_, bits) => bits)

const sumOf = (amounts: readonly Amounts[]): Amounts => amounts.reduce(addAmounts, NO_AMOUNTS)

const otherCost = (amounts: Amounts): Picos => amounts.total - tokenCost(amounts)

const whole = (only: Part, change: Picos, baseline: Picos): Decomposition => ({
  change,
  baseline,
  parts: Object.fromEntries(PARTS.map(part => [part, part === only ? change : 0n])) as Decomposition['parts'],
  leading: {},
})

interface Term {
  readonly calls: { readonly current: Fraction; readonly baseline: Fraction }
  readonly current: Rates
  readonly baseline: Rates
}

/** What a model costs with the factors of a coalition at their current values, in picodollars times RESOLUTION. */
function evaluate({ calls, current, baseline }: Term, coalition: Coalition): bigint {
  const at = (factor: Factor): Rates =>
    (coalition & (1 << FACTORS.indexOf(factor))) === 0 ? baseline : current
  const volume = at('volume') === current ? calls.current : calls.baseline
  const made = [volume, at('mix').share]
  const input = [...made, at('input').inputPerCall]
  const inputs = INPUT_KINDS.map(kind =>
    product([...input, at('cache').inputShares[kind], at('price').prices[kind]]),
  )
  const output = product([...made, at('output').outputPerCall, at('price').prices.output])
  return inputs.reduce((sum, part) => sum + part, output)
}

/** Equal products give equal numbers, however they are written: a factor that did not change gets exactly 0. */
function product(factors: readonly Fraction[]): bigint {
  const [n, d] = factors.reduce(([top, bottom], factor) => [top * factor.n, bottom * factor.d], [1n, 1n])
  return (n * RESOLUTION) / d
}

/** The first of those that have most; none where nobody has more than 0. */
function largest<T>(items: readonly T[], by: (item: T) => bigint): T | undefined {
  const [first] = items.toSorted((a, b) => {
    const [x, y] = [by(a), by(b)]
    return x === y ? 0 : x > y ? -1 : 1
  })
  return first && by(first) > 0n ? first : undefined
}
