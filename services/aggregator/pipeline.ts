// One wake of the aggregator, on one screen. Each step reads its state from the warehouse, so a kill anywhere, a second
// aggregator or a repeated wake changes nothing but the time it takes.

import { isDirty, isDue } from '#core/dirty-hours.ts'
import { DAY_MS, hoursOf, startOfDay, toSpans } from '#core/hours.ts'
import { recordChanges, settleClosedHours } from './changes.ts'
import type { AggregatorContext } from './context.ts'
import { findGhosts } from './ghosts.ts'
import { readHourStates } from './hour-states.ts'
import { recomputeSpan } from './recompute.ts'
import { advanceWatermark } from './watermark.ts'

export async function wake(context: AggregatorContext, topic: string): Promise<void> {
  await readHourStates(context)
  await findGhosts(context)
  await advanceWatermark(context, topic)
  for (const span of dueSpans(context)) {
    await recomputeSpan(context, span)
    await recordChanges(context, hoursOf(span))
  }
  await settleClosedHours(context)
  context.metrics.dirtyHours.set(countDirty(context))
}

/** What is due now: dirty hours above the retention floor, adjacent ones of a day together. */
export function dueSpans(context: Pick<AggregatorContext, 'hours' | 'seenUntil' | 'retentionDays'>) {
  const floor = startOfDay(context.seenUntil - context.retentionDays * DAY_MS)
  const due = [...context.hours].filter(([hour, state]) => hour >= floor && isDue(state, context.seenUntil))
  return toSpans(due.map(([hour]) => hour))
}

const countDirty = (context: AggregatorContext): number =>
  [...context.hours.values()].reduce((count, state) => count + (isDirty(state) ? 1 : 0), 0)
