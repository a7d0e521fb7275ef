// A question about spend, as data: what is asked for, checked, before any SQL exists.

import { LedgerError } from '#core/errors.ts'
import { previousWindow, type Window } from '#core/periods.ts'
import { CALENDAR_UNITS, type CalendarUnit, type Zone } from '#core/zones.ts'
import { bucketStarts } from './buckets.ts'
import { COLUMN_DIMENSIONS, type Dimension, dimensionOf } from './dimensions.ts'
import { type Filter, readFilters } from './filters.ts'
import { DEFAULT_LIMIT, MAX_GROUPS, MAX_LIMIT, MAX_METRICS } from './limits.ts'
import {
  ALWAYS_METRICS,
  COVERAGE_METRICS,
  DEFAULT_METRICS,
  METRIC_NAMES,
  type Metric,
  metricOf,
} from './metrics.ts'
import {
  badQuery,
  checkNames,
  choice,
  count,
  list,
  meant,
  type Query,
  single,
  unknownName,
} from './parameters.ts'
import { EARLIEST, readWindow, WINDOW_PARAMETERS, type ZonedWindow } from './window.ts'

export interface Buckets {
  readonly granularity: CalendarUnit
  /** ms */
  readonly starts: readonly number[]
  /** Those of the previous window; the n-th is compared with the n-th. */
  readonly previousStarts: readonly number[]
}

export interface Order {
  /** A metric, a dimension, `time` or `change`. */
  readonly by: string
  readonly descending: boolean
}

export interface CostQuery {
  readonly metrics: readonly Metric[]
  readonly groupBy: readonly Dimension[]
  readonly filters: readonly Filter[]
  readonly window: Window
  readonly previous: Window | undefined
  readonly zone: Zone
  readonly buckets: Buckets | undefined
  readonly order: Order
  readonly limit: number
}

export interface ReadOptions {
  /** What is always answered; without it `metrics` says what. */
  readonly metrics?: readonly Metric[]
  /** Whether the answer is a timeseries. */
  readonly series: boolean
  readonly now: number
  readonly defaultZone: string
}

/** @throws LedgerError `bad_query` that names the parameter, what came and what was expected */
export function readCostQuery(query: Query, options: ReadOptions): CostQuery {
  checkNames(query, costParameters(options), isDimension)
  const { window, zone } = readWindow(query, options.now, options.defaultZone)
  const metrics = options.metrics ?? readMetrics(query)
  const groupBy = readGroupBy(query)
  const previous = choice(query, 'compare', COMPARISONS) === 'previous' ? before(window, zone) : undefined
  const granularity = options.series ? (choice(query, 'granularity', CALENDAR_UNITS) ?? 'day') : undefined
  return {
    metrics,
    groupBy,
    filters: readFilters(query),
    window,
    previous,
    zone,
    buckets: granularity && {
      granularity,
      starts: bucketStarts(window, granularity, zone),
      previousStarts: previous ? bucketStarts(previous, granularity, zone) : [],
    },
    order: readOrder(query, { metrics, groupBy, series: options.series, compared: previous !== undefined }),
    limit: count(query, 'limit', MAX_LIMIT) ?? DEFAULT_LIMIT,
  }
}

export const COMPARISONS = ['previous', 'none'] as const

/** The names that a question about costs may have, besides tags. */
export const costParameters = ({ metrics, series }: Pick<ReadOptions, 'metrics' | 'series'>): string[] => [
  'group_by',
  ...(metrics ? [] : ['metrics']),
  ...(series ? ['granularity'] : []),
  'compare',
  'order',
  'limit',
  'format',
  ...WINDOW_PARAMETERS,
  ...COLUMN_DIMENSIONS,
]

const isDimension = (name: string): boolean => dimensionOf(name) !== undefined

/** Everything before 2000 is nothing, and a comparison with nothing would look like growth. */
function before(window: Window, zone: Zone): Window {
  const previous = previousWindow(window, zone)
  if (previous.from >= EARLIEST) return previous
  throw new LedgerError('bad_query', 'the window before this one begins before 2000; compare a shorter one')
}

function readGroupBy(query: Query): Dimension[] {
  const names = list(query, 'group_by')
  if (names.length > MAX_GROUPS) throw badQuery('group_by', names.length, `at most ${MAX_GROUPS} dimensions`)
  return names.map(name => {
    const dimension = dimensionOf(name)
    if (dimension) return dimension
    throw unknownName('group_by', 'dimension', name, [...COLUMN_DIMENSIONS, 'tag.<key>'])
  })
}

/** Calls, their cost and how many have none are in every answer: a total without them says too little. */
function readMetrics(query: Query): readonly Metric[] {
  const names = list(query, 'metrics')
  if (names.length > MAX_METRICS) throw badQuery('metrics', names.length, `at most ${MAX_METRICS} metrics`)
  const asked = names.map(name => {
    const metric = metricOf(name)
    if (metric) return metric
    throw unknownName('metrics', 'metric', name, METRIC_NAMES)
  })
  return asked.length === 0 ? DEFAULT_METRICS : [...new Set([...ALWAYS_METRICS, ...asked])]
}

interface Orderable extends Pick<CostQuery, 'metrics' | 'groupBy'> {
  readonly series: boolean
  readonly compared: boolean
}

/** `cost_usd`, `feature:desc`. Metrics begin with the greatest unless told otherwise, everything else with the least. */
function readOrder(query: Query, { metrics, groupBy, series, compared }: Orderable): Order {
  const names = metrics.map(({ name }) => name)
  const descending = [...names, ...(compared && names.includes('cost_usd') ? ['change'] : [])]
  const ascending = [...(series ? ['time'] : []), ...groupBy.map(({ name }) => name)]
  const text = single(query, 'order')
  if (text === undefined) {
    const by = series ? 'time' : (DEFAULT_ORDER.find(name => names.includes(name)) ?? 'calls')
    return { by, descending: !series }
  }
  const [by = '', direction] = text.split(/:(?=(?:asc|desc)$)/)
  if (!descending.includes(by) && !ascending.includes(by)) {
    const also = metricOf(by) ? ` (${by} only when it is among metrics)` : ''
    const known = [...descending, ...ascending]
    const near = also || meant(by, known)
    throw badQuery('order', text, `${known.join(', ')}, and :asc or :desc behind it${near}`)
  }
  return { by, descending: direction === undefined ? descending.includes(by) : direction === 'desc' }
}

const DEFAULT_ORDER: readonly string[] = ['cost_usd', 'unpriced']

/** The same question with what says how far its answer can be trusted. */
export const withCoverage = (query: CostQuery): CostQuery => ({
  ...query,
  metrics: [
    ...new Map([...query.metrics, ...COVERAGE_METRICS].map(metric => [metric.name, metric])).values(),
  ],
})

const ONE_ROW = {
  groupBy: [],
  buckets: undefined,
  order: { by: 'calls', descending: true },
  limit: 1,
} as const

/** The same question without its groups: one row for everything, with all that a person should know of it. */
export const totalsOf = (query: CostQuery): CostQuery => ({ ...withCoverage(query), ...ONE_ROW })

/** The question that has no groups and no filters. */
export const everythingIn = ({ window, zone }: ZonedWindow): CostQuery => ({
  ...ONE_ROW,
  metrics: DEFAULT_METRICS,
  filters: [],
  window,
  previous: undefined,
  zone,
})
