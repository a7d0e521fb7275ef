// From an explanation's question to SQL, as text with bound values. Both periods come from one statement: read one after the
// other, what arrives meanwhile would be a change.

import type { Window } from '#core/periods.ts'
import { type Bound, bindTime, type Statement } from '../query/compile.ts'
import { type Dimension, dimensionOf } from '../query/dimensions.ts'
import { bindColumn, bindFilters } from '../query/filters.ts'
import { boundedRead } from '../query/limits.ts'
import { costUsd } from '../query/metrics.ts'
import { EVENTS, type Source, sourceFor } from '../query/sources.ts'
import { MEASURES, type Measure } from './measures.ts'
import type { ExplainQuery } from './question.ts'

/** Models that are decomposed one by one; the rest, cheapest ones, as if they were one model. */
export const MAX_MODELS = 200

/** Values of a dimension that are shown. */
export const MAX_CARRIERS = 5

export const windowsOf = ({ window, baseline }: ExplainQuery): readonly Window[] => [
  window,
  ...baseline.windows,
]

/** Where an answer can come from. The rollup by user does not tell providers apart, which is better than reading every event. */
export function modelSource(query: ExplainQuery): {
  readonly source: Source
  readonly keys: readonly Dimension[]
} {
  const [byModel, byBoth] = [dimensions(['model']), dimensions(['provider', 'model'])]
  const [cheap, exact] = [byModel, byBoth].map(keys => sourceOf(query, keys))
  return cheap !== undefined && cheap !== EVENTS && exact === EVENTS
    ? { source: cheap, keys: byModel }
    : { source: exact ?? EVENTS, keys: byBoth }
}

export const sourceOf = (query: ExplainQuery, keys: readonly Dimension[]): Source =>
  sourceFor([...keys, ...query.filters.map(({ dimension }) => dimension)], [], windowsOf(query))

export const dimensions = (names: readonly string[]): Dimension[] =>
  names.flatMap(name => dimensionOf(name) ?? [])

/**
 * A first row with `is_total` = 1 for everything, then a row for each model: `provider` where it is known, `model`, and of every
 * measure `current_<name>` and `baseline_<name>`.
 */
export function compileModels(query: ExplainQuery, source: Source, keys: readonly Dimension[]): Statement {
  const params: Bound = { limit: MAX_MODELS + 1 }
  const read = from(query, source, params)
  const names = keys.map((_, i) => `g${i}`)
  const columns = [
    ...keys.map(({ name }, i) => `t.${name} AS g${i}`),
    `grouping(${names[0]}) AS is_total`,
    ...MEASURES.flatMap(measure => sums(measure, source)),
  ]
  const sql = [
    read.periods,
    `SELECT\n  ${columns.join(',\n  ')}`,
    ...read.lines,
    `GROUP BY GROUPING SETS ((${names.join(', ')}), ())`,
    `ORDER BY is_total DESC, greatest(current_cost_usd, baseline_cost_usd) DESC, ${names.join(', ')}`,
    'LIMIT {limit:UInt32}',
    ...read.settings,
  ]
  return { sql: sql.join('\n'), params }
}

/** The values of a dimension that changed most: `value`, `current_cost_usd`, `baseline_cost_usd`, and of how many (`values`). */
export function compileCarriers(query: ExplainQuery, source: Source, dimension: Dimension): Statement {
  const { n, d } = query.baseline.scale
  const params: Bound = { limit: MAX_CARRIERS, scale_n: n, scale_d: d }
  const read = from(query, source, params)
  const change = 'current_cost_usd * {scale_d:Int64} - baseline_cost_usd * {scale_n:Int64}'
  const groups = [
    read.periods,
    `SELECT ${[`${bindColumn(dimension, 'g0', params)} AS value`, ...sums(costUsd, source)].join(', ')}`,
    ...read.lines,
    'GROUP BY value',
    'HAVING current_cost_usd != 0 OR baseline_cost_usd != 0',
  ]
  const sql = [
    'SELECT value, current_cost_usd, baseline_cost_usd, count() OVER () AS values',
    `FROM (\n  ${groups.join('\n  ')}\n)`,
    `ORDER BY abs(${change}) DESC, value`,
    'LIMIT {limit:UInt32}',
    ...read.settings,
  ]
  return { sql: sql.join('\n'), params }
}

const sums = ({ name, of }: Measure, { key }: Source): string[] => [
  `sumIf(${of[key]}, is_current) AS current_${name}`,
  `sumIf(${of[key]}, NOT is_current) AS baseline_${name}`,
]

/** Rows of both periods. The outer bounds let the warehouse skip what lies outside of all windows. */
function from(query: ExplainQuery, source: Source, params: Bound) {
  const { view, time } = source
  const windows = windowsOf(query)
  const { conditions, params: filterParams } = bindFilters(query.filters)
  Object.assign(params, filterParams)
  const at = (name: string, ms: number): string => bindTime(source, name, ms, params)
  const inside = ({ from, to }: Window, i: number): string =>
    `(${time.column} >= ${at(`from${i}`, from)} AND ${time.column} < ${at(`to${i}`, to)})`
  const [current = '', ...before] = windows.map(inside)
  const first = at('first', Math.min(...windows.map(({ from }) => from)))
  const end = at('end', Math.max(...windows.map(({ to }) => to)))
  return {
    periods: `WITH ${current} AS is_current`,
    lines: [
      `FROM ${view} AS t`,
      `WHERE ${[
        `${time.column} >= ${first}`,
        `${time.column} < ${end}`,
        `(is_current OR ${before.join(' OR ')})`,
        ...conditions,
      ].join('\n  AND ')}`,
    ],
    settings: view === EVENTS.view ? boundedRead(windows) : [],
  }
}
