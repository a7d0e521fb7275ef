// How large one question may be. Without these one request makes the process or the warehouse work without end, for everybody.

import { DAY_MS } from '#core/hours.ts'
import type { Window } from '#core/periods.ts'

/** Dimensions of `group_by`. */
export const MAX_GROUPS = 10

/** Names in `metrics`. */
export const MAX_METRICS = 20

/** Filters of one question, and values of all of them together. The warehouse takes at most 100 bound names, two for a tag. */
export const MAX_FILTERS = 25
export const MAX_FILTER_VALUES = 500

/** Rows of an answer. */
export const DEFAULT_LIMIT = 1_000
export const MAX_LIMIT = 10_000

/** A year of hours fits, and as many rows as an answer may have. */
export const MAX_BUCKETS = 10_000

/** Days. Questions about single events over a longer time are refused where they would read more than MAX_EVENTS_READ rows. */
export const MAX_EVENT_DAYS = 92
export const MAX_EVENTS_READ = 20_000_000

/** What a statement over events ends with: the warehouse knows how many rows it would read before it reads the first. */
export function boundedRead(windows: readonly Window[]): string[] {
  const length = windows.reduce((sum, { from, to }) => sum + to - from, 0)
  return length > MAX_EVENT_DAYS * DAY_MS ? [`SETTINGS max_rows_to_read = ${MAX_EVENTS_READ}`] : []
}
