// Conservation as a metric: an operator learns within minutes, and without asking, that totals and events no longer agree.
// It compares the hours that closed last, while nothing changes them; `spendledger verify` compares everything.

import { isDirty } from '#core/dirty-hours.ts'
import { HOUR_MS, toSpans } from '#core/hours.ts'
import { firstOpenHour } from '#core/watermark.ts'
import type { AggregatorContext } from './context.ts'
import { recomputeFloor } from './retention.ts'
import { type Finding, verifyBatches, verifyTotals } from './verify/verify.ts'

/** The checks that the gauge tells of. An id used twice is its producer's fault, and no loss of ours. */
export const CHECKS = ['batch_sums', 'offset_holes', 'totals'] as const

/** Closed hours that are compared, back from the newest. */
const COMPARED_HOURS = 6

/** A late event makes an hour differ until it is recomputed, and once more after that; ms. */
const PATIENCE_MS = 15_000

/** How many findings go into the log. */
const SHOWN = 5

/** Runs the checks and sets the gauge; resolves with what was found. */
export async function checkConservation(
  context: AggregatorContext,
  signal?: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<Finding[]> {
  const { warehouse, log, metrics } = context
  const findings = await verifyBatches(warehouse)
  for (const span of toSpans(await settledHours(context))) {
    const options = { warehouse, ...span, patienceMs, ...(signal ? { signal } : {}) }
    findings.push(...(await verifyTotals(options)).findings)
  }
  for (const check of CHECKS) {
    metrics.conservation.set({ check }, findings.filter(finding => finding.check === check).length)
  }
  if (findings.length > 0) {
    log.error({ findings: findings.slice(0, SHOWN), count: findings.length }, 'conservation does not hold')
  }
  return findings
}

/** The newest closed hours that are not due for a recompute. */
async function settledHours(context: AggregatorContext): Promise<number[]> {
  if (context.watermark === 0) return []
  const open = firstOpenHour(context.watermark)
  const floor = await recomputeFloor(context)
  return Array.from({ length: COMPARED_HOURS }, (_, i) => open - (i + 1) * HOUR_MS).filter(hour => {
    const state = context.hours.get(hour)
    return hour >= floor && !(state && isDirty(state))
  })
}
