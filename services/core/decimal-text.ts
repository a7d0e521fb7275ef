// Numbers of a JSON text as exact decimals. A JSON number comes as a float; its shortest text is what the provider wrote
// (up to 15 digits), and from there on every step is exact. A float sum here would put false picodollars on a bill.

import { parseDecimal } from './money-fraction.ts'

const EXPONENT = /^(\d+)(?:\.(\d+))?e([+-]?\d+)$/

/** A number or a decimal text, not negative, as text without an exponent; undefined for anything else. */
export function decimalText(value: unknown): string | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined
  const text = String(value).toLowerCase()
  if (parseDecimal(text) === undefined) return undefined
  const [, whole, fraction = '', exponent] = EXPONENT.exec(text) ?? []
  return whole === undefined ? text : shift(whole + fraction, Number(exponent) - fraction.length)
}

/** The exact sum of two decimal texts. */
export function addDecimals(a: string, b: string): string {
  const places = Math.max(placesOf(a), placesOf(b))
  return shift(String(scaled(a, places) + scaled(b, places)), -places)
}

/** Whole digits times a power of ten, as plain text without trailing zeros. */
export function shift(digits: string, power: number): string {
  if (power >= 0) return String(BigInt(digits + '0'.repeat(power)))
  const padded = digits.padStart(1 - power, '0')
  const fraction = padded.slice(power).replace(/0+$/, '')
  const whole = String(BigInt(padded.slice(0, power)))
  return fraction === '' ? whole : `${whole}.${fraction}`
}

const placesOf = (text: string): number => text.split('.')[1]?.length ?? 0

const scaled = (text: string, places: number): bigint =>
  BigInt(text.replace('.', '') + '0'.repeat(places - placesOf(text)))
