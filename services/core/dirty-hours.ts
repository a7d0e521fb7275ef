// Which hours need a recompute, and when. Pure bookkeeping over what the warehouse says about batches and runs; if it were
// lost, reading both tables again gives the same answer.

/** What is known of one hour; all instants by the warehouse's clock, ms. */
export interface HourState {
  /** The newest batch that names this hour; 0 if none. */
  readonly newestBatch: number
  /** When the last finished recompute began; 0 if none. */
  readonly lastRun: number
  /** When the last attempt ended, finished or failed. */
  readonly lastFinished: number
  /** How much work it was, ms; see `workOf`. */
  readonly lastWorkMs: number
}

export const UNKNOWN_HOUR: HourState = {
  newestBatch: 0,
  lastRun: 0,
  lastFinished: 0,
  lastWorkMs: 0,
}

/**
 * A batch row's instant is taken when its statement begins, and the row may become visible this much later (ms): writers
 * bound that statement to half of it.
 */
export const BATCH_SLACK_MS = 10_000

/** A heavy hour never eats the machine: it rests this many times the work of its last recompute. */
export const REST_FACTOR = 10

/** The most that a recompute may be counted as: so much at all, and so much for an event; ms. */
const MOST_WORK_MS = 50
const MOST_WORK_PER_EVENT_MS = 0.01

/**
 * How much of a recompute's duration was work. What the number of events does not explain was waiting, for a paused process or
 * a busy server; resting in proportion to that would keep totals old for no gain.
 */
export const workOf = (durationMs: number, events: number): number =>
  Math.round(Math.min(durationMs, MOST_WORK_MS + events * MOST_WORK_PER_EVENT_MS))

/** Whether the last recompute may have missed a batch. */
export const isDirty = (hour: HourState): boolean =>
  hour.newestBatch > hour.lastRun - BATCH_SLACK_MS && hour.newestBatch > 0

/**
 * The instant from which a dirty hour should be recomputed. A batch newer than the last run is due at once; a run that may
 * only have missed a batch by the slack is repeated once, when the slack is over, and settles the hour.
 */
export function dueAt(hour: HourState): number {
  const wanted = hour.newestBatch >= hour.lastRun ? 0 : hour.newestBatch + BATCH_SLACK_MS + 1
  return Math.max(wanted, hour.lastFinished + REST_FACTOR * hour.lastWorkMs)
}

/** A recompute that failed after a while is not tried again at once: the hour rests as long as the attempt lasted. */
export const afterFailure = (hour: HourState, now: number, durationMs: number): HourState => ({
  ...hour,
  lastFinished: now,
  lastWorkMs: durationMs / REST_FACTOR,
})

export const isDue = (hour: HourState, now: number): boolean => isDirty(hour) && dueAt(hour) <= now
