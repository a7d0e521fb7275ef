// `spendledger explain`: why spend changed, in parts that add up to the change, and who carries it.

import { coverageLine, type Meta, minute, NONE } from '../answers.ts'
import { count, counted, isGreater, share, steps, sum, usd } from '../figures.ts'
import { json } from '../http.ts'
import { colorsFor, type Io, isTerminal, print } from '../io.ts'
import { queryOf, type ReadOptions } from '../options.ts'
import { passThrough } from '../pass-through.ts'
import { plain } from '../plain.ts'
import { loadSettings } from '../settings.ts'
import { type Column, folded, lineWidth, spaceBeside, table } from '../table.ts'
import { widthOf } from '../text-width.ts'

export interface ExplainOptions extends ReadOptions {
  /** previous, week, 4w or FROM/TO, for the API to judge. */
  readonly baseline?: string
}

interface Factor {
  readonly factor: string
  readonly change_usd: string
}

interface Carrier {
  readonly value?: string
  readonly others?: number
  readonly cost_usd: string
  readonly baseline_cost_usd: string
  readonly change_usd: string
}

interface Side {
  readonly cost_usd: string
  readonly unpriced_calls: number | string
}

interface ExplainAnswer {
  readonly data: readonly Factor[]
  readonly change_usd: string
  readonly current: Side
  readonly baseline: Side
  readonly carried_by: Readonly<Record<string, readonly Carrier[] | null>>
  readonly summary: string
  readonly meta: Meta & {
    readonly baseline: {
      readonly windows: readonly { readonly from: string; readonly to: string }[]
      readonly scale: string
      readonly coverage: Meta['coverage']
    }
    readonly not_carried: Readonly<Record<string, string>>
  }
}

export async function explain(io: Io, options: ExplainOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const query = { ...queryOf(options), baseline: options.baseline }
  if (await passThrough(io, config, '/v1/explain', query, options)) return

  const answer = await json<ExplainAnswer>(io, config, '/v1/explain', { query })
  const { carried_by, meta } = answer
  await print(io, `${wrapped(io, plain(answer.summary))}\n\n${factorTable(io, answer)}`)
  const carriers = carrierRows(carried_by)
  if (carriers.length > 0) await print(io, `\n${table(io, CARRIER_COLUMNS, carriers)}`)
  const release = oneRelease(answer)
  if (release !== undefined) await print(io, `\n${wrapped(io, plain(`release: one throughout, ${release}`))}`)
  await print(io, `\n${coverageLine(io, meta)}\n${baselineLine(io, meta)}`)
  for (const [dimension, reason] of Object.entries(meta.not_carried)) {
    await print(io, wrapped(io, plain(`not told by ${dimension}: ${reason}`)))
  }
}

/**
 * The release that all of both periods is of: that none came is an answer where one was suspected. Calls without a price are in
 * no list, so with them nobody knows.
 */
function oneRelease({ carried_by, current, meta }: ExplainAnswer): string | undefined {
  const [only, ...others] = carried_by['release'] ?? []
  if (only === undefined || others.length > 0) return undefined
  if (isNothing(only.cost_usd) || isNothing(only.baseline_cost_usd)) return undefined
  const unpriced = [current.unpriced_calls, meta.baseline.coverage.unpriced]
  return unpriced.every(calls => String(calls) === '0') ? only.value || undefined : undefined
}

/** On each side of a bar's axis. */
const BAR_WIDTH = 12

/** Shown even where they are nothing: that a cause is none of these is an answer. */
const ALWAYS: ReadonlySet<string> = new Set(['volume', 'mix', 'input', 'output', 'cache', 'price'])

