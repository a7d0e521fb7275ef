// `spendledger coverage`: what the totals leave out, by provider and model, and for which reasons.

import type { Config } from '#platform/config.ts'
import { coverageLine, dimensionValue, type Meta } from '../answers.ts'
import { dimensionsOf } from '../dimension-words.ts'
import { ServerError } from '../errors.ts'
import { count, share } from '../figures.ts'
import { json, type Query } from '../http.ts'
import { type Io, print } from '../io.ts'
import { queryOf, type ReadOptions } from '../options.ts'
import { passThrough } from '../pass-through.ts'
import { loadSettings } from '../settings.ts'
import { type Column, table } from '../table.ts'

export interface CoverageOptions extends ReadOptions {
  readonly by: string
  readonly limit: string
}

type Counts = Meta['coverage'] & { readonly priced: number | string }

interface CoverageAnswer {
  readonly data: readonly (Counts & Readonly<Record<string, unknown>>)[]
  readonly total: Counts
  readonly meta: Meta
}

const RARE = [
  { name: 'inconsistent', head: 'inconsistent', spare: 30 },
  { name: 'estimated', head: 'estimated', spare: 20 },
  { name: 'without_feature', head: 'no feature', spare: 40 },
] as const

export async function coverage(io: Io, options: CoverageOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const dimensions = dimensionsOf(options.by)
  const filters = queryOf(options)
  const query = { ...filters, group_by: dimensions.join(','), limit: options.limit }
  if (await passThrough(io, config, '/v1/coverage', query, options)) return

  const { data, total, meta } = await json<CoverageAnswer>(io, config, '/v1/coverage', { query })
  const reasons = String(total.unpriced) === '0' ? '' : await reasonsOf(io, config, filters)
  // Of what no call has, nothing is shown.
  const found = RARE.filter(({ name }) => String(total[name]) !== '0')
  const columns: Column[] = [
    ...dimensions.map(head => ({ head, cut: true })),
    { head: 'calls', align: 'right' },
    { head: 'unpriced', align: 'right' },
    { head: 'share', align: 'right', spare: 5 },
    ...found.map(({ head, spare }) => ({ head, align: 'right', spare }) as const),
  ]
  const figures = (row: Counts) => [
    count(row.calls),
    some(row.unpriced),
    String(row.unpriced) === '0' ? '' : share(String(row.unpriced), String(row.calls)),
    ...found.map(({ name }) => some(row[name])),
  ]
  const rows = data.map(row => [...dimensions.map(name => dimensionValue(row, name)), ...figures(row)])
  await print(
    io,
    table(io, columns, [...rows, ['total', ...dimensions.slice(1).map(() => ''), ...figures(total)]]),
  )
  if (reasons !== '') await print(io, `\n${reasons}`)
  await print(io, `\n${coverageLine(io, meta)}`)
}

/** Reasons are kept by single events alone: those of a window for which totals are quickly summed may be too many to read. */
async function reasonsOf(io: Io, config: Config, filters: Query): Promise<string> {
  const query = { ...filters, group_by: 'cost_reason' }
  const answer = await json<CoverageAnswer>(io, config, '/v1/coverage', { query }).catch(tooMuch)
  if (!answer) return 'reasons: choose a shorter window'
  const rows = answer.data.filter(row => String(row.unpriced) !== '0')
  const columns: Column[] = [
    { head: 'why unpriced', cut: true },
    { head: 'calls', align: 'right' },
  ]
  return table(
    io,
    columns,
    rows.map(row => [dimensionValue(row, 'cost_reason'), count(row.unpriced)]),
  )
}

/** The warehouse was there for the totals a moment ago: it is busy with the question. */
const TOO_MUCH: readonly string[] = ['query_too_large', 'warehouse_unavailable']

/** Nothing for a question that is too large to be answered; any other failure is one. */
function tooMuch(error: unknown): undefined {
  if (error instanceof ServerError && TOO_MUCH.includes(error.problem.code)) return undefined
  throw error
}

/** Nothing for none: what is there stands out. */
const some = (calls: number | string): string => (String(calls) === '0' ? '' : count(calls))
