// Values to choose from: closed lists of the query API, and names that the ledger has seen, if it answers at once.

import { COLUMN_DIMENSIONS } from '../../api/query/dimensions.ts'
import { METRICS } from '../../api/query/metrics.ts'
import { CHANGES, DEAD_LETTERS } from '../../api/query/records.ts'
import { request } from '../http.ts'
import type { Io } from '../io.ts'
import { FILTERS } from '../options.ts'
import { loadSettings } from '../settings.ts'

const TIMES = ['24h', '7d', '30d', 'today', 'yesterday', 'month', 'last-month']
const WORDS = ['features', 'models', 'users', 'tenants', 'teams', 'releases', 'environments', 'providers']
const DIMENSIONS = [...WORDS, ...COLUMN_DIMENSIONS]

/** Options and arguments by name. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  from: TIMES,
  to: TIMES,
  dimension: DIMENSIONS,
  by: DIMENSIONS,
  metrics: METRICS.map(({ name }) => name),
  order: ['change', ...METRICS.map(({ name }) => name)],
  baseline: ['previous', 'week', '4w'],
}

/** ms. A person who presses Tab does not wait for a ledger that is busy or gone. */
const PATIENCE = 400

/** Names that a shell takes as they are: candidates are typed into the line without quotes. */
const SAFE = /^[\w@./+-]+$/

export async function knownValues(io: Io, name: string, command: string): Promise<readonly string[]> {
  if (name === 'tz') return ['UTC', ...Intl.supportedValuesOf('timeZone')]
  if (name === 'reason') return (command === 'changes' ? CHANGES : DEAD_LETTERS).reasons
  const list = LISTS[name]
  if (list) return list
  const column = columnOf(name, command)
  return column === undefined ? [] : seen(io, column)
}

/** The column of `--feature` and of the name in `spendledger feature NAME`. */
function columnOf(name: string, command: string): string | undefined {
  const option = name === 'id' || name === 'name' ? command : name
  return Object.entries(FILTERS).find(([filter]) => filter === option)?.[1]
}

async function seen(io: Io, column: string): Promise<string[]> {
  try {
    const config = await loadSettings(io, {})
    const hurried: Io = {
      ...io,
      fetch: (input, init) => io.fetch(input, { ...init, signal: AbortSignal.timeout(PATIENCE) }),
    }
    const query = { group_by: column, from: '7d', limit: '100' }
    const response = await request(hurried, config, '/v1/costs', { query })
    const { data } = (await response.json()) as { data: readonly Readonly<Record<string, unknown>>[] }
    return data.map(row => String(row[column])).filter(value => SAFE.test(value))
  } catch {
    return []
  }
}
