// How a price book writes a rate: an amount of USD per unit, such as "5/Mtok". Text, so that it is exact, and with its
// unit, so that per-thousand and per-million can never be mistaken for one another.

import { type Fraction, multiply, parseDecimal } from './money-fraction.ts'

/** How many single things a unit of a rate is: tokens, requests, seconds. */
const UNIT_SIZES = { Mtok: 1_000_000n, M: 1_000_000n, K: 1_000n, hour: 3_600n, each: 1n } as const

export type RateUnit = keyof typeof UNIT_SIZES

export interface ParsedRate {
  /** USD for one single thing: one token, one search, one second. */
  readonly usdEach: Fraction
  readonly unit: RateUnit
}

const RATE = /^(\d{1,12}(?:\.\d{1,12})?)\/(Mtok|M|K|hour|each)$/

/** "0.003625/Mtok" (million tokens), "10/K" (thousand), "15/M", "0.111/hour" (3,600 seconds), "0.04/each". */
export function parseRate(text: string): ParsedRate | undefined {
  const match = RATE.exec(text)
  const usd = match?.[1] === undefined ? undefined : parseDecimal(match[1])
  if (usd === undefined) return undefined
  const unit = match?.[2] as RateUnit
  return { usdEach: multiply(usd, { n: 1n, d: UNIT_SIZES[unit] }), unit }
}
