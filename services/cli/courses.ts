// The sparkline of each row of a table: a second question about the same time, with only the rows that are shown.

import type { Config } from '#platform/config.ts'
import type { CostAnswer, CostRow, Meta } from './answers.ts'
import { amountsAt, bucketStarts, unitFor } from './buckets.ts'
import { json, type Query } from './http.ts'
import type { Io } from './io.ts'
import { sparkline } from './sparkline.ts'

/** Rows that one question asks for by name; a table that is longer is not read as a picture. */
const MAX_ROWS = 50

const MAX_BUCKETS = '10000'

export interface Asked {
  readonly query: Query
  readonly dimensions: readonly string[]
  readonly rows: readonly CostRow[]
  readonly meta: Meta
  /** Characters of each. */
  readonly width: number
}

/**
 * Sparklines of the rows, in their order; undefined where there are too many, or the question is refused: names can be too long for
 * a URL, and single events too many to read twice. The table stands without a picture.
 */
export async function coursesOf(io: Io, config: Config, asked: Asked): Promise<string[] | undefined> {
  const { query, dimensions, rows, meta, width } = asked
  if (rows.length === 0 || rows.length > MAX_ROWS) return undefined
  const unit = unitFor(meta)
  const shown = dimensions.map(name => [name, [...new Set(rows.map(row => textOf(row, name)))]])
  const answer = await json<CostAnswer>(io, config, '/v1/costs/timeseries', {
    query: {
      ...query,
      ...Object.fromEntries(shown),
      from: meta.from,
      to: meta.to,
      granularity: unit,
      group_by: dimensions.join(','),
      limit: MAX_BUCKETS,
    },
  }).catch(() => undefined)
  if (!answer || answer.meta.truncated) return undefined
  const starts = bucketStarts(meta, unit, io.clock.now())
  const keyOf = (row: CostRow): string => JSON.stringify(dimensions.map(name => textOf(row, name)))
  const byKey = new Map<string, CostRow[]>()
  for (const row of answer.data) byKey.set(keyOf(row), [...(byKey.get(keyOf(row)) ?? []), row])
  return rows.map(row => sparkline(amountsAt(byKey.get(keyOf(row)) ?? [], starts), width))
}

const textOf = (row: CostRow, name: string): string => String(row[name] ?? '')
