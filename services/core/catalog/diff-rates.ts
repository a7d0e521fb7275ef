// Two rules side by side: every rate that both compute, in every variant and context tier. Percent is taken of exact rates, so
// that "2.5/Mtok" and "2.50/Mtok" are no change and a tenth of a percent is one.

import { roundHalfEven } from '../money.ts'
import { canonicalJson } from '../price-book-hash.ts'
import type { PriceBookJson, RuleJson } from '../price-book-json.ts'
import { compileRule } from '../price-rule-compile.ts'

export interface RateChange {
  readonly variant: string
  /** "input_total>200000", or '' for the whole request at its usual price. */
  readonly tier: string
  /** A bucket or a unit. */
  readonly name: string
  /** As the books write them; null where there is no price. */
  readonly before: string | null
  readonly after: string | null
  /** Decimal text, one digit: "20.0", "-12.5"; null where one of both has no price or the first is 0. */
  readonly percent: string | null
}

export interface RuleChange {
  readonly rates: readonly RateChange[]
  readonly conditions: readonly string[]
}

/** An exact rate: picodollars for one thing are numerator / denominator. */
interface Figure extends Pick<RateChange, 'variant' | 'tier' | 'name'> {
  readonly text: string
  readonly numerator: bigint
  readonly denominator: bigint
}

/** A rule (undefined: there is none) and what its book says about buckets that it leaves out. */
export interface RuleInBook {
  readonly rule: RuleJson | undefined
  readonly fallback: PriceBookJson['bucket_fallback']
}

/** What differs between two rules of one model. */
export function diffRates(before: RuleInBook, after: RuleInBook): RuleChange {
  const [was, is] = [figuresOf(before), figuresOf(after)]
  const rates = [...new Map([...was, ...is])].flatMap(([key, { variant, tier, name }]): RateChange[] => {
    const [a, b] = [was.get(key), is.get(key)]
    if (a && b && a.numerator * b.denominator === b.numerator * a.denominator) return []
    return [
      { variant, tier, name, before: a?.text ?? null, after: b?.text ?? null, percent: percentOf(a, b) },
    ]
  })
  return { rates, conditions: before.rule && after.rule ? diffConditions(before.rule, after.rule) : [] }
}

function figuresOf({ rule, fallback }: RuleInBook): Map<string, Figure> {
  const figures = new Map<string, Figure>()
  if (rule === undefined) return figures
  const { variants, denominator } = compileRule(rule, fallback)
  for (const { id: variant, sheet: usual, tiers } of variants) {
    for (const { id: tier, sheet } of [{ id: '', sheet: usual }, ...tiers.toReversed()]) {
      for (const [name, { text, numerator }] of [...Object.entries(sheet.tokens), ...sheet.units]) {
        figures.set([variant, tier, name].join('\n'), { variant, tier, name, text, numerator, denominator })
      }
    }
  }
  return figures
}

function percentOf(a: Figure | undefined, b: Figure | undefined): string | null {
  if (a === undefined || b === undefined || a.numerator === 0n) return null
  const [was, is] = [a.numerator * b.denominator, b.numerator * a.denominator]
  const size = roundHalfEven((is > was ? is - was : was - is) * 1_000n, was)
  return `${is < was && size > 0n ? '-' : ''}${size / 10n}.${size % 10n}`
}

/** Everything about variants and multipliers but their rates. */
function diffConditions(before: RuleJson, after: RuleJson): string[] {
  const [was, is] = [conditionsOf(before), conditionsOf(after)]
  return [...new Set([...was.keys(), ...is.keys()])].filter(name => was.get(name) !== is.get(name))
}

const conditionsOf = ({ variants, multipliers = [] }: RuleJson): Map<string, string> =>
  new Map([
    ...variants.map(({ id, when }) => [`variant ${id}`, canonicalJson(when ?? {})] as const),
    ...multipliers.map(
      ({ id, when, tokens }) => [`multiplier ${id}`, canonicalJson([when, tokens])] as const,
    ),
  ])
