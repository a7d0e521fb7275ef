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
export const GUARDED_DIMENSIONS = ['service_tier', 'speed', 'inference_geo', 'deployment_type'] as const
export type GuardedDimension = (typeof GUARDED_DIMENSIONS)[number]

/** Ordinary everywhere. `batch` as a tier counts as the batch flag; inference_geo is checked only where a row names it. */
const ORDINARY: Partial<Record<GuardedDimension, readonly string[]>> = {
  service_tier: ['', 'auto', 'default', 'standard', 'on_demand', 'batch'],
  speed: ['', 'standard', 'default'],
}

/** Chat Completions, which most hosts of open models speak, and nothing else. */
const CHAT = ['openai_chat'] as const
const OPENAI = ['openai_chat', 'openai_responses'] as const

export const PROVIDERS = {
  openai: {
    spellings: [
      'open_ai',
      'openai.chat',
      'openai.completion',
      'openai.responses',
      'openai.embedding',
      'openai.image',
      'openai.speech',
      'openai.transcription',
      'text-completion-openai',
    ],
    formats: ['openai_chat', 'openai_responses', 'openai_audio'],
  },
  anthropic: {
    spellings: ['anthropic.messages', 'claude'],
    formats: ['anthropic', 'openai_chat'],
    // Its "priority" is committed capacity at list price, not a faster mode: that one is `speed`.
    ordinary: { service_tier: ['priority'], inference_geo: ['', 'global', 'not_available'] },
  },
  google: {
    spellings: [
      'gemini',
      'gcp.gemini',
      'gcp.gen_ai',
      'google.generative-ai',
      'google.genai',
      'google_genai',
      'google-genai',
      'google_ai_studio',
      'google-gla',
    ],
    formats: ['gemini', 'openai_chat'],
  },
  gcp_vertex: {
    spellings: [
      'vertex',
      'vertex_ai',
      'vertexai',
      'vertex_ai-language-models',
      'vertex_ai-anthropic_models',
      'vertex_ai_beta',
      'gcp.vertex_ai',
      'google_vertexai',
      'google-vertex',
      'google-vertex-anthropic',
      'google.vertex',
      'google.vertex.chat',
      'google.vertex.anthropic.messages',
      'vertex.anthropic.messages',
    ],
    formats: ['gemini', 'anthropic', 'openai_chat'],
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
      'bedrock.anthropic.messages',
    ],
    formats: ['bedrock_converse', 'anthropic', 'openai_chat', 'openai_responses'],
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
      'azure.chat',
      'azure.responses',
      'azure_text',
    ],
    // What it is called in the portal and in the API; each other type has a price of its own.
    ordinary: { deployment_type: ['', 'globalstandard', 'global'] },
    formats: ['openai_chat', 'openai_responses', 'anthropic', 'openai_audio'],
  },
  mistral: {
    spellings: ['mistral_ai', 'mistralai', 'mistral.chat', 'mistral.embedding'],
    formats: ['mistral'],
  },
  cohere: {
    spellings: ['cohere_chat', 'cohere.chat', 'cohere.embedding'],
    formats: ['cohere', 'openai_chat'],
  },
  deepseek: { spellings: ['deepseek.chat', 'deep_seek'], formats: ['deepseek', 'anthropic'] },
  xai: {
    spellings: ['x_ai', 'x-ai', 'x.ai', 'xai.chat', 'xai.responses', 'grok'],
    formats: ['xai_chat', 'openai_responses', 'anthropic'],
    reportsBilledCost: true,
  },
  openrouter: {
    spellings: ['openrouter.chat', 'open_router'],
    formats: ['openrouter', 'openai_responses', 'anthropic'],
    reportsBilledCost: true,
  },
  groq: { spellings: ['groq.chat'], formats: OPENAI, ordinary: { service_tier: ['performance'] } },
  together: { spellings: ['together_ai', 'togetherai', 'together-ai', 'togetherai.chat'], formats: CHAT },
  fireworks: {
    spellings: ['fireworks_ai', 'fireworks-ai', 'fireworks.chat'],
    formats: [...OPENAI, 'anthropic'],
  },
  cerebras: { spellings: ['cerebras.chat'], formats: CHAT },
  perplexity: {
    spellings: ['perplexity_ai', 'perplexity-ai', 'perplexity.chat'],
    formats: ['perplexity', 'openai_responses'],
    reportsBilledCost: true,
  },
  deepinfra: { spellings: ['deep_infra', 'deepinfra.chat'], formats: CHAT },
  voyageai: { spellings: ['voyage', 'voyage_ai', 'voyage-ai', 'voyage.embedding'], formats: ['voyage'] },
  moonshotai: {
    spellings: ['moonshot', 'moonshot_ai', 'moonshotai.chat', 'kimi'],
    formats: ['openai_chat', 'anthropic'],
  },
  alibaba: {
    spellings: ['dashscope', 'qwen', 'alibaba.chat', 'alibaba_cloud', 'aliyun', 'tongyi'],
    formats: [...OPENAI, 'anthropic'],
  },
  minimax: { spellings: ['minimax.chat', 'minimaxi'], formats: [...OPENAI, 'anthropic'] },
  zai: { spellings: ['z_ai', 'z-ai', 'z.ai', 'zai.chat'], formats: ['openai_chat', 'anthropic'] },
  zhipuai: { spellings: ['zhipu', 'zhipu_ai', 'bigmodel'], formats: ['openai_chat', 'anthropic'] },
  novita: { spellings: ['novita_ai', 'novita-ai', 'novita.chat'], formats: CHAT },
  nebius: { spellings: ['nebius_ai', 'nebius.chat'], formats: CHAT },
  baseten: { spellings: ['baseten.chat'], formats: ['openai_chat', 'anthropic'] },
  sambanova: { spellings: ['sambanova.chat', 'samba_nova'], formats: CHAT },
  hyperbolic: { spellings: ['hyperbolic.chat'], formats: CHAT },
  ovhcloud: { spellings: ['ovh', 'ovhcloud.chat'], formats: CHAT },
  nscale: { spellings: ['nscale.chat'], formats: CHAT },
  cloudflare: {
    spellings: ['workers-ai', 'workersai', 'cloudflare_workers_ai', 'workersai.chat'],
    formats: OPENAI,
  },
  databricks: { spellings: ['databricks.chat'], formats: ['openai_chat', 'anthropic'] },
  ai21: { spellings: ['ai21_chat', 'ai21labs'], formats: CHAT },
  nvidia: { spellings: ['nvidia_nim', 'nim'], formats: CHAT },
  snowflake: { spellings: ['snowflake_cortex'], formats: CHAT },
  ibm_watsonx: { spellings: ['watsonx', 'ibm.watsonx.ai'], formats: CHAT },
  github_copilot: { spellings: ['github-copilot', 'copilot'], formats: OPENAI },
  github_models: { spellings: ['github', 'github-models'], formats: CHAT },
  vercel_ai_gateway: { spellings: ['gateway', 'vercel'], formats: CHAT },
  cursor: { spellings: [] },
  arcee: { spellings: ['arcee_ai'], formats: CHAT },
  avian: { spellings: [], formats: CHAT },
  doubleword: { spellings: [], formats: OPENAI },
  modal: { spellings: [], formats: OPENAI },
  quicksilverpro: { spellings: [], formats: OPENAI },
  typesafe: { spellings: [] },
  huggingface: { spellings: ['hugging_face', 'hf', 'huggingface.chat'], formats: CHAT },
  // Routed by Hugging Face at its own prices, so each is a provider of its own.
  huggingface_cerebras: { spellings: [], formats: CHAT },
  'huggingface_fireworks-ai': { spellings: [], formats: CHAT },
  huggingface_groq: { spellings: [], formats: CHAT },
  huggingface_hyperbolic: { spellings: [], formats: CHAT },
  huggingface_nebius: { spellings: [], formats: CHAT },
  huggingface_novita: { spellings: [], formats: CHAT },
  huggingface_nscale: { spellings: [], formats: CHAT },
  huggingface_ovhcloud: { spellings: [], formats: CHAT },
  huggingface_publicai: { spellings: [], formats: CHAT },
  huggingface_sambanova: { spellings: [], formats: CHAT },
  huggingface_together: { spellings: [], formats: CHAT },
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
