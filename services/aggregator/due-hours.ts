// Step 4: recomputes the dirty hours that are due, newest first, since people look at today. An hour that cannot be recomputed
// does not keep the others waiting, and a backlog does not keep new batches waiting.

import { afterFailure, isDue, UNKNOWN_HOUR } from '#core/dirty-hours.ts'
import { type HourSpan, hoursOf, toSpans } from '#core/hours.ts'
import { recordChanges } from './changes.ts'
import type { AggregatorContext } from './context.ts'
import { recomputeSpan } from './recompute.ts'

/** A wake begins no further span after this long, ms; the rest stays due. */
const ENOUGH_MS = 5_000

/** A span that took less than this may be twice as long next time, ms. */
const QUICK_MS = 2_000
const LONGEST_SPAN = 24

const widened = (span: HourSpan): number => Math.min(hoursOf(span).length * 2, LONGEST_SPAN)

/** What is due now: dirty hours above the floor, adjacent ones of a day together, newest first. */
export function dueSpans(
  context: Pick<AggregatorContext, 'hours' | 'seenUntil' | 'longestSpan'>,
  floor: number,
): HourSpan[] {
  const due = [...context.hours].filter(([hour, state]) => hour >= floor && isDue(state, context.seenUntil))
  return toSpans(
    due.map(([hour]) => hour),
    context.longestSpan,
  ).reverse()
}

/** Tries every span that is due. @throws the first failure, after the others had their turn */
export async function recomputeDue(context: AggregatorContext, floor: number): Promise<void> {
  const began = context.clock.now()
  const elapsed = () => Math.max(0, context.clock.now() - began)
  const failures: unknown[] = []
  for (const span of dueSpans(context, floor)) {
    if (elapsed() > ENOUGH_MS) break
    const started = elapsed()
    try {
      await recomputeSpan(context, span)
      await recordChanges(context, hoursOf(span))
      if (elapsed() - started < QUICK_MS) context.longestSpan = Math.max(context.longestSpan, widened(span))
    } catch (error) {
      failures.push(error)
      await backOff(context, span, { now: context.seenUntil + elapsed(), durationMs: elapsed() - started })
    }
  }
  if (failures.length > 0) throw failures[0]
}

/** Several hours may be too much for one statement: smaller spans from now on. A single hour rests. */
async function backOff(
  context: AggregatorContext,
  span: HourSpan,
  attempt: { now: number; durationMs: number },
): Promise<void> {
  const hours = hoursOf(span)
  if (hours.length > 1) {
    const { ok } = await context.warehouse.ping()
    if (ok) context.longestSpan = hours.length >> 1
    return
  }
  for (const hour of hours) {
    const known = context.hours.get(hour) ?? UNKNOWN_HOUR
    context.hours.set(hour, afterFailure(known, attempt.now, attempt.durationMs))
  }
}
