// One sum by another. Money by a count stays exact up to the last digit that is shown; anything else is a plain number.

import { formatPicos, parsePicos, roundHalfEven } from '#core/money.ts'

/** USD (not negative) by a count, in decimal text of at most 12 digits behind the point, half-even; null by nothing. */
export function usdBy(usd: string, by: bigint): string | null {
  const picos = parsePicos(usd)
  return by === 0n || picos === undefined ? null : formatPicos(roundHalfEven(picos, by))
}

/** null by nothing. */
export const numberBy = (of: number, by: number): number | null => (by === 0 ? null : of / by)
