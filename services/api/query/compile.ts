// From a question to SQL: a pure function, so that the text is tested as text. Nothing that a person sent is in it: names
// are ours, values are bound.

import { toSqlTime } from '#core/hours.ts'
import type { Parameter, Parameters } from '#ports/warehouse.ts'
import { bindColumn, bindFilters } from './filters.ts'
import { boundedRead } from './limits.ts'
import { type Aggregate, aggregatesOf, type Metric, type Ratio } from './metrics.ts'
import type { Buckets, CostQuery } from './model.ts'
import { EVENTS, type Source, sourceFor } from './sources.ts'

export interface Statement {
  readonly sql: string
  readonly params: Parameters
}

export type Bound = Record<string, Parameter>
type Column = readonly [name: string, expression: string]

/** Where a question is answered from. */
export function sourceOf({ groupBy, filters, metrics, window, previous }: CostQuery): Source {
  const windows = previous ? [previous, window] : [window]
  return sourceFor([...groupBy, ...filters.map(({ dimension }) => dimension)], metrics, windows)
}

/**
 * Columns of the answer: `time` (seconds since 1970) in a timeseries, `g0`, `g1` ... for the groups in order, what the metrics
 * are made of by name and, compared, `previous_<name>` and `change`. One row more than the limit says that there are more.
 *
 * @param options.total a first row with `is_total` = 1 for everything that matches, of the same moment as the rows; a
 * question without groups has one row, which is its total
 */
export function compileCosts(query: CostQuery, { total = false } = {}): Statement {
  const { groupBy, filters, window, previous, buckets } = query
  const source = sourceOf(query)
  const { conditions, params: filterParams } = bindFilters(filters)
  const params: Bound = { ...filterParams }
  const keys: Column[] = [
    ...(buckets ? [['time', bucketOf(buckets, source, previous !== undefined, params)] as const] : []),
    ...groupBy.map((dimension, i) => [`g${i}`, bindColumn(dimension, `g${i}`, params)] as const),
  ]
  const names = keys.map(([name]) => name).join(', ')
  const withTotal = total && keys.length > 0
  const columns: Column[] = [
    ...keys,
    ...(withTotal ? [['is_total', `grouping(${keys[0]?.[0]})`] as const] : []),
    ...metricColumns(query, source),
  ]
  const inWindow = windowConditions(query, source, params)
  const lines = [
    ...(previous ? [`WITH ${inWindow.isCurrent} AS is_current`] : []),
    `SELECT\n  ${columns.map(([name, expression]) => `${expression} AS ${name}`).join(',\n  ')}`,
    `FROM ${source.view} AS t`,
    `WHERE ${[...inWindow.conditions, ...conditions].join('\n  AND ')}`,
  ]
  if (keys.length > 0) {
    lines.push(`GROUP BY ${withTotal ? `GROUPING SETS ((${names}), ())` : names}`)
    // A longer previous month has days without a counterpart.
    if (buckets && previous) lines.push(`HAVING time > 0${withTotal ? ' OR is_total = 1' : ''}`)
    const order = [...(withTotal ? ['is_total DESC'] : []), ...orderOf(query, keys)]
    lines.push(`ORDER BY ${order.join(', ')}`, 'LIMIT {limit:UInt32}')
    params['limit'] = query.limit + (withTotal ? 2 : 1)
  }
  if (source === EVENTS) lines.push(...boundedRead(previous ? [previous, window] : [window]))
  return { sql: lines.join('\n'), params }
}

/** Between the two windows there may be a gap: 1 to 24 November is compared with 1 to 24 October. */
function windowConditions({ window, previous }: CostQuery, source: Source, params: Bound) {
  const { column } = source.time
  const bound = (name: string, ms: number) => bindTime(source, name, ms, params)
  const isCurrent = `${column} >= ${bound('from', window.from)}`
  const beforeEnd = `${column} < ${bound('to', window.to)}`
  if (!previous) return { isCurrent, conditions: [isCurrent, beforeEnd] }
  const afterStart = `${column} >= ${bound('previous_from', previous.from)}`
  const inOne = `(is_current OR ${column} < ${bound('previous_to', previous.to)})`
  return { isCurrent, conditions: [afterStart, beforeEnd, inOne] }
}

