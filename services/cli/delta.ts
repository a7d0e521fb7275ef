// A change against before, as a column. On a terminal an arrow says which way at a glance, with or without colours; a script gets
// the sign.

import type { CostTotal } from './answers.ts'
import { change } from './figures.ts'
import { colorsFor, type Io, isTerminal } from './io.ts'
import type { Column } from './table.ts'

const ARROWS: Readonly<Record<string, string>> = { '+': '▲ ', '-': '▼ ' }

/** `+12.3%`, on a terminal `▲ 12.3%`; `new` where there was nothing before. */
export function delta(io: Io, now: string, before: string): string {
  const text = change(now, before)
  const arrow = ARROWS[text.charAt(0)]
  if (!isTerminal(io.stdout) || arrow === undefined) return text
  return /[1-9]/.test(text) ? arrow + text.slice(1) : text.slice(1)
}

/**
 * Nothing where there is nothing to compare with.
 *
 * @param comparable whether the ledger has all of the previous window: against a part of it nothing is new, no percentage true
 */
export const changeOf = (io: Io, { cost_usd, previous }: CostTotal, comparable: boolean): string =>
  previous && comparable ? delta(io, cost_usd, previous.cost_usd) : ''

export function deltaColumn(io: Io, spare: number): Column {
  return { head: 'change', align: 'right', spare, paint: text => paintDelta(io, text) }
}

/** More spend is red, less is green. */
export function paintDelta(io: Io, text: string): string {
  const { red, green } = colorsFor(io)
  if (text.startsWith('▲')) return red(text)
  return text.startsWith('▼') ? green(text) : text
}
