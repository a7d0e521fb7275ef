// A range in slices that one statement can compare: whole hours, quiet ones together and a busy one alone. How many copies an
// hour has decides, so that neither a year without calls nor an hour with millions of them takes long or much.

import { fromSqlTime, HOUR_MS, toSqlTime } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'

/** Whole hours, ms, [from, to). */
export interface Slice {
  readonly from: number
  readonly to: number
  /** Hours that hold events. */
  readonly hours: number
  /** Stored copies of events, hidden and replaced ones too. */
  readonly copies: number
}

export interface Part {
  readonly part: number
  readonly parts: number
}

/** Hours are put together up to so many copies and to a week: FINAL reads the parts of all its days at once. */
const SLICE_COPIES = 250_000
const SLICE_HOURS = 7 * 24

/** Events, and groups of which each may be one event, are compared so many at once: some 60 MB. */
const PART_COPIES = 100_000

const HOURS_SQL = `SELECT toStartOfHour(occurred_at) AS hour, count() AS copies
FROM usage_events
WHERE is_deleted = 0 AND occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {to:DateTime64(3, 'UTC')}
GROUP BY hour`

export async function cutIntoSlices(warehouse: Warehouse, from: number, to: number): Promise<Slice[]> {
  const rows = await warehouse.query<{ hour: string; copies: string }>(HOURS_SQL, {
    params: { from: toSqlTime(from), to: toSqlTime(to) },
    timeoutMs: 300_000,
  })
  const copies = new Map(rows.map(row => [fromSqlTime(row.hour), Number(row.copies)]))
  return slicesOf(copies, from, to)
}

/** @param copies by hour; hours without any may be left out */
export function slicesOf(copies: ReadonlyMap<number, number>, from: number, to: number): Slice[] {
  const slices: Slice[] = []
  for (let hour = from; hour < to; hour += HOUR_MS) {
    const count = copies.get(hour) ?? 0
    const last = slices.at(-1)
    const joins = last && last.copies + count <= SLICE_COPIES && hour - last.from < SLICE_HOURS * HOUR_MS
    const begun = joins ? last : { from: hour, hours: 0, copies: 0 }
    if (joins) slices.pop()
    slices.push({
      from: begun.from,
      to: Math.min(hour + HOUR_MS, to),
      hours: begun.hours + (count > 0 ? 1 : 0),
      copies: begun.copies + count,
    })
  }
  return slices
}

/** @param most copies that one part may have */
export function partsOf({ copies }: Pick<Slice, 'copies'>, most = PART_COPIES): Part[] {
  const parts = Math.max(1, Math.ceil(copies / most))
  return Array.from({ length: parts }, (_, part) => ({ part, parts }))
}
