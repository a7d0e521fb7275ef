// One event id used for calls further apart than copies can be: both are counted, and its producer should know.

import { DAY_MS, startOfDay, TWIN_WINDOW_MS, toSqlTime } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { andMore, type Finding, range, SHOWN } from './findings.ts'
import { partsOf } from './slices.ts'
import { BOUNDED } from './sources.ts'

const CONFLICTS_SQL = `SELECT count() AS conflicts, groupArraySorted(${SHOWN})((event_id, toString(first), toString(last))) AS shown
FROM
(
  SELECT event_id, min(occurred_at) AS first, max(occurred_at) AS last
  FROM v_events
  WHERE occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {late:DateTime64(3, 'UTC')}
    AND cityHash64(event_id) % {parts:UInt32} = {part:UInt32}
  GROUP BY event_id
  HAVING last - first > ${TWIN_WINDOW_MS / 1000} AND first < {to:DateTime64(3, 'UTC')}
)`

const COPIES_SQL = `SELECT count() AS copies FROM usage_events
WHERE occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {late:DateTime64(3, 'UTC')}`

/** Of an event only two times are kept: so many fit into some 100 MB. */
const PART_COPIES = 500_000

type Conflict = readonly [id: string, first: string, last: string]

interface Answer {
  readonly conflicts: string
  readonly shown: readonly Conflict[]
}

/** Ids of [from, to) that were used again within a day; day by day. */
export async function findConflicts(warehouse: Warehouse, from: number, to: number): Promise<Finding[]> {
  const findings: Finding[] = []
  for (let day = startOfDay(from); day < to; day += DAY_MS) {
    findings.push(...(await conflictsOf(warehouse, Math.max(day, from), Math.min(day + DAY_MS, to))))
  }
  return findings
}

async function conflictsOf(warehouse: Warehouse, from: number, to: number): Promise<Finding[]> {
  const params = { from: toSqlTime(from), to: toSqlTime(to), late: toSqlTime(to + DAY_MS) }
  const [row] = await warehouse.query<{ copies: string }>(COPIES_SQL, { ...BOUNDED, params })
  const copies = Number(row?.copies ?? 0)
  if (copies === 0) return []
  let conflicts = 0
  const shown: Conflict[] = []
  for (const part of partsOf({ copies }, PART_COPIES)) {
    const options = { ...BOUNDED, params: { ...params, ...part } }
    const [answer] = await warehouse.query<Answer>(CONFLICTS_SQL, options)
    conflicts += Number(answer?.conflicts ?? 0)
    shown.push(...(answer?.shown ?? []))
  }
  const told = shown.sort().slice(0, SHOWN)
  const findings = told.map(
    ([id, first, last]): Finding => ({
      check: 'conflicts',
      where: `event_id ${id}`,
      expected: 'copies of one event within ten minutes',
      found: `calls at ${first} and ${last}, both counted`,
    }),
  )
  return [...findings, ...andMore('conflicts', range(from, to), told.length, conflicts)]
}
