// Tables without borders: they read well in a terminal, where they fit its width, and go whole through awk in a pipe. Values come
// from foreign events, so nothing in a cell may move the cursor.

import Table from 'cli-table3'
import { type Fit, type FittedColumn, fit, GAP, widthsOf } from './fit.ts'
import { colorsFor, type Io, isTerminal } from './io.ts'
import { plain } from './plain.ts'
import { cutMiddle, widthOf } from './text-width.ts'

export interface Column extends FittedColumn {
  /** Figures stand to the right. */
  readonly align?: 'left' | 'right'
  /** Colours a cell. */
  readonly paint?: (cell: string) => string
}

/** Of a terminal that does not say. */
const COLUMNS = 80

/** Cells of a line; a pipe has no end. */
export const lineWidth = ({ stdout }: Io): number =>
  isTerminal(stdout) ? (stdout.columns ?? COLUMNS) : Number.POSITIVE_INFINITY

/** Cells that a line of the terminal has left for one more column; 0 where there is no room. */
export function spaceBeside(
  { stdout }: Io,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): number {
  const taken = widthsOf(columns, rows).reduce((sum, width) => sum + width + GAP.length, 0)
  return Math.max(0, (stdout.columns ?? COLUMNS) - taken)
}

const NO_BORDERS = Object.fromEntries(
  [
    'top',
    'top-mid',
    'top-left',
    'top-right',
    'bottom',
    'bottom-mid',
    'bottom-left',
    'bottom-right',
    'left',
    'left-mid',
    'mid',
    'mid-mid',
    'right',
    'right-mid',
  ].map(name => [name, '']),
)

/** A table as lines, without a line break at the end. */
export function table(io: Io, columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const { dim } = colorsFor(io)
  const cells = rows.map(row => row.map(plain))
  const { kept, nameWidth } = fit(columns, cells, lineWidth(io))
  const shown = kept.flatMap(i => columns[i] ?? [])
  const lines = new Table({
    head: shown.map(({ head, cut }) => head && dim(cut ? cutMiddle(head, nameWidth) : head)),
    chars: { ...NO_BORDERS, middle: GAP },
    colAligns: shown.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  })
  for (const row of cells) lines.push(rendered(columns, row, { kept, nameWidth }))
  return lines
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
}

const rendered = (columns: readonly Column[], row: readonly string[], { kept, nameWidth }: Fit): string[] =>
  kept.map(i => {
    const cell = row[i] ?? ''
    const { cut, paint }: Partial<Column> = columns[i] ?? {}
    const text = cut ? cutMiddle(cell, nameWidth) : cell
    return paint ? paint(text) : text
  })

/** Parts of a sentence with commas between them, in lines that fit. */
export function folded(io: Io, parts: readonly string[]): string {
  const lines: string[] = []
  let line = ''
  for (const [i, part] of parts.entries()) {
    const text = i < parts.length - 1 ? `${part},` : part
    if (line !== '' && widthOf(`${line} ${text}`) > lineWidth(io)) {
      lines.push(line)
      line = text
    } else line = line === '' ? text : `${line} ${text}`
  }
  return [...lines, line].join('\n')
}
