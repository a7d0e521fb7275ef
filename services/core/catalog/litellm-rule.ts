// An entry of LiteLLM's price map as a rule. Where the map has no price for how a call was served, the rule has none either:
// the map's own reader falls back to the standard price there, which nobody asked for and nobody bills.

import { type Fraction, formatFraction, fraction } from '../money-fraction.ts'
import type { ContextTierJson, MultiplierJson, RatesJson, RuleJson, VariantJson } from '../price-book-json.ts'
import type { WhenJson } from '../price-conditions.ts'
import { parseRate } from '../price-rate.ts'
import { type Entry, isFree, type Sheet, tokenRates, unitRates } from './litellm-entry.ts'

export type RuleParts = Pick<RuleJson, 'variants'> & { readonly multipliers: readonly MultiplierJson[] }

/**
 * Variants and multipliers of an entry; tools cost the same however a call was served. A batch of which the map says nothing
 * is refused: nothing else in a call would show that its price is a guess.
 */
export function ruleParts(provider: string, { sheets, multipliers }: Entry): RuleParts {
  const { standard, priority, flex, batches } = sheets
  const batchFactor = isGiven(batches) ? ratioTo(standard, batches, 'given') : undefined
  const hasTokens = Object.keys(tokenRates(standard.rates)).length > 0
  const ownBatch = hasTokens && batchFactor === undefined
  const batchSheet = isGiven(batches) ? batches : { rates: REFUSED, tiers: new Map() }
  // Batches with a price of their own are a variant, and what is a batch is then nothing else.
  const alone: WhenJson = ownBatch ? { batch: false } : {}
  const tiers = provider === 'openai' ? ['priority', 'fast'] : ['priority']
  const variants: VariantJson[] = [
    { id: 'standard', ...ownRates(provider, standard, standard) },
    ...(ownBatch ? [variant('batch', { batch: true }, batchSheet, undefined)] : []),
    ...(isGiven(flex)
      ? [variant('flex', { ...alone, service_tier: ['flex'] }, flex, halfOf(standard, flex))]
      : []),
    ...(isGiven(priority)
      ? [variant('priority', { ...alone, service_tier: tiers }, priority, ratioTo(standard, priority, 'all'))]
      : []),
  ]
  const batch = batchFactor === undefined || isOne(batchFactor) ? [] : [batchMultiplier(batchFactor)]
  return { variants, multipliers: [...batch, ...multipliers] }

  function variant(id: string, when: WhenJson, own: Sheet, factor: Fraction | undefined): VariantJson {
    return factor === undefined
      ? { id, when, ...ownRates(provider, standard, own) }
      : { id, when, scale: { of: 'standard', tokens: formatFraction(factor) } }
  }
}

const REFUSED: RatesJson = { input: 'REFUSE', output: 'REFUSE' }

const batchMultiplier = (factor: Fraction): MultiplierJson => ({
  id: 'batch',
  when: { batch: true },
  tokens: formatFraction(factor),
})

const isOne = ({ n, d }: Fraction): boolean => n === d

/** A long context alone, without an ordinary price, is none. */
const isGiven = ({ rates }: Sheet): boolean => Object.keys(rates).length > 0

/** Flex is half of everything, and the map often says so of input and output alone. */
function halfOf(standard: Sheet, flex: Sheet): Fraction | undefined {
  const factor = ratioTo(standard, flex, 'given')
  return factor?.n === 1n && factor.d === 2n ? factor : undefined
}

/**
 * How many times the standard price a sheet is, where that is the same for all token rates that it gives.
 * @param cover 'all' where every token rate of the standard price must have its counterpart
 */
export function ratioTo(standard: Sheet, other: Sheet, cover: 'all' | 'given'): Fraction | undefined {
  const [from, to] = [exactRates(standard), exactRates(other)]
  const missing = [...from].some(([place, { n }]) => n > 0n && !to.has(place))
  if (cover === 'all' && missing) return undefined
  let common: Fraction | undefined
  for (const [place, rate] of to) {
    const base = from.get(place)
    if (base === undefined || (base.n === 0n) !== (rate.n === 0n)) return undefined
    if (base.n === 0n) continue
    const ratio = fraction(rate.n * base.d, rate.d * base.n)
    if (common && (common.n !== ratio.n || common.d !== ratio.d)) return undefined
    common = ratio
  }
  return common
}

function exactRates({ rates, tiers }: Sheet): Map<string, Fraction> {
  const parts: (readonly [number, RatesJson])[] = [[0, rates], ...tiers]
  return new Map(
    parts.flatMap(([above, part]) =>
      Object.entries(tokenRates(part)).flatMap(([name, text]) => {
        const usd = parseRate(text)?.usdEach
        return usd ? [[`${above}/${name}`, usd] as const] : []
      }),
    ),
  )
}

/** Rates of a variant with its context tiers. A long context that only the standard price knows has no price here. */
function ownRates(
  provider: string,
  standard: Sheet,
  own: Sheet,
): Pick<VariantJson, 'rates' | 'context_tiers'> {
  const rates = { ...own.rates, ...unitRates({ ...standard.rates, ...own.rates }) }
  const thresholds = [...new Set([...standard.tiers.keys(), ...own.tiers.keys()])].toSorted((a, b) => a - b)
  const context_tiers = thresholds.map((above): ContextTierJson => {
    const tier = own.tiers.get(above)
    return {
      metric: 'input_total',
      // https://docs.x.ai/docs/models: from the threshold on; everybody else above it.
      ...(provider === 'xai' ? { gte: above } : { gt: above }),
      rates: tier ? tierRates(own.rates, tier) : refused(Object.keys(tokenRates(own.rates))),
    }
  })
  return context_tiers.length > 0 ? { rates, context_tiers } : { rates }
}

/** A long context reprices everything; what the map gives no price for there is not the price of a short one. */
function tierRates(base: RatesJson, tier: RatesJson): RatesJson {
  const missing = Object.entries(tokenRates(base)).flatMap(([name, rate]) =>
    tier[name] === undefined && name !== 'output' && !isFree(rate) ? [name] : [],
  )
  return { ...tier, ...refused(missing) }
}

const refused = (names: readonly string[]): RatesJson =>
  Object.fromEntries(names.map(name => [name, 'REFUSE']))
