// Values of the warehouse as JSON: counts as numbers while a number holds them exactly, money as decimal text, times as ISO
// in the zone of the answer.

import { fromSqlTime } from '#core/hours.ts'
import { formatInstant, type Zone } from '#core/zones.ts'

/** The one currency of the ledger. */
export const CURRENCY = 'USD'

/** A count that came as text; beyond 2^53 it stays text, since a wrong digit is worse than another type. */
export function toCount(value: string | number): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

/** A time of the warehouse (UTC) as ISO. */
export const toIso = (sqlTime: string, zone: Zone): string => formatInstant(fromSqlTime(sqlTime), zone)
