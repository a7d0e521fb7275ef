// One rule of a price book compiled: integer rates over one denominator, so that pricing an event multiplies and adds
// integers, and conditions as functions. An inexact step here would be an inexact price for every event of the model.

import { PICOS_PER_USD } from './money.ts'
import { type Fraction, lcm, multiply, ONE, parseFraction } from './money-fraction.ts'
import type { Guard, Multiplier, Rate, RateSheet, Rule, Variant } from './price-book.ts'
import type { IntervalJson, PriceBookJson, RatesJson, RuleJson, VariantJson } from './price-book-json.ts'
import {
  clauseCount,
  compileWhen,
  FLAG_DIMENSIONS,
  plainWord,
  type WhenJson,
  WORD_DIMENSIONS,
  wordsNamed,
} from './price-conditions.ts'
import { parseRate } from './price-rate.ts'
import { GUARDED_DIMENSIONS, ordinaryValues } from './providers.ts'
import { isTokenBucket, TOKEN_BUCKETS, type TokenBucket } from './tokens.ts'
import type { UsageEvent } from './usage-event.ts'

/** An interval in ms; without one, always. */
export const bounds = (interval: IntervalJson | undefined): { from: number; to: number } => ({
  from: interval ? Date.parse(interval.from) : Number.NEGATIVE_INFINITY,
  to: interval?.to == null ? Number.POSITIVE_INFINITY : Date.parse(interval.to),
})

/** A rate before it has the rule's denominator: picodollars for one thing. */
interface ExactRate {
  readonly picos: Fraction
  readonly text: string
}

type ExactRates = ReadonlyMap<string, ExactRate>

interface ExactVariant {
  readonly json: VariantJson
  readonly rates: ExactRates
  readonly tiers: readonly { readonly above: number; readonly id: string; readonly rates: ExactRates }[]
}

export function compileRule(json: RuleJson, fallback: PriceBookJson['bucket_fallback']): Rule {
  const variants = json.variants.map(variant => exactVariant(variant, json.variants, fallback))
  const all = variants.flatMap(variant => [variant.rates, ...variant.tiers.map(tier => tier.rates)])
  const denominator = all.flatMap(rates => [...rates.values()]).reduce((d, rate) => lcm(d, rate.picos.d), 1n)
  const sheet = (rates: ExactRates) => compileSheet(rates, denominator)
  return {
    id: json.id,
    ...bounds(json.effective),
    denominator,
    variants: variants
      .toSorted((a, b) => clauseCount(b.json.when) - clauseCount(a.json.when))
      .map(
        (variant): Variant => ({
          id: variant.json.id,
          matches: compileWhen(variant.json.when),
          sheet: sheet(variant.rates),
          tiers: variant.tiers
            .toSorted((a, b) => b.above - a.above)
            .map(tier => ({ id: tier.id, above: tier.above, sheet: sheet(tier.rates) })),
        }),
      ),
    multipliers: (json.multipliers ?? []).map(
      (multiplier): Multiplier => ({
        id: multiplier.id,
        matches: compileWhen(multiplier.when),
        factor: parseFraction(multiplier.tokens) ?? ONE,
      }),
    ),
    guards: compileGuards(json),
    json,
  }
}

function exactVariant(
  json: VariantJson,
  siblings: readonly VariantJson[],
  fallback: PriceBookJson['bucket_fallback'],
): ExactVariant {
  const { scale } = json
  const own = scale ? siblings.find(sibling => sibling.id === scale.of) : json
  const factor = scale ? parseFraction(scale.tokens) : undefined
  const rates = (written: RatesJson) => scaled(exactRates(written, fallback), factor, scale?.tokens)
  return {
    json,
    rates: rates(own?.rates ?? {}),
    tiers: (own?.context_tiers ?? []).map(tier => ({
      above: tier.gt ?? (tier.gte ?? 0) - 1,
      id: tier.gt === undefined ? `${tier.metric}>=${tier.gte}` : `${tier.metric}>${tier.gt}`,
      rates: rates({ ...own?.rates, ...tier.rates }),
    })),
  }
}

function exactRates(written: RatesJson, fallback: PriceBookJson['bucket_fallback']): ExactRates {
  const rates = new Map<string, ExactRate>()
  for (const [name, text] of Object.entries(written)) {
    const rate = parseRate(text)
    if (rate) rates.set(name, { picos: multiply(rate.usdEach, { n: PICOS_PER_USD, d: 1n }), text })
  }
  for (const bucket of TOKEN_BUCKETS) {
    if (written[bucket] !== undefined) continue
    let other = fallback[bucket]
    while (other !== undefined && other !== 'REFUSE' && written[other] === undefined) other = fallback[other]
    const rate = other === undefined ? undefined : rates.get(other)
    if (rate) rates.set(bucket, rate)
  }
  return rates
}

function scaled(rates: ExactRates, factor: Fraction | undefined, text: string | undefined): ExactRates {
  if (factor === undefined) return rates
  return new Map(
    [...rates].map(([name, rate]) => [
      name,
      isTokenBucket(name) ? { picos: multiply(rate.picos, factor), text: `${rate.text} x ${text}` } : rate,
    ]),
  )
}

function compileSheet(rates: ExactRates, denominator: bigint): RateSheet {
  const tokens: Partial<Record<TokenBucket, Rate>> = {}
  const units = new Map<string, Rate>()
  for (const [name, { picos, text }] of rates) {
    const rate = { numerator: (picos.n * denominator) / picos.d, text }
    if (isTokenBucket(name)) tokens[name] = rate
    else units.set(name, rate)
  }
  return { tokens, units }
}

/** Served values with a price are the ordinary ones and those that a condition of the rule names. */
function compileGuards(rule: RuleJson): Rule['guards'] {
  const conditions = [...rule.variants, ...(rule.multipliers ?? [])].map(part => part.when)
  const words = GUARDED_DIMENSIONS.flatMap((dimension): Guard[] => {
    const ordinary = ordinaryValues(rule.provider, dimension)
    if (ordinary === undefined) return []
    const values = new Set([...ordinary, ...conditions.flatMap(when => wordsNamed(when, dimension))])
    const read = WORD_DIMENSIONS[dimension]
    return [{ dimension, accepts: (event, place) => values.has(plainWord(read(event, place))) }]
  })
  const batch: Guard = { dimension: 'batch', accepts: event => !FLAG_DIMENSIONS.batch(event) }
  const pricesBatch = conditions.some(when => when?.batch !== undefined)
  return [...words, ...regionGuard(conditions), ...(pricesBatch ? [] : [batch])]
}

/** A rule that prices regions apart has the price of the United States for those that it does not name. */
function regionGuard(conditions: readonly (WhenJson | undefined)[]): Guard[] {
  const named = new Set(conditions.flatMap(when => wordsNamed(when, 'region')))
  if (named.size === 0) return []
  const accepts = ({ region }: UsageEvent) =>
    region === '' || /^us-/i.test(region) || named.has(plainWord(region))
  return [{ dimension: 'region', accepts }]
}
