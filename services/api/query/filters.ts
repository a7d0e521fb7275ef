// Filters, and how they become conditions. A filter may be given several times; one of its values must match. The empty value is
// a value: `feature=` is spend that names no feature.

import type { Parameter } from '#ports/warehouse.ts'
import { type Dimension, dimensionOf } from './dimensions.ts'
import { MAX_FILTER_VALUES, MAX_FILTERS } from './limits.ts'
import { badQuery, type Query, values } from './parameters.ts'

export interface Filter {
  readonly dimension: Dimension
  readonly values: readonly string[]
}

/** The filters among the parameters of a query. @throws LedgerError `bad_query` for values of the wrong kind */
export function readFilters(query: Query): Filter[] {
  const filters = Object.keys(query).flatMap(name => {
    const dimension = dimensionOf(name)
    return dimension ? [{ dimension, values: values(query, name) }] : []
  })
  checkFilterCount(filters)
  for (const { dimension, values: given } of filters) {
    for (const value of given) checkValue(dimension, value)
  }
  return filters
}

/** @throws LedgerError `bad_query` for more than a question may have */
export function checkFilterCount(filters: readonly { readonly values: readonly string[] }[]): void {
  const total = filters.reduce((sum, filter) => sum + filter.values.length, 0)
  if (total > MAX_FILTER_VALUES) {
    throw badQuery(
      'the number of filter values',
      total,
      `at most ${MAX_FILTER_VALUES} of all filters together`,
    )
  }
  if (filters.length > MAX_FILTERS) {
    throw badQuery('the number of filters', filters.length, `at most ${MAX_FILTERS}`)
  }
}

function checkValue({ name, kind }: Dimension, value: string): void {
  if (kind === 'flag' && value !== 'true' && value !== 'false') throw badQuery(name, value, 'true or false')
  if (kind === 'count' && !/^\d{1,9}$/.test(value)) throw badQuery(name, value, 'a whole number')
}

/** Conditions and groups bind their values under these names: `f0`, `f0_tag`. */
export interface Bindings {
  readonly conditions: readonly string[]
  readonly params: Readonly<Record<string, Parameter>>
}

export function bindFilters(filters: readonly Filter[]): Bindings {
  const params: Record<string, Parameter> = {}
  const conditions = filters.map(({ dimension, values: given }, i) => {
    const name = `f${i}`
    params[name] = given.map(bound[dimension.kind])
    return `${bindColumn(dimension, name, params)} IN {${name}:Array(${SQL_TYPE[dimension.kind]})}`
  })
  return { conditions, params }
}

const bound = {
  text: (value: string): Parameter => value,
  flag: (value: string): Parameter => value === 'true',
  count: (value: string): Parameter => Number(value),
} as const

const SQL_TYPE = { text: 'String', flag: 'Bool', count: 'UInt32' } as const

/** The SQL of a dimension; a tag's key is bound as `<name>_tag`. */
export function bindColumn(dimension: Dimension, name: string, params: Record<string, Parameter>): string {
  if (dimension.tag === undefined) return `t.${dimension.name}`
  params[`${name}_tag`] = dimension.tag
  return `t.tags[{${name}_tag:String}]`
}
