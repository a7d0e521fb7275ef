// Events of Cohere's v2 chat. Usage comes once, in `message-end`; a stream that breaks off before has none.
// https://docs.cohere.com/v2/docs/streaming

import { objectIn, type StreamFamily, textIn } from './types.ts'

const TYPES: ReadonlySet<unknown> = new Set(['message-start', 'message-end'])

export const cohereStream: StreamFamily = {
  formats: ['cohere'],
  owns: chunk => TYPES.has(chunk['type']),
  read(chunk, state) {
    state.responseId ||= textIn(chunk['id'])
    const usage = objectIn(objectIn(chunk['delta'])?.['usage'])
    if (usage) state.usage = usage
    if (chunk['type'] === 'message-end') state.ended = true
  },
}
