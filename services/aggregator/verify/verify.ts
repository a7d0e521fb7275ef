// The proof that raw events, rollups and what was read agree, over any range and in bounded memory: slice by slice, compared
// inside the engine. It shares no SQL with the recompute. Hours that were touched a moment ago get time to be recomputed before
// they are called wrong.

import { setTimeout as sleep } from 'node:timers/promises'
import { readDroppedBefore } from '#platform/dropped-before.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { findHoles, findUnbalanced } from './batches.ts'
import { findConflicts } from './conflicts.ts'
import { compareEvents } from './events.ts'
import type { Finding } from './findings.ts'
import { ROLLUPS, type Rollup } from './kept.ts'
import { compareRollup } from './rollups.ts'
import { cutIntoSlices, type Slice } from './slices.ts'

export type { Finding } from './findings.ts'

export interface VerifyReport {
  readonly from: number
  readonly to: number
  /** Hours that hold events. */
  readonly hoursCompared: number
  readonly calls: bigint
  readonly findings: readonly Finding[]
}

export interface VerifyOptions {
  /** As user aggregator: it reads tables. */
  readonly warehouse: Warehouse
  /** ms; whole hours. */
  readonly from: number
  readonly to: number
  /** How long differing hours may take to be recomputed, ms in all; 0 takes the first answer. */
  readonly patienceMs: number
  /** Called when everything before this instant (ms) was compared once. */
  readonly onCompared?: (until: number) => void
  /** Ends the waiting. */
  readonly signal?: AbortSignal
}

const PAUSE_MS = 1_000

/** Compares everything in the range; what lies before the raw events that are still kept cannot be, and is left out. */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { warehouse, to } = options
  const from = Math.max(options.from, await readDroppedBefore(warehouse))
  const batches = await verifyBatches(warehouse)
  const totals = await verifyTotals({ ...options, from })
  const conflicts = await findConflicts(warehouse, from, to)
  const findings = [...batches, ...totals.findings, ...conflicts]
  return { from, to, hoursCompared: totals.hours, calls: totals.calls, findings }
}

export async function verifyBatches(warehouse: Warehouse): Promise<Finding[]> {
  const unbalanced = await findUnbalanced(warehouse)
  const holes = await findHoles(warehouse)
  return [
    ...unbalanced.map(
      (batch): Finding => ({
        check: 'batch_sums',
        where: `${batch.topic}/${batch.partition} from offset ${batch.first_offset}`,
        expected: `${batch.read} read`,
        found: `${batch.stored} stored + ${batch.dead} dead + ${batch.dropped} dropped`,
      }),
    ),
    ...holes.map(
      (hole): Finding => ({
        check: 'offset_holes',
        where: `${hole.topic}/${hole.partition} of log ${hole.log_id}`,
        expected: `offset ${hole.after}`,
        found: `offset ${hole.before}`,
      }),
    ),
  ]
}

interface Comparison {
  readonly findings: Finding[]
  readonly hours: number
  readonly calls: bigint
}

/** Compares the totals of some hours, and what differs again and again until it agrees or patience ends. */
export async function verifyTotals(options: VerifyOptions): Promise<Comparison> {
  const { warehouse, from, to, patienceMs, onCompared, signal } = options
  const results: [Slice, SliceResult][] = []
  for (const slice of await cutIntoSlices(warehouse, from, to)) {
    results.push([slice, await compareSlice(warehouse, slice)])
    onCompared?.(slice.to)
  }
  const deadline = performance.now() + patienceMs
  const differing = () => results.filter(([, { findings }]) => findings.length > 0)
  while (differing().length > 0 && performance.now() < deadline) {
    await sleep(PAUSE_MS, undefined, signal ? { signal } : {})
    for (const result of differing()) result[1] = await compareSlice(warehouse, result[0])
  }
  return {
    findings: results.flatMap(([, { findings }]) => findings),
    hours: results.reduce((sum, [{ hours }]) => sum + hours, 0),
    calls: results.reduce((sum, [, { calls }]) => sum + calls, 0n),
  }
}

interface SliceResult {
  readonly calls: bigint
  readonly findings: readonly Finding[]
}

async function compareSlice(warehouse: Warehouse, slice: Slice): Promise<SliceResult> {
  const { calls, findings } = await compareEvents(warehouse, slice)
  const seen = findings.length === 0
  for (const rollup of Object.keys(ROLLUPS) as Rollup[]) {
    findings.push(...(await compareRollup(warehouse, rollup, slice, seen)))
  }
  return { calls, findings }
}
