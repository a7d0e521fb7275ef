// OpenAI's usage objects: Chat Completions and Embeddings (prompt_tokens), Responses, Realtime and Transcriptions
// (input_tokens). Cached, written and audio tokens are inside the input, reasoning is inside the output.
// https://developers.openai.com/api/docs/guides/prompt-caching, https://developers.openai.com/api/docs/api-reference

import type { Outcome } from '../outcome.ts'
import { type Modalities, splitInput, splitOutput } from './split.ts'
import type { NormalisedUsage, UsageObject } from './types.ts'
import {
  count,
  finish,
  optional,
  part,
  type Reading,
  rootNode,
  startReading,
  total,
  type UsageNode,
} from './usage-reader.ts'

interface Figures {
  readonly input: number
  readonly output: number
  readonly total: number | undefined
  readonly inputDetails: UsageNode | undefined
  readonly outputDetails: UsageNode | undefined
}

/** Embeddings have no completion_tokens; then total_tokens must say that there were none. */
export function normaliseOpenaiChat(usage: UsageObject): Outcome<NormalisedUsage> {
  const reading = startReading()
  const root = rootNode(usage)
  const sum = total(reading, root, 'total_tokens')
  const isEmbedding = usage['completion_tokens'] === undefined && sum !== undefined
  return normalise(reading, {
    input: count(reading, root, 'prompt_tokens'),
    output: isEmbedding ? 0 : count(reading, root, 'completion_tokens'),
    total: sum,
    inputDetails: part(reading, root, 'prompt_tokens_details'),
    outputDetails: part(reading, root, 'completion_tokens_details'),
  })
}

/** Realtime and Transcriptions write `input_token_details`, Responses and Images `input_tokens_details`. */
export function normaliseOpenaiResponses(usage: UsageObject): Outcome<NormalisedUsage> {
  const reading = startReading()
  const root = rootNode(usage)
  return normalise(reading, {
    input: count(reading, root, 'input_tokens'),
    output: count(reading, root, 'output_tokens'),
    total: total(reading, root, 'total_tokens'),
    inputDetails: part(reading, root, 'input_tokens_details') ?? part(reading, root, 'input_token_details'),
    outputDetails:
      part(reading, root, 'output_tokens_details') ?? part(reading, root, 'output_token_details'),
  })
}

function normalise(reading: Reading, figures: Figures): Outcome<NormalisedUsage> {
  const { input, output, inputDetails, outputDetails } = figures
  const cached = optional(reading, inputDetails, 'cached_tokens')
  const written = optional(reading, inputDetails, 'cache_write_tokens')
  const cachedDetails = part(reading, inputDetails, 'cached_tokens_details')
  const reasoning = optional(reading, outputDetails, 'reasoning_tokens')
  const into = splitInput(
    input,
    cached,
    written,
    modalities(reading, inputDetails),
    cachedDetails && modalities(reading, cachedDetails),
  )
  // Some servers of this dialect put reasoning beside the output; their total gives it away.
  const beside = reasoning > 0 && figures.total === input + output + reasoning
  const out = splitOutput(output, reasoning, !beside, modalities(reading, outputDetails))
  const addsUp = figures.total === undefined || figures.total === input + output + (beside ? reasoning : 0)
  return finish(reading, {
    tokens: {
      input: into.input,
      cache_read: into.cache_read,
      cache_write_5m: written,
      cache_write_1h: 0,
      output: out.output,
      reasoning: out.reasoning,
      input_audio: into.input_audio,
      output_audio: out.output_audio,
      input_image: into.input_image,
      output_image: out.output_image,
      input_video: 0,
      cache_read_audio: into.cache_read_audio,
      cache_read_image: into.cache_read_image,
    },
    units: {},
    totalReported: figures.total ?? null,
    consistent: into.consistent && out.consistent && addsUp,
    served: {},
  })
}

const modalities = (reading: Reading, details: UsageNode | undefined): Modalities => ({
  audio: optional(reading, details, 'audio_tokens'),
  image: optional(reading, details, 'image_tokens'),
  video: 0,
})
