// One wake of the aggregator, on one screen. Each step reads its state from the warehouse, so a kill anywhere, a second
// aggregator or a repeated wake changes nothing but the time it takes.

import { isDirty } from '#core/dirty-hours.ts'
import { settleClosedHours } from './changes.ts'
import type { AggregatorContext } from './context.ts'
import { recomputeDue } from './due-hours.ts'
import { findGhosts } from './ghosts.ts'
import { readHourStates } from './hour-states.ts'
import { recomputeFloor } from './retention.ts'
import { advanceWatermark } from './watermark.ts'

export async function wake(context: AggregatorContext, topic: string): Promise<void> {
  await readHourStates(context)
  await findGhosts(context)
  await advanceWatermark(context, topic)
  const floor = await recomputeFloor(context)
  try {
    await recomputeDue(context, floor)
  } finally {
    context.metrics.dirtyHours.set(countDirty(context, floor))
    await settleClosedHours(context)
  }
}

const countDirty = (context: AggregatorContext, floor: number): number =>
  [...context.hours].filter(([hour, state]) => hour >= floor && isDirty(state)).length
