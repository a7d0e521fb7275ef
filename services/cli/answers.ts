// What the API answers to questions about spend, as far as commands show it, and the line that stands under every total.

import { count, counted, perCall, usd } from './figures.ts'
import type { Io } from './io.ts'
import { FILTERS } from './options.ts'
import { plain } from './plain.ts'
import { folded } from './table.ts'

export interface Meta {
  readonly from: string
  readonly to: string
  readonly tz: string
  readonly fresh_until: string | null
  readonly truncated?: boolean
  /** By dimension and value: what may have been meant instead of a value that no call ever had. */
  readonly unknown_values?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
  readonly coverage: Readonly<
    Record<'calls' | 'unpriced' | 'estimated' | 'inconsistent' | 'without_feature', number | string>
  >
}

export interface Measures {
  readonly calls: number | string
  readonly cost_usd: string
  readonly unpriced_calls: number | string
}

/** A row of costs: the group's dimensions by name, beside the measures. */
export interface CostRow extends Measures {
  readonly previous?: Measures
  readonly time?: string
  readonly [dimension: string]: unknown
}

export type CostTotal = Measures & { readonly previous?: Measures; readonly [metric: string]: unknown }

export interface CostAnswer {
  readonly data: readonly CostRow[]
  readonly total: CostTotal
  readonly meta: Meta & { readonly previous?: { readonly complete: boolean } }
}

/** Where no call has a price, the sum of 0 is no cost. */
export const isUnpriced = ({ calls, unpriced_calls }: Measures): boolean =>
  String(calls) !== '0' && String(calls) === String(unpriced_calls)

export const hasGaps = ({ unpriced_calls }: Measures): boolean => String(unpriced_calls) !== '0'

/** The cell of a column that is there when any row has calls without a price. */
export const gapOf = (row: Measures): string => (hasGaps(row) ? count(row.unpriced_calls) : '')

/** Of the calls that have a price. */
export const costPerCall = (row: Measures): string =>
  usd(perCall(row.cost_usd, BigInt(row.calls) - BigInt(row.unpriced_calls)) ?? '')

/** What an empty dimension is called. */
export const NONE = '(none)'

export const dimensionValue = (row: Readonly<Record<string, unknown>>, name: string): string =>
  String(row[name] ?? '') || NONE

/** The window in words. What is still to come holds nothing: a window that ends there goes up to now. */
export const windowText = ({ from, to, tz }: Pick<Meta, 'from' | 'to' | 'tz'>, now: number): string =>
  Date.parse(to) > now ? `${minute(from)} ${tz} up to now` : `${minute(from)} to ${minute(to)} ${tz}`

/**
 * Which time, how many calls, and how many of them have no price: a total without it looks complete when it is not. Below it,
 * the values of filters that no call ever had.
 */
export function coverageLine(io: Io, meta: Meta): string {
  const { fresh_until, truncated, coverage } = meta
  const gaps = [
    ['unpriced', coverage.unpriced],
    ['estimated', coverage.estimated],
    ['without a feature', coverage.without_feature],
  ] as const
  const found = gaps
    .filter(([, calls]) => String(calls) !== '0')
    .map(([name, calls]) => `${count(calls)} ${name}`)
  const line = folded(io, [
    windowText(meta, io.clock.now()),
    `${counted(coverage.calls, 'call')}${found.length > 0 ? ` (${found.join(', ')})` : ''}`,
    fresh_until === null ? 'not known how complete' : `complete until ${minute(fresh_until)}`,
    ...(truncated ? ['cut off by the limit'] : []),
  ])
  return [line, ...unknownLines(meta)].join('\n')
}

/** One for each value of a filter that no call ever had: the spend of a name that is misspelt is $0.00, too. */
export const unknownLines = ({ unknown_values = {} }: Pick<Meta, 'unknown_values'>): string[] =>
  Object.entries(unknown_values).flatMap(([dimension, values]) =>
    Object.entries(values).map(([value, near]) =>
      plain(`no call ever had ${optionOf(dimension)} "${value}"${meant(near)}`),
    ),
  )

const meant = (near: readonly string[]): string =>
  near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`

/** `user` of `user_id`: as it was asked for. */
const optionOf = (dimension: string): string =>
  Object.entries(FILTERS).find(([, column]) => column === dimension)?.[0] ?? dimension

/** `2026-11-24 10:15` of an ISO time, in its own zone. */
export const minute = (iso: string): string => iso.slice(0, 16).replace('T', ' ')
