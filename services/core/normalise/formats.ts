// Which normaliser reads a usage object. A provider's own shape is recognised by a field that only that shape has; any
// other shape must be named by the producer, because the same field means different things in different dialects.

import type { Outcome } from '../outcome.ts'
import { formatsOf } from '../providers.ts'
import { aiSdkNormaliser } from './ai-sdk.ts'
import { normaliseAnthropic } from './anthropic.ts'
import { normaliseBedrock } from './bedrock.ts'
import { normaliseCohere } from './cohere.ts'
import { normaliseDeepinfra } from './deepinfra.ts'
import { foreignFormat } from './foreign-shape.ts'
import { normaliseGemini } from './gemini.ts'
import { normaliseLangchain } from './langchain.ts'
import { normaliseLitellm } from './litellm.ts'
import { normaliseMistral } from './mistral.ts'
import {
  normaliseOpenaiAudio,
  normaliseOpenaiChat,
  normaliseOpenaiImages,
  normaliseOpenaiResponses,
  normaliseOpenaiSpeech,
} from './openai.ts'
import { normaliseOpenrouter } from './openrouter.ts'
import { normaliseOtel } from './otel.ts'
import { normalisePerplexity } from './perplexity.ts'
import type { NormalisedUsage, UsageFormat, UsageObject } from './types.ts'
import { normaliseVoyage } from './voyage.ts'
import { normaliseXai } from './xai.ts'

/** Reads one usage object; the provider decides between dialects of one shape. */
export type Normalise = (usage: UsageObject, provider: string) => Outcome<NormalisedUsage>

interface Normaliser {
  /** Fields of which one is there in every object of this shape. */
  readonly marks: readonly string[]
  /** Fields that only this shape has, though not always. */
  readonly signs?: readonly string[]
  readonly normalise: Normalise
}

const CHAT = ['prompt_tokens', 'promptTokens']
const ANTHROPIC_SIGNS = ['cache_creation_input_tokens', 'cache_read_input_tokens', 'cache_creation']

/** Providers whose objects are OpenAI's with something of their own, by whatever name the shape goes. */
const DIALECTS = new Map<string, Normalise>([
  ['xai', normaliseXai],
  ['openrouter', normaliseOpenrouter],
  ['perplexity', normalisePerplexity],
  ['deepinfra', normaliseDeepinfra],
  ['mistral', normaliseMistral],
])

/** OpenAI's shape at whichever provider it was sent for. */
const dialect =
  (own: Normalise): Normalise =>
  (usage, provider) =>
    (DIALECTS.get(provider) ?? own)(usage, provider)

const NORMALISERS: Partial<Record<UsageFormat, Normaliser>> = {
  openai_chat: { marks: CHAT, normalise: dialect(normaliseOpenaiChat) },
  openai_responses: {
    marks: ['input_tokens'],
    signs: ['input_tokens_details', 'input_token_details'],
    normalise: dialect(normaliseOpenaiResponses),
  },
  openai_images: { marks: ['input_tokens'], normalise: normaliseOpenaiImages },
  openai_audio: { marks: ['seconds'], normalise: normaliseOpenaiAudio },
  openai_speech: { marks: ['input_tokens'], normalise: normaliseOpenaiSpeech },
  anthropic: { marks: ['input_tokens'], signs: ANTHROPIC_SIGNS, normalise: normaliseAnthropic },
  gemini: { marks: ['promptTokenCount', 'prompt_token_count'], normalise: normaliseGemini },
  bedrock_converse: {
    marks: ['inputTokens', 'inputTokenCount', 'inputTextTokenCount'],
    normalise: normaliseBedrock,
  },
  xai_chat: { marks: CHAT, normalise: normaliseXai },
  cohere: { marks: ['billed_units', 'billedUnits', 'tokens'], normalise: normaliseCohere },
  mistral: { marks: [...CHAT, 'pages_processed', 'pagesProcessed'], normalise: normaliseMistral },
  deepseek: { marks: CHAT, normalise: usage => normaliseOpenaiChat(usage, 'deepseek') },
  openrouter: { marks: CHAT, normalise: normaliseOpenrouter },
  perplexity: { marks: CHAT, normalise: normalisePerplexity },
  voyage: { marks: ['total_tokens'], normalise: normaliseVoyage },
  otel: { marks: ['gen_ai.usage.input_tokens', 'gen_ai.usage.prompt_tokens'], normalise: normaliseOtel },
  ai_sdk: { marks: ['inputTokens', 'promptTokens', 'tokens'], normalise: aiSdkNormaliser(readOwn) },
  langchain: { marks: ['input_tokens'], normalise: normaliseLangchain },
  litellm: { marks: ['prompt_tokens'], normalise: normaliseLitellm },
}

/** The provider's own object inside of a framework's. */
function readOwn(usage: UsageObject, provider: string): Outcome<NormalisedUsage> | undefined {
  const format = usageFormatOf(provider, usage)
  return format && NORMALISERS[format]?.normalise(usage, provider)
}

/** Other names for a format, taken where it is named. */
const ALSO = new Map<string, UsageFormat>([
  ['provider_cost', 'openrouter'],
  ['anthropic_sse', 'anthropic'],
])

/** The formats that can be read; the others of the public list are refused by name. */
export const READABLE_FORMATS: readonly string[] = Object.keys(NORMALISERS)

const BY_NAME = new Map(
  [...Object.entries(NORMALISERS), ...[...ALSO].map(([name, of]) => [name, NORMALISERS[of]] as const)].map(
    ([name, normaliser]) => [name, normaliser?.normalise] as const,
  ),
)

/** The normaliser of a named format; undefined where there is none. */
export const normaliserOf = (format: string): Normalise | undefined => BY_NAME.get(format.toLowerCase())

/** The format that a name stands for; undefined for a name that nobody reads. */
export function formatNamed(name: string): UsageFormat | undefined {
  const plain = name.toLowerCase()
  return ALSO.get(plain) ?? (BY_NAME.has(plain) ? (plain as UsageFormat) : undefined)
}

const bears = (usage: UsageObject, fields: readonly string[] | undefined): boolean =>
  fields?.some(field => field in usage) ?? false

/** Whether an object can be a usage object of this shape. */
export const hasShape = (format: UsageFormat, usage: UsageObject): boolean =>
  bears(usage, NORMALISERS[format]?.marks)

/**
 * The shape of a usage object that nobody named: a framework's where its fields give that away, else one of the provider's own;
 * undefined if it is none that we know of this provider.
 */
export function usageFormatOf(provider: string, usage: UsageObject): UsageFormat | undefined {
  const foreign = foreignFormat(provider, usage)
  if (foreign) return foreign
  const formats = formatsOf(provider)
  return (
    (formats.length > 1 ? formats.find(format => bears(usage, NORMALISERS[format]?.signs)) : undefined) ??
    formats.find(format => hasShape(format, usage))
  )
}
