// What normalisers take and give. A normaliser reads one provider's usage object into disjoint buckets and says whether
// the figures add up; it never repairs them.

import type { Tokens } from '../tokens.ts'
import type { UsageEvent } from '../usage-event.ts'

/** The shapes of usage objects that `usage_format` may name (the public list of the JSON event). */
export const USAGE_FORMATS = [
  'openai_chat',
  'openai_responses',
  'openai_images',
  'openai_audio',
  'openai_speech',
  'anthropic',
  'gemini',
  'bedrock_converse',
  'xai_chat',
  'cohere',
  'mistral',
  'deepseek',
  'openrouter',
  'perplexity',
  'voyage',
  'otel',
  'ai_sdk',
  'langchain',
  'litellm',
] as const

export type UsageFormat = (typeof USAGE_FORMATS)[number]

export type UsageObject = Readonly<Record<string, unknown>>

/** What some usage objects say about how the call was served; it stands above what the producer wrote beside it. */
export type Served = Partial<
  Pick<UsageEvent, 'service_tier' | 'speed' | 'inference_geo' | 'batch' | 'capacity' | 'is_byok'>
>

/** One of several requests that a provider made behind one call, each priced by its own model and context length. */
export interface UsagePart {
  /** The model that served it; '' is the call's own. */
  readonly model: string
  readonly tokens: Tokens
}

export interface NormalisedUsage {
  /** Disjoint. Where `consistent` is false they are the reported figures as far as those can be told apart. */
  readonly tokens: Tokens
  /** What is not tokens: decimal strings by unit name, zeros left out. */
  readonly units: Readonly<Record<string, string>>
  /** The provider's own total of tokens, null where it gives none. */
  readonly totalReported: number | null
  readonly consistent: boolean
  readonly served: Served
  /** Where there is more than one request: disjoint parts of `tokens`, which sum to them. */
  readonly parts?: readonly UsagePart[]
  /** USD, decimal text: what the provider says it bills for the call. */
  readonly reportedCost?: string
}

export interface NormalisedEvent {
  /** With the provider's canonical name and its usage in buckets and units. */
  readonly event: UsageEvent
  /** false: the usage contradicts itself; the event is stored and not priced. */
  readonly consistent: boolean
  /** false: nothing was reported, which is not the same as nothing used. */
  readonly hasUsage: boolean
  /** As in NormalisedUsage. */
  readonly parts?: readonly UsagePart[]
}
