// `spendledger top`: who and what spends most, how it went, and what changed against the period before.

import {
  type CostAnswer,
  type CostTotal,
  costPerCall,
  coverageLine,
  dimensionValue,
  gapOf,
  hasGaps,
  isUnpriced,
} from '../answers.ts'
import { coursesOf } from '../courses.ts'
import { changeOf, deltaColumn } from '../delta.ts'
import { dimensionsOf } from '../dimension-words.ts'
import { count, share, usd } from '../figures.ts'
import { json } from '../http.ts'
import { type Io, isTerminal, print } from '../io.ts'
import { metricCell, metricColumns, metricsOf } from '../metric-columns.ts'
import { type MetricOption, queryOf, type ReadOptions } from '../options.ts'
import { passThrough } from '../pass-through.ts'
import { loadSettings } from '../settings.ts'
import { type Column, spaceBeside, table } from '../table.ts'

export interface TopOptions extends ReadOptions, MetricOption {
  readonly limit: string
  readonly order?: string
}

const PER_CALL: Column = { head: 'per call', align: 'right', spare: 50 }

/** Characters of a sparkline: thirty days fit into the widest. */
const NARROWEST = 8
const WIDEST = 31

/** @param words dimensions, separated by commas */
export async function top(io: Io, words: string, options: TopOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const dimensions = dimensionsOf(words)
  const filters = queryOf(options)
  const query = {
    ...filters,
    group_by: dimensions.join(','),
    compare: 'previous',
    metrics: options.metrics,
    order: options.order,
    limit: options.limit,
  }
  if (await passThrough(io, config, '/v1/costs', query, options)) return

  const { data, total, meta } = await json<CostAnswer>(io, config, '/v1/costs', { query })
  const asked = metricsOf(options.metrics)
  const gaps = hasGaps(total)
  const columns: Column[] = [
    ...dimensions.map(head => ({ head, cut: true })),
    { head: 'cost', align: 'right' },
    { head: 'share', align: 'right', spare: 30 },
    { head: 'calls', align: 'right', spare: 20 },
    ...(asked ? metricColumns(asked) : [PER_CALL]),
    deltaColumn(io, 5),
    ...(gaps ? [{ head: 'unpriced', align: 'right', spare: 10 } as const] : []),
  ]
  const comparable = meta.previous?.complete ?? true
  const figures = (row: CostTotal) => [
    ...(isUnpriced(row) ? ['unpriced', ''] : [usd(row.cost_usd), share(row.cost_usd, total.cost_usd)]),
    count(row.calls),
    ...(asked ? asked.map(name => metricCell(row, name)) : [costPerCall(row)]),
    isUnpriced(row) ? '' : changeOf(io, row, comparable),
    ...(gaps ? [gapOf(row)] : []),
  ]
  const rows = [
    ...data.map(row => [...dimensions.map(name => dimensionValue(row, name)), ...figures(row)]),
    ['total', ...dimensions.slice(1).map(() => ''), ...figures(total)],
  ]
  const width = Math.min(WIDEST, Math.max(NARROWEST, spaceBeside(io, columns, rows)))
  const courses = isTerminal(io.stdout)
    ? await coursesOf(io, config, { query: filters, dimensions, rows: data, meta, width })
    : undefined
  await print(
    io,
    courses
      ? table(
          io,
          [...columns, { head: '', spare: 40 }],
          rows.map((cells, i) => [...cells, courses[i] ?? '']),
        )
      : table(io, columns, rows),
  )
  await print(io, `\n${coverageLine(io, meta)}`)
}
