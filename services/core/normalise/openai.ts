// OpenAI's usage objects: Chat Completions and Embeddings (prompt_tokens), Responses, Realtime and Transcriptions
// (input_tokens). Cached, written and audio tokens are inside the input, reasoning is inside the output.
// https://developers.openai.com/api/docs/guides/prompt-caching, https://developers.openai.com/api/docs/api-reference

import type { Outcome } from '../outcome.ts'
import { noTokens } from '../tokens.ts'
import { type Modalities, splitInput, splitOutput } from './split.ts'
import type { NormalisedUsage, UsageObject } from './types.ts'
import { readUsage, type UsageNode, type UsageReader } from './usage-reader.ts'

/** Embeddings have no completion_tokens; then total_tokens must say that there were none. */
export function normaliseOpenaiChat(usage: UsageObject): Outcome<NormalisedUsage> {
  const read = readUsage(usage)
  const input = read.part(read.root, 'prompt_tokens_details')
  const output = read.part(read.root, 'completion_tokens_details')
  const total = read.total(read.root, 'total_tokens')
  const promptTokens = read.count(read.root, 'prompt_tokens')
  const isEmbedding = usage['completion_tokens'] === undefined && total !== undefined
  const completionTokens = isEmbedding ? 0 : read.count(read.root, 'completion_tokens')
  return normalise(read, promptTokens, completionTokens, total, input, output)
}

/** Realtime and Transcriptions write `input_token_details`, Responses and Images `input_tokens_details`. */
export function normaliseOpenaiResponses(usage: UsageObject): Outcome<NormalisedUsage> {
  const read = readUsage(usage)
  const input = read.part(read.root, 'input_tokens_details') ?? read.part(read.root, 'input_token_details')
  const output = read.part(read.root, 'output_tokens_details') ?? read.part(read.root, 'output_token_details')
  const total = read.total(read.root, 'total_tokens')
  const inputTokens = read.count(read.root, 'input_tokens')
  const outputTokens = read.count(read.root, 'output_tokens')
  return normalise(read, inputTokens, outputTokens, total, input, output)
}

function normalise(
  read: UsageReader,
  inputTokens: number,
  outputTokens: number,
  total: number | undefined,
  inputDetails: UsageNode | undefined,
  outputDetails: UsageNode | undefined,
): Outcome<NormalisedUsage> {
  const cached = read.optional(inputDetails, 'cached_tokens')
  const written = read.optional(inputDetails, 'cache_write_tokens')
  const cachedDetails = read.part(inputDetails, 'cached_tokens_details')
  const reasoning = read.optional(outputDetails, 'reasoning_tokens')
  const into = splitInput(
    inputTokens,
    cached,
    written,
    modalities(read, inputDetails),
    cachedDetails && modalities(read, cachedDetails),
  )
  // Some servers of this dialect put reasoning beside the output; their total gives it away.
  const beside = reasoning > 0 && total === inputTokens + outputTokens + reasoning
  const out = splitOutput(outputTokens, reasoning, !beside, modalities(read, outputDetails))
  const addsUp = total === undefined || total === inputTokens + outputTokens + (beside ? reasoning : 0)
  return read.result(() => {
    const { consistent: inputConsistent, ...inputTokensBy } = into
    const { consistent: outputConsistent, ...outputTokensBy } = out
    return {
      tokens: { ...noTokens(), ...inputTokensBy, cache_write_5m: written, ...outputTokensBy },
      units: {},
      totalReported: total ?? null,
      consistent: inputConsistent && outputConsistent && addsUp,
      served: {},
    }
  })
}

const modalities = (read: UsageReader, details: UsageNode | undefined): Modalities => ({
  audio: read.optional(details, 'audio_tokens'),
  image: read.optional(details, 'image_tokens'),
  video: 0,
})
