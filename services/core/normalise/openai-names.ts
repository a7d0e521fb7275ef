// The field names of OpenAI's dialect: Chat Completions and Responses as the APIs write them, and the camelCase of the
// TypeScript SDKs of OpenRouter and Mistral.

const CHAT = {
  input: 'prompt_tokens',
  output: 'completion_tokens',
  total: 'total_tokens',
  inputDetails: 'prompt_tokens_details',
  inputDetailsToo: 'prompt_token_details',
  outputDetails: 'completion_tokens_details',
  outputDetailsToo: 'completion_token_details',
  cached: 'cached_tokens',
  cachedDetails: 'cached_tokens_details',
  written: 'cache_write_tokens',
  reasoning: 'reasoning_tokens',
  audio: 'audio_tokens',
  image: 'image_tokens',
  video: 'video_tokens',
} as const

export type OpenaiNames = Readonly<Record<keyof typeof CHAT, string>>

export const CHAT_NAMES: OpenaiNames = CHAT

/** Realtime and Transcriptions write `input_token_details`, Responses and Images `input_tokens_details`. */
export const RESPONSES_NAMES: OpenaiNames = {
  ...CHAT,
  input: 'input_tokens',
  output: 'output_tokens',
  inputDetails: 'input_tokens_details',
  inputDetailsToo: 'input_token_details',
  outputDetails: 'output_tokens_details',
  outputDetailsToo: 'output_token_details',
}

/** `prompt_tokens` as `promptTokens`. */
export const camel = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

export const CAMEL_CHAT_NAMES = Object.fromEntries(
  Object.entries(CHAT).map(([key, name]) => [key, camel(name)]),
) as OpenaiNames
