// `spendledger changes`: which hours that were closed moved all the same, by how much and why.

import { CHANGES } from '../../api/query/records.ts'
import { minute, windowText } from '../answers.ts'
import { delta, deltaColumn } from '../delta.ts'
import { count, counted, sum, usd } from '../figures.ts'
import { json } from '../http.ts'
import { type Io, print } from '../io.ts'
import type { ReadOptions } from '../options.ts'
import { passThrough } from '../pass-through.ts'
import { loadSettings } from '../settings.ts'
import { type Column, folded, table } from '../table.ts'

export interface ChangesOptions extends Pick<ReadOptions, 'config' | 'from' | 'to' | 'tz' | 'json' | 'csv'> {
  readonly reason?: readonly string[]
  readonly limit: string
}

interface Change {
  readonly hour: string
  readonly reason: string
  readonly old_calls: number | string
  readonly new_calls: number | string
  readonly old_unpriced: number | string
  readonly new_unpriced: number | string
  readonly old_cost_usd: string
  readonly new_cost_usd: string
  readonly change_usd: string
  readonly changed_at: string
}

interface ChangesAnswer {
  readonly data: readonly Change[]
  readonly next_cursor: string | null
  readonly meta: { readonly from: string; readonly to: string; readonly tz: string }
}

/** The first total of an hour is no change of it. */
const MOVED = CHANGES.reasons.filter(reason => reason !== 'first')

export async function changes(io: Io, options: ChangesOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const { from, to, tz, limit, reason = MOVED } = options
  const query = { from, to, tz, limit, reason }
  if (await passThrough(io, config, '/v1/changes', query, options)) return

  const { data, next_cursor, meta } = await json<ChangesAnswer>(io, config, '/v1/changes', { query })
  const window = windowText(meta, io.clock.now())
  if (data.length === 0) return print(io, `no closed hour moved, ${window}`)
  const repriced = data.some(row => unpricedOf(row) !== '')
  const columns: Column[] = [
    ...['hour', 'reason'].map(head => ({ head })),
    { head: 'calls before', align: 'right', spare: 30 },
    { head: 'calls', align: 'right', spare: 20 },
    { head: 'cost before', align: 'right', spare: 10 },
    { head: 'cost', align: 'right' },
    { head: 'moved by', align: 'right' },
    deltaColumn(io, 40),
    ...(repriced ? [{ head: 'unpriced', align: 'right', spare: 15 } as const] : []),
    { head: 'changed at', spare: 50 },
  ]
  const rows = data.map(row => [
    minute(row.hour),
    row.reason,
    count(row.old_calls),
    count(row.new_calls),
    usd(row.old_cost_usd),
    usd(row.new_cost_usd),
    signed(row.change_usd),
    delta(io, row.new_cost_usd, row.old_cost_usd),
    ...(repriced ? [unpricedOf(row)] : []),
    minute(row.changed_at),
  ])
  await print(io, table(io, columns, rows))
  const moved = signed(sum(data.map(({ change_usd }) => change_usd)))
  const more = next_cursor === null ? [] : ['and more; --limit shows them']
  await print(io, `\n${folded(io, [window, counted(data.length, 'change'), `${moved} together`, ...more])}`)
}

/** Calls that got a price, or lost it, are a reason that costs alone do not show. */
const unpricedOf = ({ old_unpriced, new_unpriced }: Change): string =>
  String(old_unpriced) === String(new_unpriced) ? '' : `${count(old_unpriced)} to ${count(new_unpriced)}`

const signed = (amount: string): string => (amount.startsWith('-') ? usd(amount) : `+${usd(amount)}`)
