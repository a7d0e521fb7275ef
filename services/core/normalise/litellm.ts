// LiteLLM's Usage: OpenAI's names for every provider. The prompt includes what was cached and written for everybody, and
// Anthropic's names stand beside it as copies: adding a copy to what it copies bills the cache twice.
// https://docs.litellm.ai/docs/completion/prompt_caching

import type { Outcome } from '../outcome.ts'
import { modalitiesOf, readDialect, writesOf } from './dialect.ts'
import { readServed } from './served-words.ts'
import type { NormalisedUsage, UsageObject } from './types.ts'
import {
  count,
  finish,
  nullable,
  part,
  type Reading,
  rootNode,
  startReading,
  total,
  type UsageNode,
  unitsOf,
} from './usage-reader.ts'

export function normaliseLitellm(usage: UsageObject): Outcome<NormalisedUsage> {
  const reading = startReading()
  const root = rootNode(usage)
  const into = part(reading, root, 'prompt_tokens_details')
  const out = part(reading, root, 'completion_tokens_details')
  const split = part(reading, into, 'cache_creation_token_details') ?? part(reading, root, 'cache_creation')
  const sum = total(reading, root, 'total_tokens')
  const cached = copies(reading, [into, 'cached_tokens'], [root, 'cache_read_input_tokens'])
  const written = copies(
    reading,
    [into, 'cache_creation_tokens'],
    [into, 'cache_write_tokens'],
    [root, 'cache_creation_input_tokens'],
  )
  const searches = copies(
    reading,
    [part(reading, root, 'server_tool_use'), 'web_search_requests'],
    [into, 'web_search_requests'],
  )
  const writes = writesOf(
    written.count,
    nullable(reading, split, 'ephemeral_5m_input_tokens'),
    nullable(reading, split, 'ephemeral_1h_input_tokens'),
  )
  // Embeddings have no output; then the total must say that there was none.
  const isEmbedding = usage['completion_tokens'] == null && sum !== undefined
  const read = readDialect({
    input: count(reading, root, 'prompt_tokens'),
    output: isEmbedding ? 0 : count(reading, root, 'completion_tokens'),
    total: sum,
    cached: cached.count,
    written5m: writes.written5m,
    written1h: writes.written1h,
    reasoning: nullable(reading, out, 'reasoning_tokens'),
    by: modalitiesOf(reading, into, '_tokens'),
    outBy: modalitiesOf(reading, out, '_tokens'),
    net: 'never',
  })
  const agree = cached.agree && written.agree && searches.agree && writes.consistent
  return finish(reading, {
    ...read,
    consistent: read.consistent && agree,
    units: unitsOf({ web_search: searches.count }),
    served: readServed(reading, root),
  })
}

/** One count that may stand in several places; a copy that is left out, null or 0 says nothing. */
function copies(
  reading: Reading,
  ...places: readonly (readonly [UsageNode | undefined, string])[]
): { count: number; agree: boolean } {
  const counts = places.map(([node, field]) => nullable(reading, node, field)).filter(n => n > 0)
  const first = counts[0] ?? 0
  return { count: first, agree: counts.every(n => n === first) }
}
