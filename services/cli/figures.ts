// Figures as people read them. Amounts stay decimal text up to the last digit that is shown; a float would show another cent
// than the invoice.

import { roundHalfEven } from '#core/money.ts'

const SCALE = 12
const ONE = 10n ** BigInt(SCALE)
const DECIMAL = /^(-?)(\d+)(?:\.(\d+))?$/

/** Digits that are shown of an amount below a dollar. */
const SIGNIFICANT = 3

/** Decimal text in units of 1e-12; undefined if it is none. */
function scaled(text: string): bigint | undefined {
  const [, sign, whole, fraction = ''] = DECIMAL.exec(text) ?? []
  if (whole === undefined) return undefined
  const value = BigInt(whole) * ONE + BigInt(fraction.padEnd(SCALE, '0').slice(0, SCALE))
  return sign === '-' ? -value : value
}

/** `$1,234.57`, `$0.00123`: cents from a dollar on, three significant digits below. Any other text stays as it is. */
export function usd(text: string): string {
  const value = scaled(text)
  if (value === undefined) return text
  const size = value < 0n ? -value : value
  const decimals = size === 0n || size >= ONE ? 2 : Math.min(SCALE, leadingZeros(size) + SIGNIFICANT)
  return `${value < 0n ? '-' : ''}$${fixed(size, decimals)}`
}

/** Zeros after the point of an amount below one. */
const leadingZeros = (size: bigint): number => SCALE - size.toString().length

function fixed(size: bigint, decimals: number): string {
  const digits = roundHalfEven(size, 10n ** BigInt(SCALE - decimals))
    .toString()
    .padStart(decimals + 1, '0')
  return `${grouped(digits.slice(0, -decimals))}.${digits.slice(-decimals)}`
}

/** `1,234,567`. */
export const count = (value: string | number | bigint): string => grouped(String(value))

/** `1 hour`, `2,000 hours`. */
export const counted = (value: string | number | bigint, thing: string): string =>
  `${count(value)} ${thing}${String(value) === '1' ? '' : 's'}`

const grouped = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',')

/** `12.3%` of a whole, `<0.1%` of what would round to none; nothing where there is no whole. */
export function share(part: string, whole: string): string {
  const [a, b] = [scaled(part), scaled(whole)]
  if (a === undefined || !b) return ''
  const percent = permille(a, b)
  return percent === '0.0' && a > 0n ? '<0.1%' : `${percent}%`
}

/** `+12.3%` against before; `new` where there was nothing before. */
export function change(now: string, before: string): string {
  const [a, b] = [scaled(now), scaled(before)]
  if (a === undefined || b === undefined || (a === 0n && b === 0n)) return ''
  if (b === 0n) return 'new'
  return `${a >= b ? '+' : ''}${permille(a - b, b)}%`
}

/** An amount divided by a number of things, as decimal text; undefined for no things. */
export function perCall(cost: string, calls: bigint): string | undefined {
  const [value, number] = [scaled(cost), calls]
  if (value === undefined || number === 0n) return undefined
  const each = roundHalfEven(value < 0n ? -value : value, number)
  return asText(value < 0n ? -each : each)
}

/** An amount times n / d, as decimal text; d > 0. */
export function portion(amount: string, n: bigint, d: bigint): string {
  const value = (scaled(amount) ?? 0n) * n
  const size = roundHalfEven(value < 0n ? -value : value, d)
  return asText(value < 0n ? -size : size)
}

function asText(value: bigint): string {
  const size = value < 0n ? -value : value
  const text = `${size / ONE}.${(size % ONE).toString().padStart(SCALE, '0')}`
  return value < 0n ? `-${text}` : text
}

/** The sum of amounts, as decimal text. */
export const sum = (amounts: readonly string[]): string =>
  asText(amounts.reduce((total, amount) => total + (scaled(amount) ?? 0n), 0n))

/** What is left of an amount without a part of it. */
export const less = (amount: string, part: string): string =>
  asText((scaled(amount) ?? 0n) - (scaled(part) ?? 0n))

/** How many of `steps` an amount takes of the largest one. */
export function steps(part: string, largest: string, count: number): number {
  const [a, b] = [scaled(part), scaled(largest)]
  return a === undefined || !b || a < 0n ? 0 : Number(roundHalfEven(a * BigInt(count), b))
}

/** Whether one amount is greater than another. */
export const isGreater = (a: string, b: string): boolean => (scaled(a) ?? 0n) > (scaled(b) ?? 0n)

/** Percent with one decimal of a / b, b > 0. */
function permille(a: bigint, b: bigint): string {
  const rounded = roundHalfEven((a < 0n ? -a : a) * 1000n, b)
  const text = `${grouped((rounded / 10n).toString())}.${rounded % 10n}`
  return a < 0n && rounded > 0n ? `-${text}` : text
}
