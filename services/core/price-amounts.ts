// Tokens times rates, exactly: integers over one denominator, nothing rounded yet. Both the stored cost and its line by
// line explanation are made from these, so they cannot disagree.

import type { Picos } from './money.ts'
import { type Fraction, lcm, multiply, ONE, parseDecimal } from './money-fraction.ts'
import type { Multiplier, PriceBook, Rate, Rule } from './price-book.ts'
import { findUnitRate, type Selection } from './price-select.ts'
import { TOKEN_BUCKETS, type TokenBucket } from './tokens.ts'
import type { UsageEvent } from './usage-event.ts'

/** The parts of a cost, in the order in which equal shares get a remainder. */
export const COMPONENTS = ['uncachedInput', 'cacheRead', 'cacheWrite', 'output', 'units'] as const
export type Component = (typeof COMPONENTS)[number]

/** Picodollars by component. */
export type Components = Readonly<Record<Component, Picos>>

const COMPONENT_OF: Readonly<Record<TokenBucket, Component>> = {
  input: 'uncachedInput',
  input_audio: 'uncachedInput',
  input_image: 'uncachedInput',
  input_video: 'uncachedInput',
  cache_read: 'cacheRead',
  cache_read_audio: 'cacheRead',
  cache_read_image: 'cacheRead',
  cache_write_5m: 'cacheWrite',
  cache_write_1h: 'cacheWrite',
  output: 'output',
  reasoning: 'output',
  output_audio: 'output',
  output_image: 'output',
}

/** One bucket or unit that is not empty. */
export interface Charge {
  readonly component: Component
  readonly name: string
  readonly quantity: number | string
  readonly rate: Rate
  /** What chose the rate; for a unit that a rule on units prices, `rule` is that one. */
  readonly selection: Selection
  readonly rule: Rule
  /** Exact picodollars over the denominator of all charges: at list price (multipliers applied), and what is owed (contract too). */
  list: bigint
  owed: bigint
}

/** All charges of a call, over one denominator. */
export interface Charges {
  readonly charges: Charge[]
  denominator: bigint
}

export const noCharges = (): Charges => ({ charges: [], denominator: 1n })

/**
 * Adds what a request is charged for at the selected rates. Returns what it used that has no rate, if anything.
 */
export function charge(
  event: UsageEvent,
  selection: Selection,
  book: PriceBook,
  into: Charges,
): `no_rate:${string}` | undefined {
  const { rule, variant, tier, multipliers, contract } = selection
  const sheet = tier?.sheet ?? variant.sheet
  const factor = product(multipliers)
  const owed = contract ? multiply(factor, contract.factor) : factor
  const denominator = rule.denominator * lcm(factor.d, owed.d)
  const listScale = (factor.n * denominator) / (factor.d * rule.denominator)
  const owedScale = (owed.n * denominator) / (owed.d * rule.denominator)
  const scale = widen(into, denominator)
  for (const bucket of TOKEN_BUCKETS) {
    const quantity = event.tokens[bucket]
    if (quantity === 0) continue
    const rate = sheet.tokens[bucket]
    if (rate === undefined) return `no_rate:${bucket}`
    const exact = BigInt(quantity) * rate.numerator * scale
    const component = COMPONENT_OF[bucket]
    const list = listScale === 1n ? exact : exact * listScale
    const owes = owedScale === listScale ? list : exact * owedScale
    into.charges.push({ component, name: bucket, quantity, rate, selection, rule, list, owed: owes })
  }
  for (const name in event.units) {
    const quantity = event.units[name] ?? ''
    const amount = parseDecimal(quantity)
    if (amount?.n === 0n) continue
    const own = sheet.units.get(name)
    const found = own ? { rule, rate: own } : findUnitRate(event, selection.target, name, book)
    if (found === undefined || amount === undefined) return `no_rate:${name}`
    const exact = amount.n * found.rate.numerator * widen(into, amount.d * found.rule.denominator)
    into.charges.push({
      component: 'units',
      name,
      quantity,
      ...found,
      selection,
      list: exact,
      owed: exact,
    })
  }
  return undefined
}

/** Makes the common denominator a multiple of another; returns what a numerator over that one is to be multiplied by. */
function widen(into: Charges, denominator: bigint): bigint {
  if (into.denominator % denominator !== 0n) {
    const common = lcm(into.denominator, denominator)
    const scale = common / into.denominator
    for (const entry of into.charges) {
      entry.list *= scale
      entry.owed *= scale
    }
    into.denominator = common
  }
  return into.denominator / denominator
}

const product = (multipliers: readonly Multiplier[]): Fraction =>
  multipliers.reduce((factor, multiplier) => multiply(factor, multiplier.factor), ONE)

/** The charges by component, in the order of COMPONENTS, over their denominator. */
export function byComponent(charges: readonly Charge[], amount: 'list' | 'owed'): bigint[] {
  const parts = [0n, 0n, 0n, 0n, 0n]
  for (const entry of charges) {
    const i = COMPONENTS.indexOf(entry.component)
    parts[i] = (parts[i] ?? 0n) + entry[amount]
  }
  return parts
}
