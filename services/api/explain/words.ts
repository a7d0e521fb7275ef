// Amounts, shares and names as a sentence shows them.

import { PICOS_PER_USD, type Picos, roundHalfEven } from '#core/money.ts'

const SIGNIFICANT = 3
const DECIMALS = 12

/** `$1,234.57`, `-$0.00123`: cents from a dollar on, three significant digits below. */
export function usd(picos: Picos): string {
  const size = picos < 0n ? -picos : picos
  const decimals =
    size === 0n || size >= PICOS_PER_USD
      ? 2
      : Math.min(DECIMALS, DECIMALS - String(size).length + SIGNIFICANT)
  const digits = String(roundHalfEven(size, 10n ** BigInt(DECIMALS - decimals))).padStart(decimals + 1, '0')
  return `${picos < 0n ? '-' : ''}$${grouped(digits.slice(0, -decimals))}.${digits.slice(-decimals)}`
}

/** `1,234,567`. */
export const grouped = (value: string | number | bigint): string =>
  String(value).replace(/\B(?=(\d{3})+$)/g, ',')

/** `1 call`, `2,000 calls`. */
export const counted = (value: string | number | bigint, thing: string): string =>
  `${grouped(value)} ${thing}${String(value) === '1' ? '' : 's'}`

/** `+277 %`, `-3.4 %`; nothing where there is no whole. */
export function signedPercent(part: Picos, whole: Picos): string {
  if (whole === 0n) return ''
  const size = part < 0n ? -part : part
  const tenths = roundHalfEven(size * 1_000n, whole)
  const digits = tenths >= 100n ? grouped(roundHalfEven(tenths, 10n)) : `${tenths / 10n}.${tenths % 10n}`
  return `${part < 0n ? '-' : '+'}${digits} %`
}

/** Whole percent of a share. */
export const percent = (part: bigint, whole: bigint): string =>
  whole === 0n ? '0 %' : `${roundHalfEven(part * 100n, whole)} %`

/** A quotient to the nearest whole number. */
export const mean = (total: bigint, number: bigint): string =>
  number === 0n ? '0' : grouped(roundHalfEven(total, number))

/** What a dimension is called in a sentence. */
const NAMES: Readonly<Record<string, string>> = {
  user_id: 'user',
  tenant_id: 'tenant',
  task_type: 'task type',
  prompt_version: 'prompt version',
}

export const nameOf = (dimension: string): string => NAMES[dimension] ?? dimension.replaceAll('_', ' ')

const MAX_LENGTH = 60

/** A value as events bring it, short enough for a sentence. */
export const valueText = (value: string): string =>
  value === '' ? '(none)' : value.length > MAX_LENGTH ? `${value.slice(0, MAX_LENGTH)}…` : value
