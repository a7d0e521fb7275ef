// Figures of an explanation: amounts that may be negative, shares of them, and a period in short.

import { formatPicos, type Picos, roundHalfEven } from '#core/money.ts'
import type { Fraction } from '#core/money-fraction.ts'
import { numberBy } from '../answer/ratio.ts'
import { toCount } from '../answer/values.ts'
import { countOf, type Period, picosOf, type SumsRow } from './measures.ts'

/** USD as decimal text, with its sign. */
export const amountText = (picos: Picos): string => `${picos < 0n ? '-' : ''}${formatPicos(magnitude(picos))}`

const STEPS = 10_000n

/** A share of a whole with four decimals, rounded half-even; null of nothing. */
export const shareOf = (part: Picos, whole: Picos): number | null => shareBy(part, whole, 10_000)

/** The same in percent, with two decimals. */
export const percentOf = (part: Picos, whole: Picos): number | null => shareBy(part, whole, 100)

function shareBy(part: Picos, whole: Picos, divisor: number): number | null {
  if (whole === 0n) return null
  const size = roundHalfEven(magnitude(part) * STEPS, magnitude(whole))
  return Number(part < 0n === whole < 0n ? size : -size) / divisor
}

const magnitude = (picos: Picos): Picos => (picos < 0n ? -picos : picos)

/** What a period holds; the baseline's counts and cost scaled, its counts to whole ones. */
export interface Side {
  readonly calls: number | string
  readonly cost_usd: string
  readonly input_tokens: number | string
  readonly output_tokens: number | string
  /** Cache reads of all input tokens, from 0 to 1. */
  readonly cache_hit_rate: number | null
  /** Of priced calls. */
  readonly cost_per_call: string | null
  readonly unpriced_calls: number | string
}

export function sideOf(row: SumsRow, period: Period, scale: Fraction): Side {
  const of = (name: string): bigint => countOf(row, `${period}_${name}`)
  const count = (name: string) => toCount(String(roundHalfEven(of(name) * scale.n, scale.d)))
  const cost = picosOf(row, `${period}_cost_usd`)
  const priced = of('costed_calls')
  return {
    calls: count('calls'),
    cost_usd: amountText(roundHalfEven(cost * scale.n, scale.d)),
    input_tokens: count('input_tokens'),
    output_tokens: count('output_tokens'),
    cache_hit_rate: numberBy(Number(of('cache_reads')), Number(of('input_tokens'))),
    cost_per_call: priced === 0n ? null : formatPicos(roundHalfEven(cost, priced)),
    unpriced_calls: count('unpriced_calls'),
  }
}
