// `spendledger top`: who and what spends most, and what changed against the period before.

import {
  type CostAnswer,
  type CostRow,
  coverageLine,
  dimensionValue,
  gapOf,
  hasGaps,
  isUnpriced,
} from '../answers.ts'
import { change, count, perCall, share, usd } from '../figures.ts'
import { json } from '../http.ts'
import { type Io, print } from '../io.ts'
import { queryOf, type ReadOptions } from '../options.ts'
import { passThrough } from '../pass-through.ts'
import { loadSettings } from '../settings.ts'
import { table } from '../table.ts'

export interface TopOptions extends ReadOptions {
  readonly limit: string
  readonly order?: string
}

/** Dimensions whose plural is no dimension with an s. */
const PLURALS: Readonly<Record<string, string>> = {
  users: 'user_id',
  user: 'user_id',
  tenants: 'tenant_id',
  tenant: 'tenant_id',
  keys: 'api_key_id',
  segments: 'user_segment',
  tasks: 'task_type',
  tiers: 'service_tier',
  statuses: 'status',
  workflows: 'workflow_id',
  sessions: 'session_id',
  batches: 'batch',
}

/** The dimension that a person means: `features`, `feature`, `users`; anything else is for the API to judge. */
export const dimensionOf = (word: string): string =>
  word.startsWith('tag.') ? word : (PLURALS[word] ?? word.replace(/([^s])s$/, '$1'))

/** @param words dimensions, separated by commas */
export async function top(io: Io, words: string, options: TopOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const dimensions = words.split(',').map(word => dimensionOf(word.trim()))
  const query = {
    ...queryOf(options),
    group_by: dimensions.join(','),
    compare: 'previous',
    order: options.order,
    limit: options.limit,
  }
  if (await passThrough(io, config, '/v1/costs', query, options)) return

  const { data, total, meta } = await json<CostAnswer>(io, config, '/v1/costs', { query })
  const gaps = hasGaps(total)
  const comparable = meta.previous?.complete ?? true
  const heads = ['cost', 'share', 'calls', 'per call', 'change', ...(gaps ? ['unpriced'] : [])]
  const columns = [
    ...dimensions.map(head => ({ head })),
    ...heads.map(head => ({ head, align: 'right' as const })),
  ]
  const figures = (row: Figures) => [
    ...figuresOf(row, total.cost_usd, comparable),
    ...(gaps ? [gapOf(row)] : []),
  ]
  const rows = data.map(row => [...dimensions.map(name => dimensionValue(row, name)), ...figures(row)])
  const all = ['total', ...dimensions.slice(1).map(() => ''), ...figures(total)]
  await print(io, table(io, columns, [...rows, all]))
  await print(io, `\n${coverageLine(meta)}`)
}

type Figures = Pick<CostRow, 'calls' | 'cost_usd' | 'unpriced_calls' | 'previous'>

/** @param comparable whether the ledger has all of the previous window: a percentage of a part of it means nothing */
function figuresOf(row: Figures, whole: string, comparable: boolean): string[] {
  if (isUnpriced(row)) return ['unpriced', '', count(row.calls), '', '']
  return [
    usd(row.cost_usd),
    share(row.cost_usd, whole),
    count(row.calls),
    usd(perCall(row.cost_usd, BigInt(row.calls) - BigInt(row.unpriced_calls)) ?? ''),
    row.previous ? change(row.cost_usd, comparable ? row.previous.cost_usd : '0') : '',
  ]
}
