// Mistral's usage: OpenAI's dialect with three names for cached tokens; audio is billed by the second and documents (OCR's
// `usage_info`) by the page. https://docs.mistral.ai/api/

import type { Outcome } from '../outcome.ts'
import { noTokens } from '../tokens.ts'
import type { NormalisedUsage, UsageObject } from './types.ts'
import {
  count,
  finish,
  nullable,
  type Reading,
  rootNode,
  startReading,
  type UsageNode,
  unitsOf,
} from './usage-reader.ts'
import { withExtras } from './with-cost.ts'

const normaliseTokens = withExtras('mistral', (reading, root) => ({
  units: unitsOf({ audio_second_in: audioSeconds(reading, root) }),
}))

export const normaliseMistral = (usage: UsageObject): Outcome<NormalisedUsage> =>
  'pages_processed' in usage || 'pagesProcessed' in usage ? normalisePages(usage) : normaliseTokens(usage)

/** The SDK's "not set" is an empty object. */
function audioSeconds(reading: Reading, root: UsageNode): number {
  const field = 'promptAudioSeconds' in root.value ? 'promptAudioSeconds' : 'prompt_audio_seconds'
  const value = root.value[field]
  const unset = typeof value === 'object' && value !== null && Object.keys(value).length === 0
  return unset ? 0 : nullable(reading, root, field)
}

function normalisePages(usage: UsageObject): Outcome<NormalisedUsage> {
  const reading = startReading()
  const field = 'pages_processed' in usage ? 'pages_processed' : 'pagesProcessed'
  const pages = count(reading, rootNode(usage), field)
  return finish(reading, {
    tokens: noTokens(),
    units: unitsOf({ page: pages }),
    totalReported: null,
    consistent: true,
    served: {},
  })
}