function factorTable(io: Io, { data, change_usd: whole }: ExplainAnswer): string {
  const shown = data.filter(({ factor, change_usd }) => ALWAYS.has(factor) || !isNothing(change_usd))
  const columns: Column[] = [
    { head: 'factor' },
    { head: 'change', align: 'right' },
    { head: 'share', align: 'right' },
  ]
  const rows = [
    ...shown.map(({ factor, change_usd }) => [factor, signed(change_usd), share(change_usd, whole)]),
    ['together', signed(whole), ''],
  ]
  const side = Math.min(BAR_WIDTH, Math.floor((spaceBeside(io, columns, rows) - 1) / 2))
  if (!isTerminal(io.stdout) || side < 1) return table(io, columns, rows)
  const largest = shown.reduce((most, { change_usd }) => {
    const size = sizeOf(change_usd)
    return isGreater(size, most) ? size : most
  }, '0')
  const bars = shown.map(({ change_usd }) => bar(change_usd, largest, side))
  const paint = (text: string): string => paintBar(io, text)
  return table(
    io,
    [...columns, { head: '', paint }],
    rows.map((cells, i) => [...cells, bars[i] ?? '']),
  )
}

/** Savings to the left of the axis, costs to the right. */
function bar(change: string, largest: string, side: number): string {
  const blocks = '█'.repeat(steps(sizeOf(change), largest, side))
  return isNegative(change) ? `${blocks.padStart(side)}│` : `${' '.repeat(side)}│${blocks}`
}

function paintBar(io: Io, text: string): string {
  const { red, green } = colorsFor(io)
  if (text.endsWith('█')) return red(text)
  return text.includes('█') ? green(text) : text
}

const isNegative = (amount: string): boolean => amount.startsWith('-')

const sizeOf = (amount: string): string => amount.replace('-', '')

const isNothing = (amount: string): boolean => !/[1-9]/.test(amount)

/** `+$1.23`. */
const signed = (amount: string): string =>
  isNegative(amount) || isNothing(amount) ? usd(amount) : `+${usd(amount)}`

const CARRIER_COLUMNS: readonly Column[] = [
  { head: 'carried by', spare: 30 },
  { head: 'value', cut: true },
  { head: 'before', align: 'right', spare: 20 },
  { head: 'now', align: 'right', spare: 10 },
  { head: 'change', align: 'right' },
]

/** Values of a dimension that get a line of their own here; `--json` has more of them. */
const MOST_VALUES = 3

/** A dimension with one value has nothing to tell. */
const carrierRows = (lists: ExplainAnswer['carried_by']): string[][] =>
  Object.entries(lists).flatMap(([dimension, list]) =>
    list === null || list.length < 2
      ? []
      : shortened(list).map((carrier, i) => [
          i === 0 ? dimension : '',
          nameOf(carrier),
          usd(carrier.baseline_cost_usd),
          usd(carrier.cost_usd),
          signed(carrier.change_usd),
        ]),
  )

const nameOf = ({ value, others }: Carrier): string =>
  others === undefined ? value || NONE : others === 0 ? '(rest)' : `(${count(others)} others)`

function shortened(list: readonly Carrier[]): readonly Carrier[] {
  if (list.length <= MOST_VALUES + 1) return list
  const rest = list.slice(MOST_VALUES)
  const of = (name: 'cost_usd' | 'baseline_cost_usd' | 'change_usd') => sum(rest.map(row => row[name]))
  const others = rest.reduce((total, row) => total + (row.others ?? 1), 0)
  return [
    ...list.slice(0, MOST_VALUES),
    {
      others,
      cost_usd: of('cost_usd'),
      baseline_cost_usd: of('baseline_cost_usd'),
      change_usd: of('change_usd'),
    },
  ]
}

function baselineLine(io: Io, { baseline: { windows, scale, coverage } }: ExplainAnswer['meta']): string {
  const unpriced = String(coverage.unpriced) === '0' ? '' : ` (${count(coverage.unpriced)} unpriced)`
  return folded(io, [
    `against ${windows.map(({ from, to }) => `${minute(from)} to ${minute(to)}`).join(' and ')}`,
    `${counted(coverage.calls, 'call')}${unpriced}`,
    ...(scale === '1' ? [] : [`times ${scale}`]),
  ])
}

/** A text in lines that fit. */
function wrapped(io: Io, text: string): string {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && widthOf(`${line} ${word}`) <= lineWidth(io))
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines.join('\n')
}
