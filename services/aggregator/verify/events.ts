// Every event of a slice: what is visible must be the best copy of each, in all that totals are made of. The engine compares
// fingerprints; only events that differ are read.

import type { Warehouse } from '#ports/warehouse.ts'
import { andMore, type Finding, minute, named, range, SHOWN } from './findings.ts'
import { ATTRIBUTES, KEPT } from './kept.ts'
import { type Part, partsOf, type Slice } from './slices.ts'
import {
  BOUNDED,
  copiesSql,
  PRINTS_OF_COPIES,
  PRINTS_OF_VISIBLE,
  partParams,
  sliceParams,
  visibleSql,
} from './sources.ts'

const WITNESS = 'visible events'

/** Prints are added up with a sign: what the copies say and what is visible cancel out. Sums of hashes wrap, and may. */
const DIFFER_SQL = `SELECT sum(expected) AS calls, countIf(differs) AS differing, groupArraySortedIf(${SHOWN})(id, differs) AS ids
FROM
(
  SELECT event_id AS id, countIf(side = 1) AS expected, sum(side) != 0 OR sum(side * toInt64(print)) != 0 AS differs
  FROM
  (
    SELECT event_id, print, toInt64(1) AS side FROM (${PRINTS_OF_COPIES})
    UNION ALL
    SELECT event_id, print, toInt64(-1) AS side FROM (${PRINTS_OF_VISIBLE})
  )
  GROUP BY id
)`

const asTexts = `[${KEPT.map(column => `ifNull(toString(${column}), 'unpriced')`).join(', ')}]`
const AMONG = 'e.event_id IN {ids:Array(String)}'

const DETAILS_SQL = `SELECT event_id, occurred_at, ${asTexts} AS texts, 'copies' AS side FROM (${copiesSql(AMONG)})
UNION ALL
SELECT event_id, occurred_at, ${asTexts} AS texts, 'visible' AS side FROM (${visibleSql(AMONG)})
ORDER BY event_id, occurred_at, texts`

interface Call {
  readonly event_id: string
  readonly occurred_at: string
  readonly texts: readonly string[]
  readonly side: 'copies' | 'visible'
}

/** Compares all events of the slice; resolves also with how many calls there must be. */
export async function compareEvents(
  warehouse: Warehouse,
  slice: Slice,
): Promise<{ calls: bigint; findings: Finding[] }> {
  let calls = 0n
  let differing = 0
  const ids: string[] = []
  for (const part of partsOf(slice)) {
    const row = await differ(warehouse, slice, part)
    calls += BigInt(row.calls)
    differing += Number(row.differing)
    ids.push(...row.ids)
  }
  if (differing === 0) return { calls, findings: [] }
  const shown = ids.sort().slice(0, SHOWN)
  const findings = [
    ...(await describeEvents(warehouse, slice, shown)),
    ...andMore('totals', `${WITNESS}, ${range(slice.from, slice.to)}`, shown.length, differing),
  ]
  return { calls, findings }
}

interface Differing {
  readonly calls: string
  readonly differing: string
  readonly ids: readonly string[]
}

async function differ(warehouse: Warehouse, slice: Slice, part: Part): Promise<Differing> {
  const [row] = await warehouse.query<Differing>(DIFFER_SQL, { ...BOUNDED, params: partParams(slice, part) })
  return row ?? { calls: '0', differing: '0', ids: [] }
}

async function describeEvents(
  warehouse: Warehouse,
  slice: Slice,
  ids: readonly string[],
): Promise<Finding[]> {
  const params = { ...sliceParams(slice), ids }
  const rows = await warehouse.query<Call>(DETAILS_SQL, { ...BOUNDED, params })
  return ids.flatMap(id => {
    const of = (side: Call['side']) => rows.filter(row => row.event_id === id && row.side === side)
    return pairs(of('copies'), of('visible')).map(([expected, found]) => finding(id, expected, found))
  })
}

/** What is on both sides is no difference; what is left is set against one another in order of time. */
function pairs(expected: readonly Call[], found: readonly Call[]): [Call | undefined, Call | undefined][] {
  const left = [...found]
  const missing = expected.filter(call => {
    const same = left.findIndex(other => sayOf(other) === sayOf(call))
    if (same >= 0) left.splice(same, 1)
    return same < 0
  })
  const count = Math.max(missing.length, left.length)
  return Array.from({ length: count }, (_, i) => [missing[i], left[i]])
}

const sayOf = ({ occurred_at, texts }: Call): string => JSON.stringify([occurred_at, texts])

function finding(id: string, expected: Call | undefined, found: Call | undefined): Finding {
  const at = expected?.occurred_at ?? found?.occurred_at ?? ''
  return {
    check: 'totals',
    where: `${WITNESS}, ${minute(at)}, event_id ${id}`,
    expected: saying(expected, found),
    found: saying(found, expected),
  }
}

/** The call in what it differs; alone, in what it is known by. */
function saying(call: Call | undefined, other: Call | undefined): string {
  if (!call) return 'nothing'
  const told = other
    ? (_: string, i: number) => call.texts[i] !== other.texts[i]
    : (column: string, i: number) =>
        column === 'cost_usd' || (ATTRIBUTES.includes(column) && call.texts[i] !== '')
  const columns = named(KEPT, call.texts, told)
  const moved = !other || call.occurred_at !== other.occurred_at
  return [...(moved ? [`a call at ${call.occurred_at}`] : []), ...(columns === '' ? [] : [columns])].join(
    ', ',
  )
}
