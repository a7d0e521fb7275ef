// OpenAI's usage objects and those of providers that speak its dialect as they are: Chat Completions and Embeddings
// (prompt_tokens), Responses, Realtime, Transcriptions and Images (input_tokens).
// https://developers.openai.com/api/docs/guides/prompt-caching, https://developers.openai.com/api/docs/api-reference

import type { Outcome } from '../outcome.ts'
import { noTokens } from '../tokens.ts'
import { readOpenaiLike } from './openai-like.ts'
import { CAMEL_CHAT_NAMES, CHAT_NAMES, type OpenaiNames, RESPONSES_NAMES } from './openai-names.ts'
import { type OpenaiQuirks, quirksOf } from './openai-quirks.ts'
import type { NormalisedUsage, UsageObject } from './types.ts'
import { count, decimal, finish, rootNode, startReading, total } from './usage-reader.ts'

/** The names of a Chat Completions object: as the API writes them, or as TypeScript SDKs do. */
export const chatNames = (usage: UsageObject): OpenaiNames =>
  'promptTokens' in usage && !('prompt_tokens' in usage) ? CAMEL_CHAT_NAMES : CHAT_NAMES

/** Chat Completions and Embeddings. */
export const normaliseOpenaiChat = (usage: UsageObject, provider = ''): Outcome<NormalisedUsage> =>
  read(usage, chatNames(usage), quirksOf(provider))

/** Responses, Realtime, Transcriptions in tokens, Images. */
export const normaliseOpenaiResponses = (usage: UsageObject, provider = ''): Outcome<NormalisedUsage> =>
  read(usage, RESPONSES_NAMES, { ...quirksOf(provider), reasoningBeside: false }, isImage(usage))

/** Images, whose output tokens are the image's where nothing divides them. */
export const normaliseOpenaiImages = (usage: UsageObject, provider = ''): Outcome<NormalisedUsage> =>
  read(usage, RESPONSES_NAMES, quirksOf(provider), true)

/** Only Images divide `input_tokens_details` into text and image. https://developers.openai.com/api/docs/guides/image-generation */
function isImage(usage: UsageObject): boolean {
  const details = usage['input_tokens_details']
  return (
    typeof details === 'object' &&
    details !== null &&
    'text_tokens' in details &&
    'image_tokens' in details &&
    !('cached_tokens' in details)
  )
}

/** Transcriptions billed by the second: `{ type: 'duration', seconds: 12.4 }`; those billed by the token are Responses'. */
export function normaliseOpenaiAudio(usage: UsageObject, provider = ''): Outcome<NormalisedUsage> {
  if ('input_tokens' in usage) return normaliseOpenaiResponses(usage, provider)
  const reading = startReading()
  const root = rootNode(usage)
  const seconds = decimal(reading, root, 'seconds')
  if (seconds === '') count(reading, root, 'seconds')
  return finish(reading, {
    tokens: noTokens(),
    units: /[1-9]/.test(seconds) ? { audio_second_in: seconds } : {},
    totalReported: null,
    consistent: true,
    served: {},
  })
}

/** Speech (`speech.audio.done`): all that comes out is audio. */
export function normaliseOpenaiSpeech(usage: UsageObject): Outcome<NormalisedUsage> {
  const reading = startReading()
  const root = rootNode(usage)
  const input = count(reading, root, 'input_tokens')
  const output = count(reading, root, 'output_tokens')
  const sum = total(reading, root, 'total_tokens')
  return finish(reading, {
    tokens: { ...noTokens(), input, output_audio: output },
    units: {},
    totalReported: sum ?? null,
    consistent: sum === undefined || sum === input + output,
    served: {},
  })
}

function read(
  usage: UsageObject,
  names: OpenaiNames,
  quirks: OpenaiQuirks,
  outputIsImage = false,
): Outcome<NormalisedUsage> {
  const reading = startReading()
  const { tokens, totalReported, consistent } = readOpenaiLike(
    reading,
    rootNode(usage),
    names,
    quirks,
    outputIsImage,
  )
  return finish(reading, { tokens, units: {}, totalReported, consistent, served: {} })
}
