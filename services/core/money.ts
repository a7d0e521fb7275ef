// Amounts of money: whole picodollars (1e-12 USD) as bigint, the resolution of the warehouse's Decimal columns.
// Everything that is stored or shown passes through here; a rounding anywhere else lets sums and replays drift apart.

import { parseDecimal } from './money-fraction.ts'

/** 1e-12 USD. */
export type Picos = bigint

export const PICOS_PER_USD = 1_000_000_000_000n

/** A row's column is Decimal(18, 12): amounts from this one on do not fit, and no single call costs that much. */
export const COST_LIMIT: Picos = 1_000_000n * PICOS_PER_USD

/** n / d to the nearest integer, a tie to the even one; n >= 0, d > 0. */
export function roundHalfEven(n: bigint, d: bigint): bigint {
  const quotient = n / d
  const twice = (n % d) * 2n
  if (twice < d || (twice === d && quotient % 2n === 0n)) return quotient
  return quotient + 1n
}

/** USD as a decimal text to picodollars, rounded half-even; undefined if it is no decimal or negative. */
export function parsePicos(text: string): Picos | undefined {
  const usd = parseDecimal(text)
  return usd && roundHalfEven(usd.n * PICOS_PER_USD, usd.d)
}

/** A quantity of a unit in steps of 1e-12, as its Decimal column holds it. Throws a RangeError for what is no decimal. */
export function parseUnits(text: string): bigint {
  const steps = parsePicos(text)
  if (steps === undefined) throw new RangeError(`${text} is no quantity`)
  return steps
}

/** Picodollars (not negative) as USD in decimal text, without trailing zeros: "0.000000012345", "12", "0". */
export function formatPicos(picos: Picos): string {
  const whole = picos / PICOS_PER_USD
  const part = (picos % PICOS_PER_USD).toString().padStart(12, '0').replace(/0+$/, '')
  return part === '' ? whole.toString() : `${whole}.${part}`
}

/**
 * Splits a rounded total into shares that sum to it exactly. `exact` holds what each share is before rounding, as
 * numerators over `denominator`, and sums to at least total - 1/2. Each share is floored and what remains goes to the
 * largest one, the first of equals.
 */
export function apportion(total: Picos, exact: readonly bigint[], denominator: bigint): Picos[] {
  let remainder = total
  let largest = 0
  const shares = exact.map((numerator, i) => {
    const share = numerator / denominator
    remainder -= share
    if (numerator > (exact[largest] ?? 0n)) largest = i
    return share
  })
  if (remainder !== 0n) shares[largest] = (shares[largest] ?? 0n) + remainder
  return shares
}
