// What went wrong in the made-up history, and when: the stories that rankings, comparisons and alerts are there to tell.
// They hang on the last Monday that is two days over: from Wednesday to Tuesday, a demo that is started again tells the same
// story. After that the story moves on by a week, and what an earlier start has sent stays.

import { DAY_MS, HOUR_MS, startOfDay } from '#core/hours.ts'

/** Instants in ms; each incident holds from its start, up to its end where it has one. */
export interface Incidents {
  /** An agent that calls itself, for an hour at night. */
  readonly loop: number
  /** code-review moves to a larger model: about three times the cost for the same work. */
  readonly upgrade: number
  /** A release of doc-search that puts ever more context into its prompts. */
  readonly growth: number
  /** The prompt of support-chat changes with every call, so that no cache finds it. */
  readonly cacheBroken: number
  readonly cacheMended: number
  /** A new version of sql-assistant's prompt asks it to think and explain: its output doubles. */
  readonly wordy: number
}

const WEEK_MS = 7 * DAY_MS

/** 1970-01-05: the first Monday. */
const FIRST_MONDAY = 4 * DAY_MS

export function incidentsBefore(now: number): Incidents {
  const before = startOfDay(now) - 2 * DAY_MS - FIRST_MONDAY
  const monday = before - (before % WEEK_MS) + FIRST_MONDAY
  const cacheBroken = monday - 12 * DAY_MS + 13 * HOUR_MS
  return {
    loop: monday + DAY_MS + 2 * HOUR_MS,
    upgrade: monday - 4 * DAY_MS + 10 * HOUR_MS,
    growth: monday - 7 * DAY_MS + 9 * HOUR_MS,
    cacheBroken,
    cacheMended: cacheBroken + 20 * HOUR_MS,
    wordy: monday - 3 * DAY_MS + 11 * HOUR_MS,
  }
}

const GROWTH_PER_DAY = 1.12

/** How much longer the prompts of doc-search have become. */
export const promptGrowth = (incidents: Incidents, at: number): number =>
  at < incidents.growth ? 1 : GROWTH_PER_DAY ** ((at - incidents.growth) / DAY_MS)

export const isCacheBroken = (incidents: Incidents, at: number): boolean =>
  at >= incidents.cacheBroken && at < incidents.cacheMended

export const isWordy = (incidents: Incidents, at: number): boolean => at >= incidents.wordy

/**
 * The version of a service that runs: a new one every week, at nine on its own weekday. doc-search has had none since the
 * one with the growing prompts.
 */
export function releaseOf(service: string, at: number, incidents: Incidents): string {
  const frozen = service === 'search-api' && at >= incidents.growth
  const since = (frozen ? incidents.growth : at) - FIRST_MONDAY - 9 * HOUR_MS - deployDay(service) * DAY_MS
  return `${service}-1.${Math.floor(since / WEEK_MS) % 1000}.0`
}

/** Monday is 0, Friday 4. */
const deployDay = (service: string): number => (service === 'search-api' ? 0 : service.length % 5)
