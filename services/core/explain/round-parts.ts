// Rounds the parts of a change to whole picodollars so that they still add up to it. Losing one here is what makes a reader
// doubt all of them.

import type { Picos } from '../money.ts'

/**
 * Parts that add up to `total`. Each is cut off towards zero, and what remains goes, one picodollar each, to those that lost
 * most of it; of equals to the first. A part that was exact stays what it was, and turning all signs turns all parts.
 *
 * @param exact numerators over `denominator`; they add up to less than one from `total`
 */
export function roundParts(total: Picos, exact: readonly bigint[], denominator: bigint): Picos[] {
  const parts = exact.map(numerator => numerator / denominator)
  const left = total - parts.reduce((sum, part) => sum + part, 0n)
  const sign = left < 0n ? -1n : 1n
  const lost = exact
    .map((numerator, i) => ({ i, rest: (numerator % denominator) * sign }))
    .sort((a, b) => (a.rest === b.rest ? a.i - b.i : a.rest > b.rest ? -1 : 1))
  for (const { i } of lost.slice(0, Number(left * sign))) parts[i] = (parts[i] ?? 0n) + sign
  return parts
}
