// Tokens times rates, exactly: integers over one denominator, nothing rounded yet. Both the stored cost and its line by
// line explanation are made from these, so they cannot disagree.

import type { Picos } from './money.ts'
import { type Fraction, parseDecimal } from './money-fraction.ts'
import type { Rate } from './price-book.ts'
import type { Selection } from './price-select.ts'
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
  /** Picodollars at list rates, before multipliers and contract, over the charges' denominator. */
  readonly exact: bigint
}

export interface Charges {
  readonly charges: readonly Charge[]
  readonly denominator: bigint
}

/** Exact picodollars by component, in the order of COMPONENTS, as numerators over a denominator. */
export interface Amounts {
  readonly parts: readonly bigint[]
  readonly denominator: bigint
}

/** What a call is charged for at the selected rates; or what it used that has no rate. */
export function charge(event: UsageEvent, { rule, variant, tier }: Selection): Charges | `no_rate:${string}` {
  const sheet = tier?.sheet ?? variant.sheet
  const charges: Charge[] = []
  for (const bucket of TOKEN_BUCKETS) {
    const quantity = event.tokens[bucket]
    if (quantity === 0) continue
    const rate = sheet.tokens[bucket]
    if (rate === undefined) return `no_rate:${bucket}`
    const exact = BigInt(quantity) * rate.numerator
    charges.push({ component: COMPONENT_OF[bucket], name: bucket, quantity, rate, exact })
  }
  let denominator = rule.denominator
  for (const name in event.units) {
    const quantity = event.units[name] ?? ''
    const amount = parseDecimal(quantity)
    if (amount?.n === 0n) continue
    const rate = sheet.units.get(name)
    if (rate === undefined || amount === undefined) return `no_rate:${name}`
    // A fraction of a unit needs a finer denominator, for this charge and all before it.
    if (amount.d !== 1n) {
      denominator *= amount.d
      charges.forEach((entry, i) => {
        charges[i] = { ...entry, exact: entry.exact * amount.d }
      })
    }
    const exact = (amount.n * rate.numerator * denominator) / (rule.denominator * amount.d)
    charges.push({ component: 'units', name, quantity, rate, exact })
  }
  return { charges, denominator }
}

/** The charges by component after a factor on tokens; units are not multiplied. */
export function amountsOf({ charges, denominator }: Charges, factor: Fraction): Amounts {
  const parts = [0n, 0n, 0n, 0n, 0n]
  for (const { component, exact } of charges) {
    const i = COMPONENTS.indexOf(component)
    parts[i] = (parts[i] ?? 0n) + exact * (component === 'units' ? factor.d : factor.n)
  }
  return { parts, denominator: denominator * factor.d }
}
