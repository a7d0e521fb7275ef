// `spendledger trend`: spend over time, with a bar for a person who looks at it.

import { type CostAnswer, coverageLine, dimensionValue, gapOf, hasGaps, isUnpriced } from '../answers.ts'
import { changeOf, deltaColumn } from '../delta.ts'
import { dimensionsOf } from '../dimension-words.ts'
import { count, isGreater, steps, usd } from '../figures.ts'
import { json } from '../http.ts'
import { type Io, isTerminal, print } from '../io.ts'
import { metricCell, metricColumns, metricsOf } from '../metric-columns.ts'
import { type MetricOption, queryOf, type ReadOptions } from '../options.ts'
import { passThrough } from '../pass-through.ts'
import { loadSettings } from '../settings.ts'
import { type Column, spaceBeside, table } from '../table.ts'

export interface TrendOptions extends ReadOptions, MetricOption {
  readonly by?: string
  readonly granularity: string
}

/** The longest bar, where the terminal is wide enough. */
const BAR_WIDTH = 40
const MAX_ROWS = '10000'

export async function trend(io: Io, options: TrendOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const by = options.by === undefined ? [] : dimensionsOf(options.by)
  const query = {
    ...queryOf(options),
    granularity: options.granularity,
    group_by: by.length > 0 ? by.join(',') : undefined,
    // A file for a spreadsheet has the columns that were asked for.
    compare: options.csv ? undefined : 'previous',
    metrics: options.metrics,
    limit: MAX_ROWS,
  }
  if (await passThrough(io, config, '/v1/costs/timeseries', query, options)) return

  const { data, total, meta } = await json<CostAnswer>(io, config, '/v1/costs/timeseries', { query })
  const asked = metricsOf(options.metrics) ?? []
  const gaps = hasGaps(total)
  const comparable = meta.previous?.complete ?? true
  const columns: Column[] = [
    { head: options.granularity },
    ...by.map(head => ({ head, cut: true })),
    { head: 'cost', align: 'right' },
    { head: 'calls', align: 'right', spare: 20 },
    ...metricColumns(asked),
    deltaColumn(io, 15),
    ...(gaps ? [{ head: 'unpriced', align: 'right', spare: 10 } as const] : []),
  ]
  const figures = (row: typeof total) => [
    isUnpriced(row) ? 'unpriced' : usd(row.cost_usd),
    count(row.calls),
    ...asked.map(name => metricCell(row, name)),
    isUnpriced(row) ? '' : changeOf(io, row, comparable),
    ...(gaps ? [gapOf(row)] : []),
  ]
  const rows = [
    ...data.map(row => [
      timeOf(row.time ?? '', options.granularity),
      ...by.map(name => dimensionValue(row, name)),
      ...figures(row),
    ]),
    ['total', ...by.map(() => ''), ...figures(total)],
  ]
  const largest = data.reduce((most, { cost_usd }) => (isGreater(cost_usd, most) ? cost_usd : most), '0')
  const width = isTerminal(io.stdout) ? Math.min(BAR_WIDTH, spaceBeside(io, columns, rows)) : 0
  const bars = data.map(row => '█'.repeat(steps(row.cost_usd, largest, width)))
  await print(
    io,
    width > 0
      ? table(
          io,
          [...columns, { head: '' }],
          rows.map((cells, i) => [...cells, bars[i] ?? '']),
        )
      : table(io, columns, rows),
  )
  await print(io, `\n${coverageLine(io, meta)}`)
}

const timeOf = (iso: string, granularity: string): string =>
  granularity === 'hour' ? iso.slice(0, 16).replace('T', ' ') : iso.slice(0, 10)
