// What a change of spend is decomposed from: the sums of one model in one period. Only calls that have a price are in them, so
// that a call without one never looks like a cheap one.

import type { Picos } from '../money.ts'

/** Token buckets by how they are priced; `output` is the only one that comes out. */
export const INPUT_KINDS = ['uncached', 'cacheRead', 'cacheWrite'] as const
export const TOKEN_KINDS = [...INPUT_KINDS, 'output'] as const

export type InputKind = (typeof INPUT_KINDS)[number]
export type TokenKind = (typeof TOKEN_KINDS)[number]

/** Sums over the priced calls of a model. */
export interface Amounts {
  readonly calls: bigint
  readonly tokens: Readonly<Record<TokenKind, bigint>>
  /** What the tokens of a kind cost. */
  readonly cost: Readonly<Record<TokenKind, Picos>>
  /** Everything that the calls cost: the four above and what is not priced by tokens. */
  readonly total: Picos
}

export interface ModelAmounts {
  readonly provider: string
  readonly model: string
  readonly current: Amounts
  readonly baseline: Amounts
}

const ofKinds = (value: (kind: TokenKind) => bigint): Record<TokenKind, bigint> => ({
  uncached: value('uncached'),
  cacheRead: value('cacheRead'),
  cacheWrite: value('cacheWrite'),
  output: value('output'),
})

export const NO_AMOUNTS: Amounts = {
  calls: 0n,
  tokens: ofKinds(() => 0n),
  cost: ofKinds(() => 0n),
  total: 0n,
}

export const addAmounts = (a: Amounts, b: Amounts): Amounts => ({
  calls: a.calls + b.calls,
  tokens: ofKinds(kind => a.tokens[kind] + b.tokens[kind]),
  cost: ofKinds(kind => a.cost[kind] + b.cost[kind]),
  total: a.total + b.total,
})

/** What is left of a sum without a part of it. */
export const subtractAmounts = (a: Amounts, b: Amounts): Amounts => ({
  calls: a.calls - b.calls,
  tokens: ofKinds(kind => a.tokens[kind] - b.tokens[kind]),
  cost: ofKinds(kind => a.cost[kind] - b.cost[kind]),
  total: a.total - b.total,
})

export const inputTokens = ({ tokens }: Amounts): bigint =>
  tokens.uncached + tokens.cacheRead + tokens.cacheWrite

/** What the tokens cost; an amount that stands beside no tokens has no price per token. */
export const tokenCost = ({ tokens, cost }: Amounts): Picos =>
  TOKEN_KINDS.reduce((sum, kind) => sum + (tokens[kind] === 0n ? 0n : cost[kind]), 0n)
