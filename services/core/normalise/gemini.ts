// Gemini's usageMetadata (AI Studio, Vertex AI, Live). Cached tokens are inside the prompt; thoughts and the prompt of
// tools are beside everything else: total = prompt + candidates + tool use + thoughts. Fields that are 0 are left out.
// https://ai.google.dev/api/generate-content#UsageMetadata

import type { Outcome } from '../outcome.ts'
import { noTokens } from '../tokens.ts'
import { type Modalities, NO_MODALITIES, splitInput, splitOutput } from './split.ts'
import type { NormalisedUsage, Served, UsageObject } from './types.ts'
import { readUsage, type UsageNode, type UsageReader } from './usage-reader.ts'

/** Accepts camelCase as in REST and JavaScript, and snake_case as Python's SDK dumps it (with null for what is absent). */
export function normaliseGemini(usage: UsageObject): Outcome<NormalisedUsage> {
  const read = readUsage(usage)
  const root = read.root
  const name = (camel: string) => (camel in usage ? camel : snakeCase(camel))
  const count = (camel: string) => read.nullable(root, name(camel))
  const details = (camel: string) => readModalities(read, root, name(camel))

  const prompt = read.count(root, name('promptTokenCount'))
  const live = name('responseTokenCount') in usage
  const candidates = read.optional(root, name(live ? 'responseTokenCount' : 'candidatesTokenCount'))
  const thoughts = count('thoughtsTokenCount')
  const toolPrompt = count('toolUsePromptTokenCount')
  const cached = count('cachedContentTokenCount')
  const total = read.total(root, name('totalTokenCount'))

  const into = splitInput(
    prompt,
    cached,
    0,
    details('promptTokensDetails') ?? NO_MODALITIES,
    details('cacheTokensDetails'),
  )
  const tools = splitInput(
    toolPrompt,
    0,
    0,
    details('toolUsePromptTokensDetails') ?? NO_MODALITIES,
    undefined,
  )
  // Thoughts lie outside the candidates. Should a total say otherwise, it is right.
  const inside = thoughts > 0 && total === prompt + candidates + toolPrompt
  const outBy = details(live ? 'responseTokensDetails' : 'candidatesTokensDetails') ?? NO_MODALITIES
  const out = splitOutput(candidates, thoughts, inside, outBy)
  const addsUp = total === undefined || total === prompt + candidates + toolPrompt + (inside ? 0 : thoughts)
  const served = readServed(read, name)

  return read.result(() => {
    const { consistent: inputConsistent, ...inputBy } = into
    const { consistent: outputConsistent, ...outputBy } = out
    return {
      tokens: {
        ...noTokens(),
        ...inputBy,
        input: into.input + tools.input,
        input_audio: into.input_audio + tools.input_audio,
        input_image: into.input_image + tools.input_image,
        input_video: into.input_video + tools.input_video,
        ...outputBy,
      },
      units: {},
      totalReported: total ?? null,
      consistent: inputConsistent && tools.consistent && outputConsistent && addsUp,
      served,
    }
  })
}

const snakeCase = (camel: string): string => camel.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)

/** `[{ modality: 'AUDIO', tokenCount: 5 }, ...]`; documents and whatever is not named count as text. */
function readModalities(read: UsageReader, root: UsageNode, field: string): Modalities | undefined {
  const items = read.list(root, field)
  if (items.length === 0) return undefined
  const by = { audio: 0, image: 0, video: 0 }
  for (const item of items) {
    const tokens = read.nullable(item, 'tokenCount' in item.value ? 'tokenCount' : 'token_count')
    const modality = read.word(item, 'modality')
    if (modality === 'audio' || modality === 'image' || modality === 'video') by[modality] += tokens
  }
  return by
}

/** AI Studio names the tier in serviceTier, Vertex in trafficType. https://ai.google.dev/gemini-api/docs/optimization */
function readServed(read: UsageReader, name: (camel: string) => string): Served {
  const tier = read.word(read.root, name('serviceTier')).replace(/^service_tier_/, '')
  const traffic = read.word(read.root, name('trafficType'))
  if (traffic === 'provisioned_throughput') return { capacity: 'provisioned' }
  const named = tier || traffic.replace(/^on_demand_/, '').replace(/^traffic_type_unspecified$/, '')
  return named === '' ? {} : { service_tier: named }
}
