// Events of OpenAI's Responses and Realtime APIs. Usage comes with whatever event ends the response, and a response that
// failed or was cut short is billed too: reading `response.completed` alone would lose those.
// https://developers.openai.com/api/docs/api-reference/responses-streaming

import { objectIn, type StreamFamily, textIn } from './types.ts'

/** `response.done` is Realtime's. */
const ENDINGS: ReadonlySet<string> = new Set([
  'response.completed',
  'response.incomplete',
  'response.failed',
  'response.cancelled',
  'response.done',
])

export const openaiResponsesStream: StreamFamily = {
  formats: ['openai_responses'],
  owns: chunk => textIn(chunk['type']).startsWith('response.') && objectIn(chunk['response']) !== undefined,
  read(chunk, state) {
    const response = objectIn(chunk['response'])
    state.model ||= textIn(response?.['model'])
    state.responseId ||= textIn(response?.['id'])
    state.serviceTier = textIn(response?.['service_tier']) || state.serviceTier
    const usage = objectIn(response?.['usage'])
    if (usage) state.usage = usage
    if (ENDINGS.has(textIn(chunk['type']))) state.ended = true
  },
}
