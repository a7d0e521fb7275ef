// One slice of events priced again: read, compare, say what is about to be written, write, mark the hours. The order of the
// last three is the promise: a kill between any two of them leaves hours that the next run marks.

import { LedgerError } from '#core/errors.ts'
import { type HourSpan, toSqlTime, touchedHours } from '#core/hours.ts'
import type { StoredRow } from '#platform/stored-event.ts'
import { createBreath } from '../breath.ts'
import { createRowWriter } from '../row-binary.ts'
import { USAGE_COLUMNS, writeRow } from '../usage-row.ts'
import type { Candidates } from './candidates.ts'
import { type CopyKey, findLosers, keyOf } from './losers.ts'
import { markRepriced, type Run, recordRun } from './runs.ts'
import { type RepriceContext, SCAN_TIMEOUT_MS } from './scope.ts'
import { type Repriced, repriceRow } from './stored-row.ts'

/** A slice may touch more days than the server allows by default. */
const INSERT_SETTINGS = { max_partitions_per_insert_block: 0, async_insert: 0 } as const

/** The events of a slice that have another price now; counts those that were looked at. */
export async function compareSlice(
  context: RepriceContext,
  candidates: Candidates,
  slice: HourSpan,
  run: Run,
): Promise<Repriced[]> {
  const rows = await context.warehouse.query<StoredRow>(
    `SELECT ${USAGE_COLUMNS.join(', ')}
FROM usage_events FINAL
WHERE occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {to:DateTime64(3, 'UTC')}
  AND ${candidates.where}`,
    {
      params: { ...candidates.params, from: toSqlTime(slice.from), to: toSqlTime(slice.to) },
      timeoutMs: SCAN_TIMEOUT_MS,
    },
  )
  run.tally.examined += rows.length
  const breath = createBreath()
  const changed: Repriced[] = []
  for (const row of rows) {
    const repriced = repriceRow(row, context.pricing)
    if (repriced) changed.push(repriced)
    const pause = breath()
    if (pause) await pause
  }
  if (changed.length === 0) return []
  const losers = await findLosers(context, slice)
  return losers.size === 0
    ? changed
    : changed.filter(({ row }) => !losers.has(keyOf(row as unknown as CopyKey)))
}

/** Resolves with the events that have their new price now; a row that is refused is told of and keeps its old one. */
export async function writeSlice(
  context: RepriceContext,
  changed: readonly Repriced[],
  run: Run,
): Promise<Repriced[]> {
  const hours = [...new Set(changed.flatMap(({ priced }) => touchedHours(priced.event.occurred_at)))].sort(
    (a, b) => a - b,
  )
  run.writing = true
  await recordRun(context, run, 'writing', hours)
  const settled: Settled = { written: [], refused: [] }
  await insertOrBisect(context, changed, settled)
  await markRepriced(context, hours)
  run.writing = false
  const [first] = settled.refused
  if (first) {
    const fields = {
      rows: settled.refused.length,
      event_id: first.row['event_id'],
      hours: hours.map(toSqlTime),
    }
    context.log.error(fields, 'the warehouse refuses events with their new price; they keep the old one')
  }
  return settled.written
}

interface Settled {
  readonly written: Repriced[]
  readonly refused: Repriced[]
}

/** If more rows than this are refused and not one is taken, it is not the rows. */
const FEW = 20

async function insertOrBisect(
  context: RepriceContext,
  changed: readonly Repriced[],
  settled: Settled,
): Promise<void> {
  const [first] = changed
  if (first === undefined) return
  try {
    const writer = createRowWriter()
    for (const { priced } of changed) writeRow(writer, priced)
    await context.warehouse.insert('usage_events', USAGE_COLUMNS, writer.bytes(), {
      settings: INSERT_SETTINGS,
    })
    for (const event of changed) settled.written.push(event)
  } catch (error) {
    if (!(error instanceof LedgerError && error.code === 'row_refused')) throw error
    if (settled.refused.length >= FEW && settled.written.length === 0) throw error
    const middle = changed.length >> 1
    if (middle === 0) settled.refused.push(first)
    else {
      await insertOrBisect(context, changed.slice(0, middle), settled)
      await insertOrBisect(context, changed.slice(middle), settled)
    }
  }
}
