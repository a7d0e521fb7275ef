// Anthropic's `iterations`: the requests behind one answer. Those of the main model are inside the figures at the top;
// compactions (same model) and advisors (another model, named on the entry) are not. Each is priced by its own model and
// measured against context tiers on its own; reading only the top loses the spend of the others.
// https://platform.claude.com/docs/en/build-with-claude/compaction,
// https://platform.claude.com/docs/en/agents-and-tools/tool-use/advisor-tool

import { noTokens, TOKEN_BUCKETS, type Tokens } from '../tokens.ts'
import type { UsagePart } from './types.ts'

/** What the figures at the top leave out. */
const BESIDE: ReadonlySet<string> = new Set(['compaction', 'advisor_message'])

export interface Iteration extends UsagePart {
  readonly type: string
}

/**
 * The requests to bill: the main ones apart where they sum to the top, else the top as one; then those beside it. With a
 * fallback to another model the top may be the answering request alone, which is what that rule leaves.
 */
export function requestsOf(top: Tokens, iterations: readonly Iteration[]): readonly UsagePart[] {
  const main = iterations.filter(({ type }) => !BESIDE.has(type))
  const beside = iterations.filter(({ type }) => BESIDE.has(type))
  const fits = main.length > 0 && sameTokens(sumOf(main), top)
  const requests = fits ? main : [{ model: '', tokens: top }]
  return [...requests, ...beside].map(({ model, tokens }) => ({ model, tokens }))
}

/** The tokens of all parts together. */
export function sumOf(parts: readonly UsagePart[]): Tokens {
  const sum = noTokens()
  for (const { tokens } of parts) for (const bucket of TOKEN_BUCKETS) sum[bucket] += tokens[bucket]
  return sum
}

const sameTokens = (a: Tokens, b: Tokens): boolean => TOKEN_BUCKETS.every(bucket => a[bucket] === b[bucket])
