// The rates of a rule as exact fractions, one sheet for each variant and context tier. A reader that forgot the factor of a
// scaled variant, or what a tier keeps of its variant, would compare prices that nobody pays.

import { type Fraction, multiply, ONE, parseFraction } from '../money-fraction.ts'
import type { RatesJson, RuleJson, VariantJson } from '../price-book-json.ts'
import { clauseCount } from '../price-conditions.ts'
import { parseRate } from '../price-rate.ts'
import { isTokenBucket } from '../tokens.ts'

/** USD for one token or one unit, by bucket or unit. */
export type ExactRates = ReadonlyMap<string, Fraction>

export interface RuleSheet {
  readonly variant: VariantJson
  /** The sheet holds for more input tokens than this; 0 for the variant's own rates. */
  readonly above: number
  /** The threshold as the book writes it, with `gt` or `gte`; undefined for the variant's own rates. */
  readonly threshold: number | undefined
  /** All rates that are in force: those of a tier lie over those of its variant. */
  readonly rates: ExactRates
  /** What has no price on purpose: "REFUSE". */
  readonly refused: ReadonlySet<string>
  /** "rules[openai/gpt-5.5/2026-04-23].variants[standard].context_tiers[272000]": names, which outlast a new order. */
  readonly path: string
}

/** All sheets of a rule, each variant's own rates before those of its tiers. Multipliers are not applied. */
export function ruleSheets(rule: RuleJson): RuleSheet[] {
  return rule.variants.flatMap(variant => {
    const { scale } = variant
    const source = scale === undefined ? variant : rule.variants.find(({ id }) => id === scale.of)
    const factor = scale === undefined ? ONE : (parseFraction(scale.tokens) ?? ONE)
    const path = `${rulePath(rule)}.variants[${variant.id}]`
    const own = source?.rates ?? {}
    const tiers = (source?.context_tiers ?? []).map(tier => {
      const threshold = tier.gt ?? tier.gte ?? 0
      return {
        variant,
        above: tier.gt ?? threshold - 1,
        threshold,
        ...priced({ ...own, ...tier.rates }, factor),
        path: `${path}.context_tiers[${threshold}]`,
      }
    })
    return [{ variant, above: 0, threshold: undefined, ...priced(own, factor), path }, ...tiers]
  })
}

export const rulePath = ({ id }: RuleJson): string => `rules[${id}]`

/** What a call without any special condition and with little input pays. */
export const ordinarySheet = (sheets: readonly RuleSheet[]): RuleSheet | undefined =>
  sheets.find(({ variant, above }) => above === 0 && clauseCount(variant.when) === 0)

function priced(rates: RatesJson, factor: Fraction): Pick<RuleSheet, 'rates' | 'refused'> {
  const exact = new Map<string, Fraction>()
  const refused = new Set<string>()
  for (const [name, text] of Object.entries(rates)) {
    const usd = parseRate(text)?.usdEach
    if (usd === undefined) refused.add(name)
    else exact.set(name, isTokenBucket(name) && factor !== ONE ? multiply(usd, factor) : usd)
  }
  return { rates: exact, refused }
}
