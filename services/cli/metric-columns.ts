// `--metrics a,b`: the columns that were asked for by name, in the units that their names say.

import type { CostRow } from './answers.ts'
import { count, share, usd } from './figures.ts'
import type { Column } from './table.ts'

/** Always shown, in columns of their own. */
const OWN: ReadonlySet<string> = new Set(['cost_usd', 'calls', 'unpriced_calls'])

const RATES: ReadonlySet<string> = new Set(['cache_hit_rate'])

const MONEY = /(^|_)cost_|_usd(_|$)/

/** The metrics that need a column; undefined where none were asked for. */
export const metricsOf = (names: string | undefined): readonly string[] | undefined =>
  names
    ?.split(',')
    .map(name => name.trim())
    .filter(name => name !== '' && !OWN.has(name))

/** Where there is no room the last ones go first, but all else goes before them: these were asked for. */
export const metricColumns = (names: readonly string[]): Column[] =>
  names.map((head, i) => ({ head, align: 'right', spare: i / names.length }))

/** Nothing where there is no value: a ratio by nothing. */
export function metricCell(row: Pick<CostRow, string>, name: string): string {
  const value = row[name]
  if (value === null || value === undefined) return ''
  if (MONEY.test(name)) return usd(String(value))
  if (RATES.has(name)) return share(Number(value).toFixed(12), '1')
  const number = Number(value)
  return Number.isInteger(number) || number >= 100
    ? count(Math.round(number))
    : String(Number(number.toPrecision(3)))
}
