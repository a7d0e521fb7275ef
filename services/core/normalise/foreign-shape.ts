// Usage objects of frameworks and gateways that come under a provider's name without saying so. Each is told by fields that no
// provider's own object has; read as the provider's own, its cached tokens would silently be billed as fresh ones.

import type { UsageFormat, UsageObject } from './types.ts'

/** Providers whose own objects may have LiteLLM's names beside their own. */
const OWN_NAMES: ReadonlySet<string> = new Set(['openrouter', 'xai', 'perplexity', 'deepinfra', 'mistral'])

/** The framework's format; undefined for what may be the provider's own. */
export function foreignFormat(provider: string, usage: UsageObject): UsageFormat | undefined {
  for (const key in usage) {
    if (key.startsWith('gen_ai.usage.') || key === 'cache_read.input_tokens') return 'otel'
  }
  if ('cachedInputTokens' in usage || isObject(usage['inputTokens'])) return 'ai_sdk'
  if (has(usage['input_token_details'], 'cache_read', 'cache_creation')) return 'langchain'
  if (has(usage['output_token_details'], 'reasoning')) return 'langchain'
  if (!('prompt_tokens' in usage) || OWN_NAMES.has(provider)) return undefined
  const copies = 'cache_read_input_tokens' in usage || 'cache_creation_input_tokens' in usage
  return copies || has(usage['prompt_tokens_details'], 'cache_creation_tokens') ? 'litellm' : undefined
}

const isObject = (value: unknown): value is UsageObject => typeof value === 'object' && value !== null

const has = (value: unknown, ...fields: readonly string[]): boolean =>
  isObject(value) && fields.some(field => field in value)
