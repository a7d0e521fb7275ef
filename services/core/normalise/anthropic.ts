// Anthropic's Messages usage: input, cache reads and cache writes lie beside one another and are never subtracted.
// Writes are split by lifetime; what the split does not name was written for five minutes.
// https://platform.claude.com/docs/en/build-with-claude/prompt-caching

import type { Outcome } from '../outcome.ts'
import { noTokens, type Tokens } from '../tokens.ts'
import { requestsOf, sumOf } from './anthropic-iterations.ts'
import { readServed } from './served-words.ts'
import { NO_MODALITIES, splitOutput } from './split.ts'
import type { NormalisedUsage, UsageObject } from './types.ts'
import {
  count,
  finish,
  list,
  nullable,
  optional,
  part,
  type Reading,
  rootNode,
  startReading,
  type UsageNode,
  word,
} from './usage-reader.ts'

/** Web fetches are free (their tokens are input like any other), so only searches are units. */
export function normaliseAnthropic(usage: UsageObject): Outcome<NormalisedUsage> {
  const reading = startReading()
  const root = rootNode(usage)
  const top = readCounts(reading, root)
  const searches = optional(reading, part(reading, root, 'server_tool_use'), 'web_search_requests')
  const served = readServed(reading, root)
  const units = searches > 0 ? { web_search: String(searches) } : {}
  const rest = { units, totalReported: null, served }
  const iterations = list(reading, root, 'iterations').map(node => readIteration(reading, node))
  if (iterations.length === 0) return finish(reading, { ...top, ...rest })
  const parts = requestsOf(top.tokens, iterations)
  const consistent = top.consistent && iterations.every(iteration => iteration.consistent)
  return finish(reading, {
    ...rest,
    tokens: sumOf(parts),
    consistent,
    ...(parts.length > 1 || parts[0]?.model ? { parts } : {}),
  })
}

const readIteration = (reading: Reading, node: UsageNode) => ({
  ...readCounts(reading, node),
  type: word(reading, node, 'type'),
  model: word(reading, node, 'model'),
})

function readCounts(reading: Reading, node: UsageNode): { tokens: Tokens; consistent: boolean } {
  const split = part(reading, node, 'cache_creation')
  const named5m = nullable(reading, split, 'ephemeral_5m_input_tokens')
  const named1h = nullable(reading, split, 'ephemeral_1h_input_tokens')
  const whole = nullable(reading, node, 'cache_creation_input_tokens')
  const written = node.value['cache_creation_input_tokens'] == null ? named5m + named1h : whole
  const splitFits = named5m + named1h <= written
  const write1h = splitFits ? named1h : 0
  const thinking = nullable(reading, part(reading, node, 'output_tokens_details'), 'thinking_tokens')
  const out = splitOutput(count(reading, node, 'output_tokens'), thinking, true, NO_MODALITIES)
  const tokens = noTokens()
  tokens.input = count(reading, node, 'input_tokens')
  tokens.cache_read = nullable(reading, node, 'cache_read_input_tokens')
  tokens.cache_write_5m = written - write1h
  tokens.cache_write_1h = write1h
  tokens.output = out.output
  tokens.reasoning = out.reasoning
  return { tokens, consistent: splitFits && out.consistent }
}
