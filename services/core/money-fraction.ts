// Exact fractions of integers: rates, multipliers and quantities are kept as these until one rounding at the very end.
// A float anywhere on this way makes a replayed event cost something else than the first time.

/** n / d in lowest terms, d > 0. */
export interface Fraction {
  readonly n: bigint
  readonly d: bigint
}

export const ONE: Fraction = { n: 1n, d: 1n }

export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b]
  while (y !== 0n) [x, y] = [y, x % y]
  return x
}

export const lcm = (a: bigint, b: bigint): bigint => (a / gcd(a, b)) * b

/** n / d in lowest terms; d must be greater than 0. */
export function fraction(n: bigint, d: bigint): Fraction {
  const common = gcd(n, d)
  return { n: n / common, d: d / common }
}

export const multiply = (a: Fraction, b: Fraction): Fraction => fraction(a.n * b.n, a.d * b.d)

const DECIMAL = /^(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/

/**
 * A decimal text, never negative: "2", "0.003625", and "1e-7" because that is how JavaScript prints small numbers.
 * undefined for anything else, also for more than 30 digits on a side.
 */
export function parseDecimal(text: string): Fraction | undefined {
  const match = DECIMAL.exec(text)
  if (match === null) return undefined
  const [, whole = '', part = '', exponent = '0'] = match
  const shift = Number(exponent) - part.length
  const digits = BigInt(whole + part)
  return shift >= 0 ? { n: digits * 10n ** BigInt(shift), d: 1n } : fraction(digits, 10n ** BigInt(-shift))
}

const RATIO = /^(\d{1,15})(?:\/(\d{1,15}))?$/

/** A multiplier: "11/10", "1/2", "2", "0". undefined for anything else; decimals are not accepted. */
export function parseFraction(text: string): Fraction | undefined {
  const match = RATIO.exec(text)
  if (match === null) return undefined
  const d = BigInt(match[2] ?? '1')
  return d === 0n ? undefined : fraction(BigInt(match[1] ?? ''), d)
}

export const formatFraction = ({ n, d }: Fraction): string => (d === 1n ? `${n}` : `${n}/${d}`)
