// The proof that raw events, rollups and what was read agree, over any range, a day at a time. It shares no SQL with the
// recompute. Hours that were touched a moment ago get time to be recomputed before they are called wrong.

import { setTimeout as sleep } from 'node:timers/promises'
import { DAY_MS, startOfDay } from '#core/hours.ts'
import { readDroppedBefore } from '#platform/dropped-before.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { findHoles, findUnbalanced } from './batches.ts'
import { findConflicts, readTotals, type Totals, WITNESSES, type Witness } from './totals.ts'

/** The check that failed, where, and both figures. */
export interface Finding {
  readonly check: 'batch_sums' | 'offset_holes' | 'totals' | 'conflicts'
  readonly where: string
  readonly expected: string
  readonly found: string
}

export interface VerifyReport {
  readonly from: number
  readonly to: number
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
  /** How long differing hours may take to be recomputed, ms; 0 takes the first answer. */
  readonly patienceMs: number
  readonly onDay?: (day: number) => void
  /** Ends the waiting. */
  readonly signal?: AbortSignal
}

const PAUSE_MS = 1_000

/** Compares everything in the range; what lies before the raw events that are still kept cannot be, and is left out. */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const { warehouse, to } = options
  const from = Math.max(options.from, await readDroppedBefore(warehouse))
  const findings: Finding[] = await verifyBatches(warehouse)
  const hours = new Set<string>()
  let calls = 0n
  for (let day = startOfDay(from); day < to; day += DAY_MS) {
    const part = { from: Math.max(day, from), to: Math.min(day + DAY_MS, to) }
    const totals = await verifyTotals({ ...options, ...part })
    findings.push(...totals.findings, ...(await verifyConflicts(warehouse, part.from, part.to)))
    for (const hour of totals.hours) hours.add(hour)
    calls += totals.calls
    options.onDay?.(day)
  }
  return { from, to, hoursCompared: hours.size, calls, findings }
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
  readonly hours: Set<string>
  readonly calls: bigint
}

/** Compares the totals of some hours of one day, again and again until they agree or patience ends. */
export async function verifyTotals(options: VerifyOptions): Promise<Comparison> {
  const deadline = performance.now() + options.patienceMs
  for (;;) {
    const result = await compareTotals(options.warehouse, options.from, options.to)
    if (result.findings.length === 0 || performance.now() >= deadline) return result
    await sleep(PAUSE_MS, undefined, options.signal ? { signal: options.signal } : {})
  }
}

async function compareTotals(warehouse: Warehouse, from: number, to: number): Promise<Comparison> {
  const expected = await readTotals(warehouse, 'copies', from, to)
  const findings: Finding[] = []
  for (const witness of Object.keys(WITNESSES) as Witness[]) {
    const found = await readTotals(warehouse, witness, from, to)
    for (const key of new Set([...expected.keys(), ...found.keys()])) {
      const wanted = shown(expected.get(key))
      const seen = shown(found.get(key))
      if (wanted !== seen) {
        findings.push({ check: 'totals', where: `${witness}, ${named(key)}`, expected: wanted, found: seen })
      }
    }
  }
  return {
    findings,
    hours: new Set([...expected.keys()].map(key => key.slice(0, key.indexOf('|')))),
    calls: [...expected.values()].reduce((sum, totals) => sum + BigInt(totals.calls), 0n),
  }
}

async function verifyConflicts(warehouse: Warehouse, from: number, to: number): Promise<Finding[]> {
  const conflicts = await findConflicts(warehouse, from, to)
  return conflicts.map(({ event_id, first, last }) => ({
    check: 'conflicts',
    where: `event_id ${event_id}`,
    expected: 'copies of one event within ten minutes',
    found: `calls at ${first} and ${last}, both counted`,
  }))
}

const shown = (totals: Totals | undefined): string =>
  totals
    ? `${totals.calls} calls, ${totals.cost_usd} USD, ${totals.input_tokens} in, ${totals.output_tokens} out`
    : 'nothing'

function named(key: string): string {
  const separator = key.indexOf('|')
  const hour = new Date(Number(key.slice(0, separator))).toISOString().slice(0, 16)
  return `${hour}Z, feature ${key.slice(separator + 1) || '(none)'}`
}
