// What is printed of one user, feature, model or tenant: facts, the course of its spend, and tables of its parts.

import type { CalendarUnit } from '#core/zones.ts'
import {
  type CostAnswer,
  type CostRow,
  type CostTotal,
  costPerCall,
  dimensionValue,
  gapOf,
  hasGaps,
  isUnpriced,
  type Meta,
  minute,
} from './answers.ts'
import { amountsAt, bucketStarts } from './buckets.ts'
import { changeOf, deltaColumn, paintDelta } from './delta.ts'
import { count, isGreater, less, share, sum, usd } from './figures.ts'
import { colorsFor, type Io, isTerminal } from './io.ts'
import { sparkline } from './sparkline.ts'
import { type Column, lineWidth, table } from './table.ts'

type Fact = readonly [name: string, figure: string, words: string]

export interface Known {
  /** Decimal text. */
  readonly monthEnd: string | undefined
  /** Whether a month that runs is compared with the last one up to the same time. */
  readonly sameTime: boolean
}

/** What it cost, what that comes to, and what has no price. */
export function factLines(io: Io, { total, meta }: CostAnswer, known: Known): string {
  const { dim } = colorsFor(io)
  const users = total['active_users']
  const perUser = total['cost_per_active_user']
  const facts: Fact[] = [
    ['cost', isUnpriced(total) ? 'unpriced' : usd(total.cost_usd), againstBefore(io, total, meta, known)],
  ]
  if (known.monthEnd !== undefined && !isUnpriced(total)) {
    facts.push(['month end', usd(known.monthEnd), 'at the pace of the last seven whole days'])
  }
  const each = costPerCall(total)
  facts.push(['calls', count(total.calls), each === '' ? '' : `${each} each`])
  if (users !== undefined) {
    const words = perUser === null || isUnpriced(total) ? '' : `${usd(String(perUser))} each`
    facts.push(['active users', count(String(users)), words])
  }
  if (hasGaps(total)) {
    const part = share(String(total.unpriced_calls), String(total.calls))
    facts.push(['unpriced', count(total.unpriced_calls), `${part} of the calls are in no sum`])
  }
  const [names, figures] = [0, 1].map(i => Math.max(...facts.map(fact => (fact[i] ?? '').length)))
  return facts
    .map(([name, figure, words]) =>
      `${dim(name.padEnd(names ?? 0))}  ${figure.padStart(figures ?? 0)}  ${words}`.trimEnd(),
    )
    .join('\n')
}

function againstBefore(io: Io, total: CostTotal, meta: CostAnswer['meta'], { sameTime }: Known): string {
  if (isUnpriced(total)) return ''
  const comparable = meta.previous?.complete ?? true
  const change = changeOf(io, total, comparable)
  if (!comparable || change === 'new') return 'nothing to compare with'
  if (change === '') return ''
  return `${paintDelta(io, change)} against ${sameTime ? 'the same time last month' : 'the period before'}`
}

export interface Series {
  readonly unit: CalendarUnit
  /** They may reach back beyond the window. */
  readonly rows: readonly CostRow[]
}

/** The course, and its highest point in figures. */
export function courseLine(io: Io, { unit, rows }: Series, meta: Meta): string {
  const { dim } = colorsFor(io)
  const starts = bucketStarts(meta, unit, io.clock.now())
  const inside = rows.filter(({ time }) => Date.parse(time ?? '') >= (starts[0] ?? 0))
  const [first, ...others] = inside
  const highest = others.reduce(
    (most, row) => (isGreater(row.cost_usd, most?.cost_usd ?? '0') ? row : most),
    first,
  )
  const time = highest?.time ?? ''
  const words = highest
    ? `most ${usd(highest.cost_usd)} on ${unit === 'hour' ? minute(time) : time.slice(0, 10)}`
    : ''
  const head = `by ${unit}`
  const room = lineWidth(io) - head.length - words.length - 4
  const picture = isTerminal(io.stdout) && room > 0 ? `${sparkline(amountsAt(inside, starts), room)}  ` : ''
  return `${dim(head)}  ${picture}${words}`
}

/** The largest parts, and the others in one row where there are more. */
export function partTable(io: Io, dimension: string, { data, total, meta }: CostAnswer): string {
  const comparable = meta.previous?.complete ?? true
  const shown = meta.truncated ? data.slice(0, -1) : data
  const gaps = hasGaps(total)
  const columns: Column[] = [
    { head: dimension, cut: true },
    { head: 'cost', align: 'right' },
    { head: 'share', align: 'right', spare: 30 },
    { head: 'calls', align: 'right', spare: 20 },
    { head: 'per call', align: 'right', spare: 40 },
    deltaColumn(io, 5),
    ...(gaps ? [{ head: 'unpriced', align: 'right', spare: 10 } as const] : []),
  ]
  const figures = (row: CostTotal) => [
    ...(isUnpriced(row) ? ['unpriced', ''] : [usd(row.cost_usd), share(row.cost_usd, total.cost_usd)]),
    count(row.calls),
    costPerCall(row),
    isUnpriced(row) ? '' : changeOf(io, row, comparable),
    ...(gaps ? [gapOf(row)] : []),
  ]
  const rows = shown.map(row => [dimensionValue(row, dimension), ...figures(row)])
  const rest = meta.truncated ? [['others', ...figures(othersOf(total, shown))]] : []
  return table(io, columns, [...rows, ...rest])
}

/** What a total holds beside the rows that are shown. */
function othersOf(total: CostTotal, shown: readonly CostTotal[]): CostTotal {
  const before = shown.map(({ previous }) => previous?.cost_usd ?? '0')
  const previous = total.previous && {
    ...total.previous,
    cost_usd: less(total.previous.cost_usd, sum(before)),
  }
  const rest = (name: 'calls' | 'unpriced_calls') =>
    shown.reduce((left, row) => left - BigInt(row[name]), BigInt(total[name])).toString()
  return {
    calls: rest('calls'),
    unpriced_calls: rest('unpriced_calls'),
    cost_usd: less(total.cost_usd, sum(shown.map(({ cost_usd }) => cost_usd))),
    ...(previous ? { previous } : {}),
  }
}
