// Gemini's chunks (AI Studio, Vertex AI, Live). Every chunk has the usage up to then: the last one holds, and adding them up
// would bill the prompt once per chunk. Vertex begins with metadata that hold no counts yet.
// https://ai.google.dev/api/generate-content#UsageMetadata

import type { UsageObject } from '../normalise/types.ts'
import { objectIn, objectsIn, type StreamFamily, textIn } from './types.ts'

const either = (node: UsageObject | undefined, camel: string, snake: string): unknown =>
  node?.[camel] ?? node?.[snake]

const NAMES = ['usageMetadata', 'usage_metadata', 'candidates', 'promptFeedback', 'serverContent']

export const geminiStream: StreamFamily = {
  formats: ['gemini'],
  owns: chunk => NAMES.some(name => objectIn(chunk[name]) ?? Array.isArray(chunk[name])),
  read(chunk, state) {
    state.model ||= textIn(either(chunk, 'modelVersion', 'model_version'))
    state.responseId ||= textIn(either(chunk, 'responseId', 'response_id'))
    const usage = objectIn(either(chunk, 'usageMetadata', 'usage_metadata'))
    if (usage && either(usage, 'promptTokenCount', 'prompt_token_count') !== undefined) state.usage = usage
    if (hasEnded(chunk)) state.ended = true
  },
}

/** A candidate finished, the prompt was blocked, or a turn of the Live API is over. */
const hasEnded = (chunk: UsageObject): boolean =>
  objectsIn(chunk['candidates']).some(
    candidate => either(candidate, 'finishReason', 'finish_reason') != null,
  ) ||
  either(objectIn(chunk['promptFeedback']), 'blockReason', 'block_reason') != null ||
  objectIn(chunk['serverContent'])?.['turnComplete'] === true
