// Gemini's usageMetadata (AI Studio, Vertex AI, Live). Cached tokens are inside the prompt; thoughts and the prompt of
// tools are beside everything else: total = prompt + candidates + tool use + thoughts. Fields that are 0 are left out.
// https://ai.google.dev/api/generate-content#UsageMetadata

import type { Outcome } from '../outcome.ts'
import { type Modalities, NO_MODALITIES, splitInput, splitOutput } from './split.ts'
import type { NormalisedUsage, Served, UsageObject } from './types.ts'
import {
  count,
  finish,
  list,
  nullable,
  optional,
  type Reading,
  rootNode,
  startReading,
  total,
  type UsageNode,
  word,
} from './usage-reader.ts'

/** camelCase as in REST and JavaScript; snake_case as Python's SDK dumps it, with null for what is absent. */
const CAMEL = {
  prompt: 'promptTokenCount',
  candidates: 'candidatesTokenCount',
  response: 'responseTokenCount',
  thoughts: 'thoughtsTokenCount',
  toolPrompt: 'toolUsePromptTokenCount',
  cached: 'cachedContentTokenCount',
  total: 'totalTokenCount',
  promptDetails: 'promptTokensDetails',
  cachedDetails: 'cacheTokensDetails',
  toolDetails: 'toolUsePromptTokensDetails',
  candidatesDetails: 'candidatesTokensDetails',
  responseDetails: 'responseTokensDetails',
  detailCount: 'tokenCount',
  serviceTier: 'serviceTier',
  trafficType: 'trafficType',
} as const

type Names = Readonly<Record<keyof typeof CAMEL, string>>

const SNAKE = Object.fromEntries(
  Object.entries(CAMEL).map(([key, name]) => [
    key,
    name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`),
  ]),
) as Names

export function normaliseGemini(usage: UsageObject): Outcome<NormalisedUsage> {
  const reading = startReading()
  const root = rootNode(usage)
  const names: Names = CAMEL.prompt in usage ? CAMEL : SNAKE
  const prompt = count(reading, root, names.prompt)
  // The Live API calls the candidates a response.
  const live = names.response in usage
  const candidates = optional(reading, root, live ? names.response : names.candidates)
  const thoughts = nullable(reading, root, names.thoughts)
  const toolPrompt = nullable(reading, root, names.toolPrompt)
  const cached = nullable(reading, root, names.cached)
  const sum = total(reading, root, names.total)

  const promptBy = readModalities(reading, root, names.promptDetails, names) ?? NO_MODALITIES
  const cachedBy = readModalities(reading, root, names.cachedDetails, names)
  const toolBy = readModalities(reading, root, names.toolDetails, names) ?? NO_MODALITIES
  const outDetails = live ? names.responseDetails : names.candidatesDetails
  const outBy = readModalities(reading, root, outDetails, names) ?? NO_MODALITIES

  const into = splitInput(prompt, cached, 0, promptBy, cachedBy)
  const tools = splitInput(toolPrompt, 0, 0, toolBy, undefined)
  // Thoughts lie outside the candidates. Should a total say otherwise, it is right.
  const inside = thoughts > 0 && sum === prompt + candidates + toolPrompt
  const out = splitOutput(candidates, thoughts, inside, outBy)
  const addsUp = sum === undefined || sum === prompt + candidates + toolPrompt + (inside ? 0 : thoughts)
  const served = readServed(reading, root, names)

  return finish(reading, {
    tokens: {
      input: into.input + tools.input,
      cache_read: into.cache_read,
      cache_write_5m: 0,
      cache_write_1h: 0,
      output: out.output,
      reasoning: out.reasoning,
      input_audio: into.input_audio + tools.input_audio,
      output_audio: out.output_audio,
      input_image: into.input_image + tools.input_image,
      output_image: out.output_image,
      input_video: into.input_video + tools.input_video,
      cache_read_audio: into.cache_read_audio,
      cache_read_image: into.cache_read_image,
    },
    units: {},
    totalReported: sum ?? null,
    consistent: into.consistent && tools.consistent && out.consistent && addsUp,
    served,
  })
}

/** `[{ modality: 'AUDIO', tokenCount: 5 }, ...]`; documents and whatever is not named count as text. */
function readModalities(
  reading: Reading,
  root: UsageNode,
  field: string,
  names: Names,
): Modalities | undefined {
  const items = list(reading, root, field)
  if (items.length === 0) return undefined
  const by = { audio: 0, image: 0, video: 0 }
  for (const item of items) {
    const modality = word(reading, item, 'modality')
    const tokens = nullable(reading, item, names.detailCount)
    if (modality === 'audio' || modality === 'image' || modality === 'video') by[modality] += tokens
  }
  return by
}

/** AI Studio names the tier in serviceTier, Vertex in trafficType. https://ai.google.dev/gemini-api/docs/optimization */
function readServed(reading: Reading, root: UsageNode, names: Names): Served {
  const tier = word(reading, root, names.serviceTier)
  const traffic = word(reading, root, names.trafficType)
  const said = tier || traffic
  if (said === '' || said === 'traffic_type_unspecified') return {}
  return googleTier(said)
}

/** A tier or traffic type in one word: ON_DEMAND_FLEX and SERVICE_TIER_FLEX are flex. */
export function googleTier(said: string): Served {
  const word = said.toLowerCase().replace(/^(?:service_tier|traffic_type|on_demand)_/, '')
  if (word === 'provisioned_throughput') return { capacity: 'provisioned', service_tier: '' }
  return { service_tier: word === 'unspecified' ? '' : word }
}
