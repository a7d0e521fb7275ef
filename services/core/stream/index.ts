// Folds the chunks of a streamed answer into the one usage object that a call without streaming would have returned. Chunks
// are told apart by their shape, so that a folder can be fed with everything that a stream brings.

import { hasShape, usageFormatOf } from '../normalise/formats.ts'
import type { UsageFormat, UsageObject } from '../normalise/types.ts'
import { formatsOf } from '../providers.ts'
import { anthropicStream, overwrite } from './anthropic.ts'
import { bedrockStream } from './bedrock.ts'
import { cohereStream } from './cohere.ts'
import { geminiStream } from './gemini.ts'
import { openaiChatStream } from './openai-chat.ts'
import { openaiResponsesStream } from './openai-responses.ts'
import { objectIn, type StreamFamily, startStream } from './types.ts'

const FAMILIES: readonly StreamFamily[] = [
  anthropicStream,
  openaiResponsesStream,
  geminiStream,
  cohereStream,
  bedrockStream,
  openaiChatStream,
]

export interface FoldedStream {
  /** The usage object in the provider's own shape. */
  readonly usage: UsageObject
  readonly format: UsageFormat
  /** false: the stream broke off; the usage is what was known by then (`provider_partial`), a lower bound. */
  readonly complete: boolean
  readonly model?: string
  readonly responseId?: string
  /** As served, where the stream says it beside the usage. */
  readonly serviceTier?: string
}

export interface StreamFolder {
  /** Takes the next chunk, parsed; what is no chunk that says something about usage is skipped. Never throws. */
  add(chunk: unknown): void
  /** What is known so far; undefined while no chunk had usage. */
  result(): FoldedStream | undefined
}

/**
 * Folds the chunks of one response as they come. Chunks are parsed JSON (not the text of an SSE `data:` line), in order.
 * Usage objects without a chunk around them are taken too: the last one is held to be final. LangChain's chunks cannot be
 * folded: their counts are increments, which its own `+` adds up.
 * `format` is the shape of the usage where the producer names it; else the chunks and `provider` (canonical name) tell.
 */
export function createStreamFolder(format: UsageFormat | undefined, provider: string): StreamFolder {
  const families = format ? FAMILIES.filter(family => family.formats.includes(format)) : FAMILIES
  const state = startStream()
  let found = format

  function addBare(usage: UsageObject): void {
    const shape = found ?? usageFormatOf(provider, usage)
    if (shape === undefined || shape === 'langchain') return
    const isDelta = shape === 'anthropic' && 'output_tokens' in usage
    if (!isDelta && !hasShape(shape, usage)) return
    found = shape
    state.usage = shape === 'anthropic' ? overwrite(state.usage, usage) : usage
    state.ended = true
  }

  return {
    add(value) {
      const chunk = objectIn(value)
      if (chunk === undefined) return
      const family = families.find(candidate => candidate.owns(chunk))
      if (family === undefined) return addBare(chunk)
      family.read(chunk, state)
      found = format ?? formatIn(family, provider)
    },
    result() {
      const { usage, ended, model, responseId, serviceTier } = state
      if (usage === undefined || found === undefined) return undefined
      return {
        usage,
        format: found,
        complete: ended,
        ...(model && { model }),
        ...(responseId && { responseId }),
        ...(serviceTier && { serviceTier }),
      }
    },
  }
}

/** All chunks of one response at once; see `createStreamFolder`. Undefined where no chunk had usage. */
export function foldStream(
  format: UsageFormat | undefined,
  provider: string,
  chunks: readonly unknown[],
): FoldedStream | undefined {
  const folder = createStreamFolder(format, provider)
  for (const chunk of chunks) folder.add(chunk)
  return folder.result()
}

/** One API's chunks carry the dialect of whoever serves it. */
const formatIn = ({ formats }: StreamFamily, provider: string): UsageFormat | undefined =>
  formatsOf(provider).find(format => formats.includes(format)) ?? formats[0]
