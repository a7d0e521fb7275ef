// OpenTelemetry's GenAI attributes. By the convention input includes what was read from and written to a cache, and output
// includes reasoning; some emitters pass Anthropic's net input through. The convention has no lifetime of a write: 5 minutes.
// https://github.com/open-telemetry/semantic-conventions-genai/blob/main/docs/registry/attributes/gen-ai.md

import type { Outcome } from '../outcome.ts'
import { readDialect } from './dialect.ts'
import { NO_MODALITIES } from './split.ts'
import type { NormalisedUsage, Served, UsageObject } from './types.ts'
import {
  count,
  finish,
  nullable,
  type Reading,
  startReading,
  total,
  type UsageNode,
  word,
} from './usage-reader.ts'

/** Today's name first, then those of older conventions and of OpenLLMetry. */
const NAMES = {
  input: ['input_tokens', 'prompt_tokens'],
  output: ['output_tokens', 'completion_tokens'],
  total: ['total_tokens'],
  cached: ['cache_read.input_tokens', 'cache_read_input_tokens'],
  written: ['cache_creation.input_tokens', 'cache_creation_input_tokens'],
  reasoning: ['reasoning.output_tokens', 'reasoning_tokens'],
} as const

const PREFIXES = ['gen_ai.usage.', 'llm.usage.', 'usage.', '']
const TIER_NAMES = ['openai.response.service_tier', 'gen_ai.openai.response.service_tier', 'service_tier']

/** Attributes as a span has them (dotted), as an object within an object, or without `gen_ai.usage.` before them. */
export function normaliseOtel(usage: UsageObject): Outcome<NormalisedUsage> {
  const reading = startReading()
  const attributes: UsageNode = { at: 'usage', value: flat(usage) }
  const names = namesIn(attributes)
  // An embedding has no output.
  const hasOutput =
    names.output in attributes.value || attributes.value['gen_ai.operation.name'] !== 'embeddings'
  const read = readDialect({
    input: count(reading, attributes, names.input),
    output: hasOutput ? count(reading, attributes, names.output) : 0,
    total: total(reading, attributes, names.total),
    cached: nullable(reading, attributes, names.cached),
    written5m: nullable(reading, attributes, names.written),
    written1h: 0,
    reasoning: nullable(reading, attributes, names.reasoning),
    by: NO_MODALITIES,
    outBy: NO_MODALITIES,
    net: 'if_larger',
  })
  return finish(reading, { ...read, units: {}, served: servedOf(reading, attributes) })
}

/** The attribute that holds each figure; its full present-day name where none does. */
function namesIn({ value }: UsageNode): Record<keyof typeof NAMES, string> {
  const found = Object.entries(NAMES).map(([figure, names]) => {
    const candidates = PREFIXES.flatMap(prefix => names.map(name => `${prefix}${name}`))
    return [figure, candidates.find(name => value[name] != null) ?? `gen_ai.usage.${names[0]}`]
  })
  return Object.fromEntries(found) as Record<keyof typeof NAMES, string>
}

/** `{ gen_ai: { usage: { input_tokens } } }` by its dotted names; lists are no counts and stay as they are. */
function flat(node: UsageObject, prefix = '', depth = 0): UsageObject {
  const entries = Object.entries(node).flatMap(([key, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 4
      ? Object.entries(flat(value as UsageObject, `${prefix}${key}.`, depth + 1))
      : [[`${prefix}${key}`, value]],
  )
  return Object.fromEntries(entries)
}

function servedOf(reading: Reading, attributes: UsageNode): Served {
  const name = TIER_NAMES.find(candidate => attributes.value[candidate] != null)
  const tier = name === undefined ? '' : word(reading, attributes, name)
  return tier === '' ? {} : { service_tier: tier }
}
