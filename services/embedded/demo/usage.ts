// Usage objects as each provider's API returns them. The demo sends these, not our own buckets, so that it takes the way
// that real events take.

import type { Model } from './features.ts'

/** Disjoint. */
export interface Counts {
  /** Input that no cache knew. */
  readonly fresh: number
  readonly cacheRead: number
  /** Input that was written to a cache; only Anthropic counts it separately. */
  readonly cacheWrite: number
  readonly output: number
  readonly reasoning: number
}

type Usage = Readonly<Record<string, unknown>>

export function usageOf(provider: Model['provider'], counts: Counts): Usage {
  switch (provider) {
    case 'openai':
      return openaiUsage(counts)
    case 'anthropic':
      return anthropicUsage(counts)
    case 'google':
      return geminiUsage(counts)
  }
}

/** Chat Completions: cached and reasoning tokens are inside of the prompt and the completion. */
function openaiUsage({ fresh, cacheRead, cacheWrite, output, reasoning }: Counts): Usage {
  const prompt = fresh + cacheRead + cacheWrite
  const completion = output + reasoning
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cacheRead, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
  }
}

/** Messages: cached tokens stand beside the input. */
const anthropicUsage = ({ fresh, cacheRead, cacheWrite, output, reasoning }: Counts): Usage => ({
  input_tokens: fresh,
  cache_creation_input_tokens: cacheWrite,
  cache_read_input_tokens: cacheRead,
  cache_creation: { ephemeral_5m_input_tokens: cacheWrite, ephemeral_1h_input_tokens: 0 },
  output_tokens: output + reasoning,
  service_tier: 'standard',
})

/** usageMetadata: thoughts stand beside the candidates; what is 0 is left out. */
function geminiUsage({ fresh, cacheRead, cacheWrite, output, reasoning }: Counts): Usage {
  const prompt = fresh + cacheRead + cacheWrite
  return {
    promptTokenCount: prompt,
    ...(cacheRead > 0 ? { cachedContentTokenCount: cacheRead } : {}),
    candidatesTokenCount: output,
    ...(reasoning > 0 ? { thoughtsTokenCount: reasoning } : {}),
    totalTokenCount: prompt + output + reasoning,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: prompt }],
  }
}
