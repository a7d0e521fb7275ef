// Anthropic's Messages usage: input, cache reads and cache writes lie beside one another and are never subtracted.
// Writes are split by lifetime; what the split does not name was written for five minutes.
// https://platform.claude.com/docs/en/build-with-claude/prompt-caching

import type { Outcome } from '../outcome.ts'
import { noTokens } from '../tokens.ts'
import { NO_MODALITIES, splitOutput } from './split.ts'
import type { NormalisedUsage, Served, UsageObject } from './types.ts'
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

export function normaliseAnthropic(usage: UsageObject): Outcome<NormalisedUsage> {
  const reading = startReading()
  const root = rootNode(usage)
  const billed = [root, ...compactions(reading, root)].map(node => readCounts(reading, node))
  const searches = optional(reading, part(reading, root, 'server_tool_use'), 'web_search_requests')
  const served = readServed(reading, root)
  const tokens = noTokens()
  for (const counts of billed) {
    tokens.input += counts.input
    tokens.cache_read += counts.cacheRead
    tokens.cache_write_5m += counts.write5m
    tokens.cache_write_1h += counts.write1h
    tokens.output += counts.output
    tokens.reasoning += counts.thinking
  }
  return finish(reading, {
    tokens,
    units: searches > 0 ? { web_search: String(searches) } : {},
    totalReported: null,
    consistent: billed.every(counts => counts.consistent),
    served,
  })
}

/**
 * Summaries that the API made on the way (server-side compaction) are billed at the same model's rates, and the figures
 * at the top leave them out. https://platform.claude.com/docs/en/build-with-claude/compaction
 */
const compactions = (reading: Reading, root: UsageNode): readonly UsageNode[] =>
  list(reading, root, 'iterations').filter(iteration => iteration.value['type'] === 'compaction')

interface Counts {
  readonly input: number
  readonly cacheRead: number
  readonly write5m: number
  readonly write1h: number
  readonly output: number
  readonly thinking: number
  readonly consistent: boolean
}

function readCounts(reading: Reading, node: UsageNode): Counts {
  const split = part(reading, node, 'cache_creation')
  const named5m = optional(reading, split, 'ephemeral_5m_input_tokens')
  const named1h = optional(reading, split, 'ephemeral_1h_input_tokens')
  const whole = nullable(reading, node, 'cache_creation_input_tokens')
  const written = node.value['cache_creation_input_tokens'] == null ? named5m + named1h : whole
  const splitFits = named5m + named1h <= written
  const write1h = splitFits ? named1h : 0
  const thinking = optional(reading, part(reading, node, 'output_tokens_details'), 'thinking_tokens')
  const out = splitOutput(count(reading, node, 'output_tokens'), thinking, true, NO_MODALITIES)
  return {
    input: count(reading, node, 'input_tokens'),
    cacheRead: nullable(reading, node, 'cache_read_input_tokens'),
    write5m: written - write1h,
    write1h,
    output: out.output,
    thinking: out.reasoning,
    consistent: splitFits && out.consistent,
  }
}

/** `service_tier: batch` is the only sign of a batch in a usage object; the other words are kept as they are. */
function readServed(reading: Reading, root: UsageNode): Served {
  const served: Served = {}
  const tier = word(reading, root, 'service_tier')
  const speed = word(reading, root, 'speed')
  const geo = word(reading, root, 'inference_geo')
  if (tier !== '') served.service_tier = tier
  if (tier === 'batch') served.batch = true
  if (speed !== '') served.speed = speed
  if (geo !== '') served.inference_geo = geo
  return served
}
