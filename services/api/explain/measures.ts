// What is summed for an explanation. Tokens are counted where calls have a price, and nowhere else: with the tokens of calls
// that cost nothing known, a model that lost its price would seem to have become cheap.

import { type Amounts, TOKEN_KINDS, type TokenKind } from '#core/explain/amounts.ts'
import { type Picos, parsePicos } from '#core/money.ts'
import {
  type Aggregate,
  CACHE_READS,
  COVERAGE_METRICS,
  cacheReads,
  costedCalls,
  DEFAULT_METRICS,
  type Metric,
  type SourceKey,
} from '../query/metrics.ts'

/** A sum over rows (alias `t`) of a view. */
export interface Measure {
  readonly name: string
  readonly of: Readonly<Partial<Record<SourceKey, string>>>
}

const CACHE_WRITES = 't.cache_write_5m_tokens + t.cache_write_1h_tokens'

const TOKENS: Readonly<Record<TokenKind, string>> = {
  uncached: `t.input_tokens - (${CACHE_READS}) - (${CACHE_WRITES})`,
  cacheRead: CACHE_READS,
  cacheWrite: CACHE_WRITES,
  output: 't.output_tokens',
}

const COSTS: Readonly<Record<TokenKind, string>> = {
  uncached: 't.uncached_input_cost_usd',
  cacheRead: 't.cache_read_cost_usd',
  cacheWrite: 't.cache_write_cost_usd',
  output: 't.output_cost_usd',
}

const measure = (name: string, rollups: string, events: string): Measure => ({
  name,
  of: { feature: rollups, user: rollups, events },
})

const priced = (name: string, tokens: string): Measure =>
  measure(name, `if(t.calls > t.unpriced_calls, ${tokens}, 0)`, `if(isNull(t.cost_usd), 0, ${tokens})`)

/** Calls of rows of a rollup that hold priced and unpriced ones: whose the tokens are, only events can tell. */
const MIXED_CALLS = measure('mixed_calls', 'if(t.unpriced_calls BETWEEN 1 AND t.calls - 1, t.calls, 0)', '0')

const isSum = (metric: Metric): metric is Aggregate => metric.kind === 'sum'

export const MEASURES: readonly Measure[] = [
  ...new Map(
    [
      costedCalls,
      cacheReads,
      MIXED_CALLS,
      ...TOKEN_KINDS.map(kind => priced(`${kind}_tokens`, TOKENS[kind])),
      ...TOKEN_KINDS.map(kind => measure(`${kind}_cost`, COSTS[kind], COSTS[kind])),
      ...[...DEFAULT_METRICS, ...COVERAGE_METRICS].filter(isSum),
    ].map(each => [each.name, each]),
  ).values(),
]

/** A row of the warehouse: 64-bit integers and decimals as text. */
export type SumsRow = Readonly<Record<string, string | number>>

export type Period = 'current' | 'baseline'

export const countOf = (row: SumsRow, name: string): bigint => BigInt(row[name] ?? 0)

export const picosOf = (row: SumsRow, name: string): Picos => parsePicos(String(row[name] ?? '0')) ?? 0n

/** The sums of a row's priced calls in one period. */
export function amountsOf(row: SumsRow, period: Period): Amounts {
  const tokens = (kind: TokenKind) => countOf(row, `${period}_${kind}_tokens`)
  const cost = (kind: TokenKind) => picosOf(row, `${period}_${kind}_cost`)
  return {
    calls: countOf(row, `${period}_costed_calls`),
    tokens: {
      uncached: tokens('uncached'),
      cacheRead: tokens('cacheRead'),
      cacheWrite: tokens('cacheWrite'),
      output: tokens('output'),
    },
    cost: {
      uncached: cost('uncached'),
      cacheRead: cost('cacheRead'),
      cacheWrite: cost('cacheWrite'),
      output: cost('output'),
    },
    total: picosOf(row, `${period}_cost_usd`),
  }
}
