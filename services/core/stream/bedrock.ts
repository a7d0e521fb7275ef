// Events of Bedrock's ConverseStream. Usage comes once, in the metadata event after the message has stopped; a stream that
// breaks off before has none.
// https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamMetadataEvent.html

import type { UsageObject } from '../normalise/types.ts'
import { objectIn, type StreamFamily, textIn } from './types.ts'

export const bedrockStream: StreamFamily = {
  formats: ['bedrock_converse'],
  owns: chunk => objectIn(metadataOf(chunk)?.['usage']) !== undefined,
  read(chunk, state) {
    const metadata = metadataOf(chunk)
    state.usage = objectIn(metadata?.['usage'])
    state.serviceTier = textIn(objectIn(metadata?.['serviceTier'])?.['type']) || state.serviceTier
    state.ended = true
  },
}

/** The event as the SDK wraps it, or its payload alone, which has `metrics` beside `usage`. */
const metadataOf = (chunk: UsageObject): UsageObject | undefined =>
  objectIn(chunk['metadata']) ?? (objectIn(chunk['metrics']) && chunk)
