// Anthropic's Messages usage: input, cache reads and cache writes lie beside one another and are never subtracted.
// Writes are split by lifetime; what the split does not name was written for five minutes.
// https://platform.claude.com/docs/en/build-with-claude/prompt-caching

import type { Outcome } from '../outcome.ts'
import { noTokens } from '../tokens.ts'
import { NO_MODALITIES, splitOutput } from './split.ts'
import type { NormalisedUsage, Served, UsageObject } from './types.ts'
import { readUsage, type UsageNode, type UsageReader } from './usage-reader.ts'

export function normaliseAnthropic(usage: UsageObject): Outcome<NormalisedUsage> {
  const read = readUsage(usage)
  const message = readCounts(read, read.root)
  // A summary that the API made on the way (server-side compaction) is billed at the same model's rate, and the figures
  // at the top leave it out. https://platform.claude.com/docs/en/build-with-claude/compaction
  const compactions = read
    .list(read.root, 'iterations')
    .filter(iteration => iteration.value['type'] === 'compaction')
    .map(iteration => readCounts(read, iteration))
  const searches = read.optional(read.part(read.root, 'server_tool_use'), 'web_search_requests')
  const served = readServed(read)
  return read.result(() => {
    const tokens = noTokens()
    for (const counts of [message, ...compactions]) {
      tokens.input += counts.input
      tokens.cache_read += counts.cacheRead
      tokens.cache_write_5m += counts.write5m
      tokens.cache_write_1h += counts.write1h
      tokens.output += counts.out.output
      tokens.reasoning += counts.out.reasoning
    }
    return {
      tokens,
      units: searches > 0 ? { web_search: String(searches) } : {},
      totalReported: null,
      consistent: [message, ...compactions].every(counts => counts.consistent),
      served,
    }
  })
}

function readCounts(read: UsageReader, node: UsageNode) {
  const written = read.nullable(node, 'cache_creation_input_tokens')
  const split = read.part(node, 'cache_creation')
  const named5m = read.optional(split, 'ephemeral_5m_input_tokens')
  const write1h = read.optional(split, 'ephemeral_1h_input_tokens')
  const whole = node.value['cache_creation_input_tokens'] == null ? named5m + write1h : written
  const thinking = read.optional(read.part(node, 'output_tokens_details'), 'thinking_tokens')
  const out = splitOutput(read.count(node, 'output_tokens'), thinking, true, NO_MODALITIES)
  const splitFits = named5m + write1h <= whole
  return {
    input: read.count(node, 'input_tokens'),
    cacheRead: read.nullable(node, 'cache_read_input_tokens'),
    write5m: splitFits ? whole - write1h : whole,
    write1h: splitFits ? write1h : 0,
    out,
    consistent: splitFits && out.consistent,
  }
}

/** `service_tier: batch` is the only sign of a batch in a usage object; the other words are kept as they are. */
function readServed(read: UsageReader): Served {
  const tier = read.word(read.root, 'service_tier')
  const speed = read.word(read.root, 'speed')
  const geo = read.word(read.root, 'inference_geo')
  return {
    ...(tier === '' ? {} : { service_tier: tier }),
    ...(tier === 'batch' ? { batch: true } : {}),
    ...(speed === '' ? {} : { speed }),
    ...(geo === '' ? {} : { inference_geo: geo }),
  }
}
