// Tables without borders: they read well in a terminal and go through awk in a pipe. Values come from foreign events, so
// nothing in a cell may move the cursor.

import Table from 'cli-table3'
import type { Io } from './io.ts'
import { colorsFor } from './io.ts'
import { plain } from './plain.ts'

export interface Column {
  readonly head: string
  /** Figures stand to the right. */
  readonly align?: 'left' | 'right'
}

const GAP = '  '

/** Of a terminal that does not say. */
const COLUMNS = 80

/** Characters that a line of the terminal has left for one more column; 0 where there is no room. */
export function spaceBeside(
  { stdout }: Io,
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): number {
  const widths = columns.map(({ head }, i) =>
    rows.reduce((width, cells) => Math.max(width, cells[i]?.length ?? 0), head.length),
  )
  const taken = widths.reduce((sum, width) => sum + width + GAP.length, 0)
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
  const lines = new Table({
    head: columns.map(({ head }) => dim(head)),
    chars: { ...NO_BORDERS, middle: GAP },
    colAligns: columns.map(({ align }) => align ?? 'left'),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
  })
  for (const row of rows) lines.push(row.map(plain))
  return lines
    .toString()
    .split('\n')
    .map(line => line.trimEnd())
    .join('\n')
}
