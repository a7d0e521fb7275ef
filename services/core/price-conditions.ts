// The conditions of a price book: what a call must have been served with for a variant or a multiplier to apply.
// Everything is compared with what was served, in lower case; a condition on what was asked for prices the wrong thing.

import { outputTotal } from './tokens.ts'
import type { UsageEvent } from './usage-event.ts'

/** What is known of a call beside its event: from the model's name or from an alias of the tenant. */
export interface CallPlace {
  /** global, geo or in_region, as the name or an alias says; '' where neither does. */
  readonly regionClass: string
  /** The geography of `geo`: "us". */
  readonly geo: string
  /** The deployment type that an alias gives; '' leaves the event's own. */
  readonly deploymentType: string
}

export interface TimeWindowsJson {
  readonly tz: 'UTC'
  readonly days: readonly string[]
  readonly windows: readonly string[]
}

/** All clauses must hold. A list holds if the call's value is one of it. */
export interface WhenJson {
  readonly service_tier?: readonly string[]
  readonly speed?: readonly string[]
  readonly inference_geo?: readonly string[]
  readonly region?: readonly string[]
  readonly region_class?: readonly string[]
  readonly host?: readonly string[]
  readonly deployment_type?: readonly string[]
  readonly operation?: readonly string[]
  readonly finish_reason?: readonly string[]
  readonly batch?: boolean
  readonly output_started?: boolean
  readonly is_byok?: boolean
  readonly time?: TimeWindowsJson
}

export type Matcher = (event: UsageEvent, place: CallPlace) => boolean

type Words = (event: UsageEvent, place: CallPlace) => string
type Flag = (event: UsageEvent) => boolean

// OpenAI names the place of processing only in the host. https://developers.openai.com/api/docs/guides/data-residency
const OPENAI_REGIONAL_HOST = /^(?:https?:\/\/)?([a-z]{2})\.api\.openai\.com(?:[:/].*)?$/i

/**
 * Vertex serves from the global endpoint or from a region, and only the event's `region` tells. Not told counts as global.
 * https://cloud.google.com/vertex-ai/generative-ai/docs/learn/locations
 */
const regionClassOf = ({ provider, region }: UsageEvent): string =>
  provider !== 'gcp_vertex' ? '' : region === '' || region.toLowerCase() === 'global' ? 'global' : 'in_region'

export const WORD_DIMENSIONS = {
  service_tier: event => event.service_tier,
  speed: event => event.speed,
  inference_geo: event => event.inference_geo || (OPENAI_REGIONAL_HOST.exec(event.host)?.[1] ?? ''),
  region: event => event.region,
  region_class: (event, place) => place.regionClass || regionClassOf(event),
  host: event => event.host,
  deployment_type: (event, place) => place.deploymentType || event.deployment_type,
  operation: event => event.operation,
  finish_reason: event => event.finish_reason,
} as const satisfies Record<string, Words>

export const FLAG_DIMENSIONS = {
  batch: event => event.batch || event.service_tier.toLowerCase() === 'batch',
  // Unknown is taken from what came out: a refusal with output was begun.
  output_started: event => event.output_started ?? outputTotal(event.tokens) > 0,
  is_byok: event => event.is_byok,
} as const satisfies Record<string, Flag>

export type WordDimension = keyof typeof WORD_DIMENSIONS

const entriesOf = (when: WhenJson | undefined): [string, unknown][] => Object.entries(when ?? {})

export const clauseCount = (when: WhenJson | undefined): number => entriesOf(when).length

/** A function that says whether a call meets all clauses. */
export function compileWhen(when: WhenJson | undefined): Matcher {
  const matchers = entriesOf(when).map(([dimension, wanted]) => compileClause(dimension, wanted))
  const [only] = matchers
  if (only && matchers.length === 1) return only
  return (event, place) => matchers.every(matches => matches(event, place))
}

function compileClause(dimension: string, wanted: unknown): Matcher {
  if (dimension === 'time') return compileTime(wanted as TimeWindowsJson)
  if (dimension in FLAG_DIMENSIONS) {
    const read: Flag = FLAG_DIMENSIONS[dimension as keyof typeof FLAG_DIMENSIONS]
    return event => read(event) === wanted
  }
  const read: Words = WORD_DIMENSIONS[dimension as WordDimension]
  const values = new Set(wordsOf(wanted))
  return (event, place) => values.has(plainWord(read(event, place)))
}

/** Words are compared without case, and without what parts "Data Zone Standard" from DataZoneStandard. */
export const plainWord = (word: string): string => word.toLowerCase().replaceAll(' ', '')

const wordsOf = (wanted: unknown): string[] => (wanted as readonly string[]).map(plainWord)

export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
const MINUTE = 60_000
const DAY = 1_440 * MINUTE
const WINDOW = /^(\d\d):([0-5]\d)-(\d\d):([0-5]\d)$/

/** "01:00-04:00" as [60, 240) minutes of the day; undefined if it is none, is empty or runs past midnight. */
export function parseWindow(text: string): readonly [number, number] | undefined {
  const [from = 0, fromMinute = 0, to = 0, toMinute = 0] = WINDOW.exec(text)?.slice(1).map(Number) ?? []
  const window = [from * 60 + fromMinute, to * 60 + toMinute] as const
  return window[0] < window[1] && window[1] <= 1_440 ? window : undefined
}

/** Half-open windows of the start of the request, in UTC. */
function compileTime({ days, windows }: TimeWindowsJson): Matcher {
  const minutes = windows.flatMap(text => {
    const window = parseWindow(text)
    return window ? [window] : []
  })
  const onDay = DAYS.map(day => days.includes(day))
  return event => {
    // 1 January 1970 was a Thursday.
    const day = onDay[(Math.floor(event.occurred_at / DAY) + 4) % 7]
    const minute = (event.occurred_at % DAY) / MINUTE
    return day === true && minutes.some(([from, to]) => minute >= from && minute < to)
  }
}

/** Whether one call could meet both conditions; times are taken to overlap. */
export function canBothHold(a: WhenJson | undefined, b: WhenJson | undefined): boolean {
  const other = new Map(entriesOf(b))
  return entriesOf(a).every(([dimension, wanted]) => {
    const theirs = other.get(dimension)
    if (theirs === undefined || dimension === 'time') return true
    if (typeof wanted === 'boolean') return wanted === theirs
    const words = new Set(wordsOf(wanted))
    return wordsOf(theirs).some(word => words.has(word))
  })
}

/** The values of a dimension that a condition names. */
export const wordsNamed = (when: WhenJson | undefined, dimension: WordDimension): string[] =>
  wordsOf(when?.[dimension] ?? [])
