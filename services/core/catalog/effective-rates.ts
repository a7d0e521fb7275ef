// The rates of a rule as an ordinary call meets them, long contexts included, in one form for every way to write them:
// what two sources say can then be compared field by field.

import { type Fraction, multiply, ONE, parseFraction } from '../money-fraction.ts'
import type { RuleJson } from '../price-book-json.ts'
import type { WhenJson } from '../price-conditions.ts'
import { isTokenBucket } from '../tokens.ts'
import { ruleSheets } from './rule-sheets.ts'

/**
 * USD for one token or thing by field: "input", "web_search", and ">200000 input" for requests of more input than that. For a
 * call without any condition but the place it was served from (a `region_class`, '' for none).
 */
export function effectiveRates(rule: RuleJson, place: string): Map<string, Fraction> {
  const holds = (when: WhenJson | undefined): boolean =>
    Object.entries(when ?? {}).every(
      ([name]) => name === 'region_class' && when?.region_class?.includes(place),
    )
  const variant =
    rule.variants.find(({ when }) => when !== undefined && holds(when)) ??
    rule.variants.find(({ when }) => when === undefined)
  const factor = (rule.multipliers ?? [])
    .filter(({ when }) => holds(when))
    .reduce((product, { tokens }) => multiply(product, parseFraction(tokens) ?? ONE), ONE)
  return new Map(
    ruleSheets(rule)
      .filter(sheet => sheet.variant.id === variant?.id)
      .flatMap(({ threshold, above, rates }) =>
        [...rates].map(([name, usd]): [string, Fraction] => [
          threshold === undefined ? name : `>${above} ${name}`,
          isTokenBucket(name) ? multiply(usd, factor) : usd,
        ]),
      ),
  )
}
