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
  /** Picodollars at list rates, before multipliers and contract, over the amounts' denominator. */
  readonly exact: bigint
}

export interface Amounts {
  readonly charges: readonly Charge[]
  readonly denominator: bigint
}

/** What a call is charged for at the selected rates; or what it used that has no rate. */
export function charge(event: UsageEvent, { rule, variant, tier }: Selection): Amounts | `no_rate:${string}` {
  const sheet = tier?.sheet ?? variant.sheet
  const charges: Charge[] = []
  for (const bucket of TOKEN_BUCKETS) {
    const count = event.tokens[bucket]
    if (count === 0) continue
    const rate = sheet.tokens[bucket]
    if (rate === undefined) return `no_rate:${bucket}`
    const exact = BigInt(count) * rate.numerator
    charges.push({ component: COMPONENT_OF[bucket], name: bucket, quantity: count, rate, exact })
  }
  const units: { name: string; rate: Rate; amount: Fraction; text: string }[] = []
  for (const name in event.units) {
    const text = event.units[name] ?? ''
    const amount = parseDecimal(text)
    if (amount?.n === 0n) continue
    const rate = sheet.units.get(name)
    if (rate === undefined || amount === undefined) return `no_rate:${name}`
    units.push({ name, rate, amount, text })
  }
  if (units.length === 0) return { charges, denominator: rule.denominator }
  const parts = units.reduce((product, unit) => product * unit.amount.d, 1n)
  return {
    denominator: rule.denominator * parts,
    charges: [
      ...charges.map(entry => ({ ...entry, exact: entry.exact * parts })),
      ...units.map(({ name, rate, amount, text }) => ({
        component: 'units' as const,
        name,
        quantity: text,
        rate,
        exact: (amount.n * rate.numerator * parts) / amount.d,
      })),
    ],
  }
}

/** The amounts by component after a factor on tokens (units are not multiplied), over a common denominator. */
export function multiplied(
  { charges, denominator }: Amounts,
  factor: Fraction,
): { readonly parts: readonly bigint[]; readonly denominator: bigint } {
  const parts = COMPONENTS.map(() => 0n)
  for (const { component, exact } of charges) {
    const i = COMPONENTS.indexOf(component)
    parts[i] = (parts[i] ?? 0n) + exact
  }
  return {
    parts: parts.map((part, i) => part * (COMPONENTS[i] === 'units' ? factor.d : factor.n)),
    denominator: denominator * factor.d,
  }
}
