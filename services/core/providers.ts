// The one table of providers: the name we store, the spellings that other tools use for it, and how its calls are read.
// A spelling that is missing here splits one provider's spend into two rows and leaves one of them unpriced.

import type { UsageFormat } from './normalise/types.ts'

interface ProviderEntry {
  /** What else this provider is called: OpenTelemetry, AI SDK, LangChain, LiteLLM, OpenInference, genai-prices. */
  readonly spellings: readonly string[]
  /** The shapes its usage objects have, told apart by their fields in this order. */
  readonly formats?: readonly UsageFormat[]
  /** Whether the cost that it reports with an answer is what it bills. */
  readonly reportsBilledCost?: boolean
  /** Values that mean "the ordinary price" besides those of ORDINARY. */
  readonly ordinary?: Partial<Record<GuardedDimension, readonly string[]>>
}

/**
 * What a call is served with and always changes its price. A value here that a price rule does not mention is refused
 * instead of priced as if it were ordinary.
 */
export const GUARDED_DIMENSIONS = ['service_tier', 'speed', 'inference_geo'] as const
export type GuardedDimension = (typeof GUARDED_DIMENSIONS)[number]

/** Ordinary everywhere. `batch` as a tier counts as the batch flag; inference_geo is checked only where a row names it. */
const ORDINARY: Partial<Record<GuardedDimension, readonly string[]>> = {
  service_tier: ['', 'auto', 'default', 'standard', 'on_demand', 'batch'],
  speed: ['', 'standard', 'default'],
}

export const PROVIDERS = {
  openai: {
    spellings: ['open_ai', 'openai.chat', 'openai.responses', 'openai.embedding', 'text-completion-openai'],
    formats: ['openai_chat', 'openai_responses'],
  },
  anthropic: {
    spellings: ['anthropic.messages', 'claude'],
    formats: ['anthropic'],
    // Its "priority" is committed capacity at list price, not a faster mode: that one is `speed`.
    ordinary: { service_tier: ['priority'], inference_geo: ['', 'global', 'not_available'] },
  },
  google: {
    spellings: [
      'gemini',
      'gcp.gemini',
      'gcp.gen_ai',
      'google.generative-ai',
      'google_genai',
      'google_ai_studio',
    ],
    formats: ['gemini'],
  },
  gcp_vertex: {
    spellings: [
      'vertex',
      'vertex_ai',
      'vertexai',
      'vertex_ai-language-models',
      'vertex_ai-anthropic_models',
      'gcp.vertex_ai',
      'google_vertexai',
      'google-vertex',
      'google.vertex',
      'google.vertex.chat',
    ],
    formats: ['gemini', 'anthropic'],
  },
  aws_bedrock: {
    spellings: [
      'bedrock',
      'bedrock_converse',
      'aws',
      'aws.bedrock',
      'amazon-bedrock',
      'amazon_bedrock',
      'amazon bedrock',
    ],
  },
  azure_openai: {
    spellings: [
      'azure',
      'azure-openai',
      'azure_ai',
      'azure.ai.openai',
      'azure.ai.inference',
      'az.ai.openai',
      'az.ai.inference',
      'azure-openai.chat',
      'azure-openai.responses',
    ],
    formats: ['openai_chat', 'openai_responses'],
  },
  mistral: { spellings: ['mistral_ai', 'mistralai', 'mistral.chat'] },
  cohere: { spellings: ['cohere_chat', 'cohere.chat'] },
  deepseek: { spellings: ['deepseek.chat'] },
  xai: { spellings: ['x_ai', 'x-ai', 'x.ai', 'xai.chat', 'xai.responses'] },
  openrouter: { spellings: ['openrouter.chat'], reportsBilledCost: true },
  groq: { spellings: ['groq.chat'] },
  together: { spellings: ['together_ai', 'togetherai', 'togetherai.chat'] },
  fireworks: { spellings: ['fireworks_ai', 'fireworks-ai', 'fireworks.chat'] },
  cerebras: { spellings: ['cerebras.chat'] },
  perplexity: { spellings: ['perplexity_ai', 'perplexity.chat'] },
  deepinfra: { spellings: ['deep_infra', 'deepinfra.chat'] },
  voyageai: { spellings: ['voyage', 'voyage_ai'] },
  moonshotai: { spellings: ['moonshot', 'moonshot_ai', 'moonshotai.chat'] },
} as const satisfies Record<string, ProviderEntry>

const ENTRIES = new Map<string, ProviderEntry>(Object.entries(PROVIDERS))

const NAMES = new Map<string, string>(
  [...ENTRIES].flatMap(([name, entry]) =>
    [name, ...entry.spellings].map(spelling => [spelling, name] as const),
  ),
)

/** The stored name of a provider. An unknown one is kept as it is, trimmed and in lower case: nothing is guessed. */
export function canonicalProvider(name: string): string {
  const known = NAMES.get(name)
  if (known !== undefined) return known
  const plain = name.trim().toLowerCase()
  return NAMES.get(plain) ?? plain
}

/** The shapes that a provider's own usage objects have; none for a provider whose usage we cannot read yet. */
export const formatsOf = (provider: string): readonly UsageFormat[] => ENTRIES.get(provider)?.formats ?? []

/** Whether a cost that this provider reports with an answer is its bill, and so stands above our own figure. */
export const reportsBilledCost = (provider: string): boolean =>
  ENTRIES.get(provider)?.reportsBilledCost ?? false

/** The ordinary values of a guarded dimension; undefined where this provider's values are not checked. */
export function ordinaryValues(provider: string, dimension: GuardedDimension): readonly string[] | undefined {
  const own = ENTRIES.get(provider)?.ordinary?.[dimension]
  const common = ORDINARY[dimension]
  return own || common ? [...(common ?? []), ...(own ?? [])] : undefined
}
