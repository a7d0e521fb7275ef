// Which normaliser reads a usage object. A provider's own shape is recognised by a field that only that shape has; any
// other shape must be named by the producer, because the same field means different things in different dialects.

import type { Outcome } from '../outcome.ts'
import { formatsOf } from '../providers.ts'
import { normaliseAnthropic } from './anthropic.ts'
import { normaliseGemini } from './gemini.ts'
import { normaliseOpenaiChat, normaliseOpenaiResponses } from './openai.ts'
import type { NormalisedUsage, UsageFormat, UsageObject } from './types.ts'

interface Normaliser {
  /** Fields of which one is there in every object of this shape. */
  readonly marks: readonly string[]
  readonly normalise: (usage: UsageObject) => Outcome<NormalisedUsage>
}

const NORMALISERS: Partial<Record<UsageFormat, Normaliser>> = {
  openai_chat: { marks: ['prompt_tokens'], normalise: normaliseOpenaiChat },
  openai_responses: { marks: ['input_tokens'], normalise: normaliseOpenaiResponses },
  anthropic: { marks: ['input_tokens'], normalise: normaliseAnthropic },
  gemini: { marks: ['promptTokenCount', 'prompt_token_count'], normalise: normaliseGemini },
}

/** The formats that can be read; the others of the public list are refused by name. */
export const READABLE_FORMATS: readonly string[] = Object.keys(NORMALISERS)

/** The normaliser of a named format; undefined where there is none. */
export const normaliserOf = (format: string): Normaliser['normalise'] | undefined =>
  Object.hasOwn(NORMALISERS, format) ? NORMALISERS[format as UsageFormat]?.normalise : undefined

/** The shape of a provider's own usage object, by its fields; undefined if it is none that we know of this provider. */
export const usageFormatOf = (provider: string, usage: UsageObject): UsageFormat | undefined =>
  formatsOf(provider).find(format => NORMALISERS[format]?.marks.some(mark => mark in usage))
