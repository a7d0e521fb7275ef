// A question about spend, as data: what is asked for, checked, before any SQL exists.

import { LedgerError } from '#core/errors.ts'
import { previousWindow, type Window } from '#core/periods.ts'
import { CALENDAR_UNITS, type CalendarUnit, type Zone } from '#core/zones.ts'
import { bucketStarts } from './buckets.ts'
import { COLUMN_DIMENSIONS, type Dimension, dimensionOf } from './dimensions.ts'
import { type Filter, readFilters } from './filters.ts'
import { badQuery, checkNames, choice, count, hint, type Query, single, values } from './parameters.ts'
import { COST_MEASURES, COVERAGE_MEASURES, type Measure } from './sources.ts'
import { readWindow, WINDOW_PARAMETERS, type ZonedWindow } from './window.ts'

export interface Buckets {
  readonly granularity: CalendarUnit
  /** ms */
  readonly starts: readonly number[]
  /** Those of the previous window; the n-th is compared with the n-th. */
  readonly previousStarts: readonly number[]
}

export interface Order {
  /** A measure, a dimension, `time` or `change`. */
  readonly by: string
  readonly descending: boolean
}

export interface CostQuery {
  readonly measures: readonly Measure[]
  readonly groupBy: readonly Dimension[]
  readonly filters: readonly Filter[]
  readonly window: Window
  readonly previous: Window | undefined
  readonly zone: Zone
  readonly buckets: Buckets | undefined
  readonly order: Order
  readonly limit: number
}

export const DEFAULT_LIMIT = 1_000
export const MAX_LIMIT = 10_000
const MAX_GROUPS = 10

export interface ReadOptions {
  readonly measures: readonly Measure[]
  /** Whether the answer is a timeseries. */
  readonly series: boolean
  readonly now: number
  readonly defaultZone: string
}

/** @throws LedgerError `bad_query` that names the parameter, what came and what was expected */
export function readCostQuery(query: Query, options: ReadOptions): CostQuery {
  const own = ['group_by', 'compare', 'order', 'limit', 'format', ...(options.series ? ['granularity'] : [])]
  checkNames(query, [...own, ...WINDOW_PARAMETERS, ...COLUMN_DIMENSIONS], isDimension)
  const { window, zone } = readWindow(query, options.now, options.defaultZone)
  const groupBy = readGroupBy(query)
  const previous = choice(query, 'compare', ['previous', 'none']) === 'previous'
  const before = previous ? previousWindow(window, zone) : undefined
  const granularity = options.series ? (choice(query, 'granularity', CALENDAR_UNITS) ?? 'day') : undefined
  return {
    measures: options.measures,
    groupBy,
    filters: readFilters(query),
    window,
    previous: before,
    zone,
    buckets: granularity && {
      granularity,
      starts: bucketStarts(window, granularity, zone),
      previousStarts: before ? bucketStarts(before, granularity, zone) : [],
    },
    order: readOrder(query, { ...options, groupBy, previous }),
    limit: count(query, 'limit', MAX_LIMIT) ?? DEFAULT_LIMIT,
  }
}

const isDimension = (name: string): boolean => dimensionOf(name) !== undefined

function readGroupBy(query: Query): Dimension[] {
  const names = values(query, 'group_by').flatMap(list => list.split(','))
  const asked = [...new Set(names.map(name => name.trim()).filter(name => name !== ''))]
  if (asked.length > MAX_GROUPS) throw badQuery('group_by', asked.length, `at most ${MAX_GROUPS} dimensions`)
  return asked.map(name => {
    const dimension = dimensionOf(name)
    if (dimension) return dimension
    const known = [...COLUMN_DIMENSIONS, 'tag.<key>']
    throw new LedgerError(
      'bad_query',
      `group_by has no dimension ${JSON.stringify(name.slice(0, 64))}${hint(name, known)}`,
    )
  })
}

/** `cost_usd`, `feature:desc`. Measures begin with the greatest unless told otherwise, everything else with the least. */
function readOrder(
  query: Query,
  known: ReadOptions & { readonly groupBy: readonly Dimension[]; readonly previous: boolean },
): Order {
  const changes = known.previous && known.measures.includes('cost_usd') ? ['change'] : []
  const descending = [...known.measures, ...changes]
  const ascending = [...(known.series ? ['time'] : []), ...known.groupBy.map(({ name }) => name)]
  const text = single(query, 'order')
  if (text === undefined) {
    const by = known.series
      ? 'time'
      : (DEFAULT_ORDER.find(measure => descending.includes(measure)) ?? 'calls')
    return { by, descending: !known.series }
  }
  const [by = '', direction] = text.split(/:(?=(?:asc|desc)$)/)
  if (!descending.includes(by) && !ascending.includes(by)) {
    throw badQuery('order', text, `${[...descending, ...ascending].join(', ')}, and :asc or :desc behind it`)
  }
  return { by, descending: direction === undefined ? descending.includes(by) : direction === 'desc' }
}

const DEFAULT_ORDER: readonly string[] = ['cost_usd', 'unpriced']

/** The same question with all that a person should know of its total. */
export const withAllMeasures = (query: CostQuery): CostQuery => ({
  ...query,
  measures: [...new Set([...COST_MEASURES, ...COVERAGE_MEASURES])],
})

/** The same question without its groups: one row for everything, with all that a person should know of it. */
export const totalsOf = (query: CostQuery): CostQuery => ({
  ...withAllMeasures(query),
  groupBy: [],
  buckets: undefined,
  order: { by: 'calls', descending: true },
  limit: 1,
})

/** The question that has no groups and no filters. */
export const everythingIn = ({ window, zone }: ZonedWindow): CostQuery => ({
  measures: COST_MEASURES,
  groupBy: [],
  filters: [],
  window,
  previous: undefined,
  zone,
  buckets: undefined,
  order: { by: 'calls', descending: true },
  limit: 1,
})
