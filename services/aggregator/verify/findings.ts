// What a check found, in words that say where to look and what is wrong.

/** The check that failed, where, and both figures. */
export interface Finding {
  readonly check: 'batch_sums' | 'offset_holes' | 'totals' | 'conflicts'
  readonly where: string
  readonly expected: string
  readonly found: string
}

/** So many differences of one kind are told of in a slice; of the others only how many. */
export const SHOWN = 100

/** @param total how many there are, those that were told of included */
export function andMore(check: Finding['check'], where: string, shown: number, total: number): Finding[] {
  if (total <= shown) return []
  const expected = 'no difference'
  return [{ check, where, expected, found: `${total - shown} more` }]
}

/** `2026-11-24T10:15Z` of the warehouse's `2026-11-24 10:15:00[.000]`. */
export const minute = (time: string): string => `${time.slice(0, 16).replace(' ', 'T')}Z`

export const range = (from: number, to: number): string =>
  `${new Date(from).toISOString().slice(0, 16)}Z to ${new Date(to).toISOString().slice(0, 16)}Z`

/** `model gpt-5.4, cost_usd 0.5` of those columns that are told of. */
export const named = (
  columns: readonly string[],
  values: readonly string[],
  told: (column: string, index: number) => boolean,
): string =>
  columns
    .map((column, i) => (told(column, i) ? `${column} ${values[i] === '' ? '(none)' : values[i]}` : ''))
    .filter(text => text !== '')
    .join(', ')
