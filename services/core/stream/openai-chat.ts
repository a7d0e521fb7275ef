// Chunks of Chat Completions and of everybody who speaks them (Mistral, xAI, Groq, LiteLLM ...). OpenAI sends usage once, in
// a last chunk without choices, if `stream_options.include_usage` asks for it, and null before; some gateways repeat the
// counts so far in every chunk. The last one holds either way.
// https://developers.openai.com/api/docs/api-reference/chat-streaming

import type { UsageObject } from '../normalise/types.ts'
import { objectIn, objectsIn, type StreamFamily, textIn } from './types.ts'

export const openaiChatStream: StreamFamily = {
  formats: ['openai_chat', 'xai_chat', 'mistral', 'deepseek', 'openrouter', 'perplexity', 'litellm'],
  owns: chunk => {
    const body = bodyOf(chunk)
    return Array.isArray(body['choices']) || 'prompt_tokens' in (objectIn(body['usage']) ?? {})
  },
  read(chunk, state) {
    const body = bodyOf(chunk)
    const choices = objectsIn(body['choices'])
    state.model ||= textIn(body['model'])
    state.responseId ||= textIn(body['id'])
    state.serviceTier = textIn(body['service_tier']) || state.serviceTier
    const usage = usageOf(body, choices)
    if (usage) state.usage = usage
    const finished = choices.some(choice => (choice['finish_reason'] ?? choice['finishReason']) != null)
    if (finished || (usage && choices.length === 0)) state.ended = true
  },
}

/** Mistral's JavaScript client hands the chunk over as `data`. */
const bodyOf = (chunk: UsageObject): UsageObject => objectIn(chunk['data']) ?? chunk

/** Groq's stream has its usage in `x_groq`, Moonshot's in the last choice. */
const usageOf = (body: UsageObject, choices: readonly UsageObject[]): UsageObject | undefined =>
  objectIn(body['usage']) ??
  objectIn(objectIn(body['x_groq'])?.['usage']) ??
  choices.map(choice => objectIn(choice['usage'])).find(usage => usage !== undefined)
