// Every group of a rollup in a slice: each measure must be what the events add up to. The engine compares; only groups that
// differ come back.

import type { Warehouse } from '#ports/warehouse.ts'
import { andMore, type Finding, minute, named, range, SHOWN } from './findings.ts'
import { MEASURES, type Measure, ROLLUPS, type Rollup } from './kept.ts'
import { partsOf, type Slice } from './slices.ts'
import { BOUNDED, copiesSql, partParams, sliceParams, visibleSql } from './sources.ts'

interface Differing {
  readonly differing: string
  readonly first: readonly [quarter: string, group: string][]
}

interface Group {
  readonly keys: readonly string[]
  readonly expected: readonly string[]
  readonly found: readonly string[]
}

/** Rows (group, side, each key, each measure) of both sides; `group` is a hash of the keys. */
function bothSides(rollup: Rollup, events: string): string {
  const { view, dimensions } = ROLLUPS[rollup]
  const group = `cityHash64(${['quarter', ...dimensions].join(', ')}) AS group`
  return `SELECT toStartOfInterval(e.occurred_at, INTERVAL 15 MINUTE, 'UTC') AS quarter, ${dimensions.map(d => `toString(e.${d}) AS ${d}`).join(', ')},
      ${MEASURES.map(({ column, ofEvent }) => `${ofEvent} AS ${column}`).join(', ')}, toInt64(1) AS side, ${group}
    FROM (${events}) AS e
    UNION ALL
    SELECT toDateTime(r.quarter, 'UTC') AS quarter, ${dimensions.map(d => `toString(r.${d}) AS ${d}`).join(', ')},
      ${MEASURES.map(({ column }) => `r.${column} AS ${column}`).join(', ')}, toInt64(-1) AS side, ${group}
    FROM ${view} AS r
    WHERE r.quarter >= {from:DateTime64(3, 'UTC')} AND r.quarter < {to:DateTime64(3, 'UTC')}`
}

const EXPECTED = 'side = 1'
const FOUND = 'side = -1'

const joined = ({ column, kind }: Measure, side: string): string =>
  `${kind === 'max' ? 'max' : 'sum'}If(${column}, ${side})`

/**
 * All counts and all money of a row as one number that adds up as they do, so that a group of millions needs no more memory
 * than its key. Each has a weight of its own, and an odd one: a difference of one measure always shows, of several all but surely.
 */
const PRINT = MEASURES.filter(({ kind }) => kind === 'count' || kind === 'money')
  .map(({ column, kind }) => {
    const whole = kind === 'money' ? `reinterpretAsInt64(${column})` : `toInt64(${column})`
    return `toInt64(bitOr(cityHash64('${column}'), 1)) * ${whole}`
  })
  .join(' + ')

/** The rest: a maximum adds nothing up, and a sum of floats depends on its order. */
const DIFFERS = MEASURES.filter(({ kind }) => kind === 'max' || kind === 'float').map(measure => {
  const [expected, found] = [joined(measure, EXPECTED), joined(measure, FOUND)]
  return measure.kind === 'max'
    ? `${expected} != ${found}`
    : `abs(${expected} - ${found}) > 1e-9 * greatest(${expected}, ${found})`
})

const differenceSql = (
  rollup: Rollup,
  events: string,
): string => `SELECT count() AS differing, groupArraySorted(${SHOWN})((quarter, group)) AS first
FROM
(
  SELECT group, min(quarter) AS quarter
  FROM (${bothSides(rollup, events)})
  WHERE group % {parts:UInt32} = {part:UInt32}
  GROUP BY group
  HAVING sum(side * (${PRINT})) != 0
    OR ${DIFFERS.join(' OR ')}
)`

const figures = (side: string): string =>
  `[${MEASURES.map(measure => `toString(${joined(measure, side)})`).join(', ')}]`

function detailsSql(rollup: Rollup, events: string): string {
  const keys = ['quarter', ...ROLLUPS[rollup].dimensions]
  return `SELECT [${keys.map(key => `toString(${key})`).join(', ')}] AS keys,
  ${figures(EXPECTED)} AS expected, ${figures(FOUND)} AS found
FROM (${bothSides(rollup, events)})
WHERE toString(group) IN {groups:Array(String)}
GROUP BY ${keys.join(', ')}
ORDER BY keys`
}

/**
 * Compares a rollup with the events of a slice.
 *
 * @param seen that what is visible was compared and is right: it is then read instead of the copies, of which each event's
 * have to be brought together first
 */
export async function compareRollup(
  warehouse: Warehouse,
  rollup: Rollup,
  slice: Slice,
  seen: boolean,
): Promise<Finding[]> {
  const events = seen ? visibleSql() : copiesSql()
  let differing = 0
  const first: [quarter: string, group: string][] = []
  for (const part of partsOf(slice)) {
    const params = partParams(slice, part)
    const [row] = await warehouse.query<Differing>(differenceSql(rollup, events), { ...BOUNDED, params })
    differing += Number(row?.differing ?? 0)
    first.push(...(row?.first ?? []))
  }
  if (differing === 0) return []
  const groups = first
    .sort()
    .slice(0, SHOWN)
    .map(([, group]) => group)
  const params = { ...sliceParams(slice), groups }
  const details = await warehouse.query<Group>(detailsSql(rollup, events), { ...BOUNDED, params })
  const where = `${rollup}, ${range(slice.from, slice.to)}`
  return [
    ...details.map(group => finding(rollup, group)),
    ...andMore('totals', where, groups.length, differing),
  ]
}

function finding(rollup: Rollup, { keys, expected, found }: Group): Finding {
  const [quarter = '', ...values] = keys
  const group = named(
    ROLLUPS[rollup].dimensions,
    values,
    (column, i) => column === 'feature' || values[i] !== '',
  )
  return {
    check: 'totals',
    where: `${rollup}, ${minute(quarter)}, ${group}`,
    expected: saying(expected, found),
    found: saying(found, expected),
  }
}

const COLUMNS = MEASURES.map(({ column }) => column)
const isNothing = (values: readonly string[]): boolean => values.every(value => value === '0')

/** The figures that differ; of a group that is on one side only, how many calls of what cost. */
function saying(values: readonly string[], others: readonly string[]): string {
  if (isNothing(values)) return 'nothing'
  const told = isNothing(others)
    ? (column: string) => column === 'calls' || column === 'cost_usd'
    : (_: string, i: number) => values[i] !== others[i]
  return named(COLUMNS, values, told)
}
