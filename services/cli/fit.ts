// Which columns of a table a line has room for, and how wide its names may be. Figures are never cut: a figure that lacks its
// first digits is another figure.

import { widthOf } from './text-width.ts'

export interface FittedColumn {
  readonly head: string
  /** Names may be cut in the middle. */
  readonly cut?: boolean
  /** Where there is no room for all columns, the one with the highest number goes first. Without a number it stays. */
  readonly spare?: number
}

/** Between columns. */
export const GAP = '  '

/** Cells that a name keeps as long as another column can go instead, and that it keeps in any case. */
const READABLE = 16
const LEAST = 6

export interface Fit {
  /** Columns that stay, as places in the list. */
  readonly kept: readonly number[]
  /** The most cells that a name may take. */
  readonly nameWidth: number
}

/** @param rows cells, one for each column @param width cells of a line */
export function fit(
  columns: readonly FittedColumn[],
  rows: readonly (readonly string[])[],
  width: number,
): Fit {
  const widths = widthsOf(columns, rows)
  let kept = columns.map((_, i) => i)
  for (;;) {
    const nameWidth = widestName(columns, widths, kept, width)
    const enough = kept.every(i => !columns[i]?.cut || nameWidth >= Math.min(READABLE, widths[i] ?? 0))
    const least = leastImportant(columns, kept)
    if (least === undefined || (nameWidth >= LEAST && enough)) {
      return { kept, nameWidth: Math.max(nameWidth, LEAST) }
    }
    kept = kept.filter(i => i !== least)
  }
}

/** Cells that each column needs. */
export const widthsOf = (
  columns: readonly FittedColumn[],
  rows: readonly (readonly string[])[],
): readonly number[] =>
  columns.map(({ head }, i) =>
    rows.reduce((widest, cells) => Math.max(widest, widthOf(cells[i] ?? '')), widthOf(head)),
  )

/** The most cells that every name may take so that a line fits: Infinity where all fit whole, below 0 where figures do not. */
function widestName(
  columns: readonly FittedColumn[],
  widths: readonly number[],
  kept: readonly number[],
  width: number,
): number {
  const names = kept.filter(i => columns[i]?.cut).map(i => widths[i] ?? 0)
  const figures = kept.filter(i => !columns[i]?.cut).map(i => widths[i] ?? 0)
  const room = width - total(figures) - GAP.length * (kept.length - 1)
  if (total(names) <= room) return Number.POSITIVE_INFINITY
  // The short ones stay whole, and the others share what is left.
  const ascending = [...names].sort((a, b) => a - b)
  let left = room
  for (const [i, name] of ascending.entries()) {
    const share = Math.floor(left / (ascending.length - i))
    if (name > share) return share
    left -= name
  }
  return left
}

const total = (widths: readonly number[]): number => widths.reduce((sum, width) => sum + width, 0)

function leastImportant(columns: readonly FittedColumn[], kept: readonly number[]): number | undefined {
  const spare = kept.filter(i => columns[i]?.spare !== undefined)
  return spare.sort((a, b) => (columns[b]?.spare ?? 0) - (columns[a]?.spare ?? 0))[0]
}