export function bindTime({ time }: Source, name: string, ms: number, params: Bound): string {
  params[name] = time.type === "DateTime('UTC')" ? ms / 1_000 : toSqlTime(ms)
  return `{${name}:${time.type}}`
}

function bucketOf(buckets: Buckets, source: Source, compared: boolean, params: Bound): string {
  const seconds = `toUInt32(toUnixTimestamp(${source.time.column}))`
  const { starts, previousStarts } = buckets
  params['starts'] = starts.map(ms => ms / 1_000)
  const current = `roundDown(${seconds}, {starts:Array(UInt32)})`
  if (!compared) return current
  params['previous_starts'] = previousStarts.map(ms => ms / 1_000)
  params['counterparts'] = previousStarts.map((_, i) => (starts[i] ?? 0) / 1_000)
  const before = `roundDown(${seconds}, {previous_starts:Array(UInt32)})`
  const counterpart = `transform(${before}, {previous_starts:Array(UInt32)}, {counterparts:Array(UInt32)}, toUInt32(0))`
  return `if(\n    is_current,\n    ${current},\n    ${counterpart}\n  )`
}

function metricColumns({ metrics, previous }: CostQuery, source: Source): Column[] {
  const aggregates = aggregatesOf(metrics)
  if (!previous) return aggregates.map(aggregate => [aggregate.name, aggregated(aggregate, source)])
  const when = (prefix: string, condition: string) =>
    aggregates.map((aggregate): Column => [prefix + aggregate.name, aggregated(aggregate, source, condition)])
  return [
    ...when('', 'is_current'),
    ...when('previous_', 'NOT is_current'),
    ...(hasCost(metrics) ? [['change', 'cost_usd - previous_cost_usd'] as const] : []),
  ]
}

const FUNCTION = { sum: 'sum', max: 'max', distinct: 'uniqExact', quantile: 'quantileExact' } as const

function aggregated({ kind, of, level }: Aggregate, { key }: Source, condition?: string): string {
  const parameters = level === undefined ? '' : `(${level})`
  const name = `${FUNCTION[kind]}${condition === undefined ? '' : 'If'}${parameters}`
  return `${name}(${[of[key], condition].filter(part => part !== undefined).join(', ')})`
}

const hasCost = (metrics: readonly Metric[]): boolean => metrics.some(({ name }) => name === 'cost_usd')

/** Rows that are equal in what was asked for still have one order, or pages and tests would differ from run to run. */
function orderOf({ order, groupBy, metrics }: CostQuery, keys: readonly Column[]): string[] {
  const group = groupBy.findIndex(({ name }) => name === order.by)
  const metric = metrics.find(({ name }) => name === order.by)
  const first = metric?.kind === 'ratio' ? quotient(metric) : group < 0 ? order.by : `g${group}`
  const then = order.by === 'time' && hasCost(metrics) ? ['cost_usd DESC'] : []
  return [
    `${first} ${order.descending ? 'DESC' : 'ASC'}${metric && isNullable(metric) ? ' NULLS LAST' : ''}`,
    ...then,
    ...keys.map(([name]) => name).filter(name => name !== first),
  ]
}

const isNullable = ({ kind }: Metric): boolean => kind === 'ratio' || kind === 'quantile'

/** What a ratio is sorted by. Money has twice the digits that are shown, so that no rounding turns two rows around. */
const quotient = ({ unit, of, by }: Ratio): string =>
  `${unit === 'usd' ? `toDecimal256(${of.name}, 24)` : of.name} / nullIf(${by.name}, 0)`
