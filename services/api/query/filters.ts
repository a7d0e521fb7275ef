// Filters, and how they become conditions. A filter may be given several times; one of its values must match. The empty value is
// a value: `feature=` is spend that names no feature.

import type { Parameter } from '#ports/warehouse.ts'
import { type Dimension, dimensionOf } from './dimensions.ts'
import { badQuery, type Query, values } from './parameters.ts'

export interface Filter {
  readonly dimension: Dimension
  readonly values: readonly string[]
}

/** The filters among the parameters of a query. @throws LedgerError `bad_query` for values of the wrong kind */
export function readFilters(query: Query): Filter[] {
  return Object.keys(query).flatMap(name => {
    const dimension = dimensionOf(name)
    if (!dimension) return []
    const given = values(query, name)
    for (const value of given) checkValue(dimension, value)
    return [{ dimension, values: given }]
  })
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
