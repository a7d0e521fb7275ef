// What the API answers to questions about spend, as far as commands show it, and the line that stands under every total.

import { count, counted } from './figures.ts'

export interface Meta {
  readonly from: string
  readonly to: string
  readonly tz: string
  readonly fresh_until: string | null
  readonly truncated?: boolean
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

export interface CostAnswer {
  readonly data: readonly CostRow[]
  readonly total: Measures & { readonly previous?: Measures }
  readonly meta: Meta & { readonly previous?: { readonly complete: boolean } }
}

/** Where no call has a price, the sum of 0 is no cost. */
export const isUnpriced = ({ calls, unpriced_calls }: Measures): boolean =>
  String(calls) !== '0' && String(calls) === String(unpriced_calls)

export const hasGaps = ({ unpriced_calls }: Measures): boolean => String(unpriced_calls) !== '0'

/** The cell of a column that is there when any row has calls without a price. */
export const gapOf = (row: Measures): string => (hasGaps(row) ? count(row.unpriced_calls) : '')

/** What an empty dimension is called. */
export const NONE = '(none)'

export const dimensionValue = (row: CostRow, name: string): string => String(row[name] ?? '') || NONE

/** Which time, how many calls, and how many of them have no price: a total without it looks complete when it is not. */
export function coverageLine({ from, to, tz, fresh_until, truncated, coverage }: Meta): string {
  const gaps = [
    ['unpriced', coverage.unpriced],
    ['estimated', coverage.estimated],
    ['without a feature', coverage.without_feature],
  ] as const
  const found = gaps
    .filter(([, calls]) => String(calls) !== '0')
    .map(([name, calls]) => `${count(calls)} ${name}`)
  const parts = [
    `${minute(from)} to ${minute(to)} ${tz}`,
    `${counted(coverage.calls, 'call')}${found.length > 0 ? ` (${found.join(', ')})` : ''}`,
    fresh_until === null ? 'not known how complete' : `complete until ${minute(fresh_until)}`,
    ...(truncated ? ['cut off by the limit'] : []),
  ]
  return parts.join(', ')
}

/** `2026-11-24 10:15` of an ISO time, in its own zone. */
export const minute = (iso: string): string => iso.slice(0, 16).replace('T', ' ')
