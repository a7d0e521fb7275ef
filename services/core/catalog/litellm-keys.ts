// What the fields of LiteLLM's price map mean. A field that is taken for another one is a price a thousand times off, so the
// names are a closed list, and one that looks like a price and is not on it is reported.
// https://docs.litellm.ai/docs/proxy/custom_pricing

import { decimalText, shift } from '../decimal-text.ts'
import { parseRate, type RateUnit } from '../price-rate.ts'

/** How a call was served; the map has fields of their own for each. */
export const SERVED = ['standard', 'priority', 'flex', 'batches'] as const
export type Served = (typeof SERVED)[number]

export interface CostField {
  /** Our bucket or unit. */
  readonly name: string
  readonly unit: RateUnit
  /** How many single things the map's figure is for. */
  readonly per: number
  readonly served: Served
  /** The price holds above so many input tokens; 0 for the ordinary one. */
  readonly above: number
}

type Meaning = readonly [name: string, unit: RateUnit, per?: number]

const MEANINGS: Readonly<Record<string, Meaning>> = {
  input_cost_per_token: ['input', 'Mtok'],
  output_cost_per_token: ['output', 'Mtok'],
  output_cost_per_reasoning_token: ['reasoning', 'Mtok'],
  cache_read_input_token_cost: ['cache_read', 'Mtok'],
  // DeepSeek's, from before the field above.
  input_cost_per_token_cache_hit: ['cache_read', 'Mtok'],
  cache_creation_input_token_cost: ['cache_write_5m', 'Mtok'],
  cache_creation_input_token_cost_above_1hr: ['cache_write_1h', 'Mtok'],
  input_cost_per_audio_token: ['input_audio', 'Mtok'],
  output_cost_per_audio_token: ['output_audio', 'Mtok'],
  cache_read_input_audio_token_cost: ['cache_read_audio', 'Mtok'],
  cache_read_input_token_cost_per_audio_token: ['cache_read_audio', 'Mtok'],
  input_cost_per_image_token: ['input_image', 'Mtok'],
  output_cost_per_image_token: ['output_image', 'Mtok'],
  cache_read_input_image_token_cost: ['cache_read_image', 'Mtok'],
  input_cost_per_video_token: ['input_video', 'Mtok'],
  output_cost_per_video_token: ['video_token_out', 'M'],
  citation_cost_per_token: ['citation_token', 'M'],
  input_cost_per_image: ['image_in', 'each'],
  output_cost_per_image: ['image_out', 'each'],
  input_cost_per_audio_per_second: ['audio_second_in', 'hour'],
  output_cost_per_audio_per_second: ['audio_second_out', 'hour'],
  input_cost_per_video_per_second: ['video_second_in', 'hour'],
  output_cost_per_video_per_second: ['video_second_out', 'hour'],
  input_cost_per_character: ['character_in', 'M'],
  output_cost_per_character: ['character_out', 'M'],
  input_cost_per_request: ['request', 'K'],
  ocr_cost_per_page: ['page', 'K'],
  annotation_cost_per_page: ['annotated_page', 'K'],
  code_interpreter_cost_per_session: ['code_session', 'each'],
  file_search_cost_per_1k_calls: ['file_search', 'K', 1_000],
  google_maps_grounding_cost_per_query: ['maps_search', 'K'],
}

/** Fields that mean something only together with what the model does (the entry's `mode`). */
const BY_MODE: Readonly<Record<string, Readonly<Record<string, Meaning>>>> = {
  // A transcription is billed by the length of what is heard, whichever of the two fields says so.
  audio_transcription: {
    input_cost_per_second: ['audio_second_in', 'hour'],
    output_cost_per_second: ['audio_second_in', 'hour'],
  },
  audio_speech: { output_cost_per_second: ['audio_second_out', 'hour'] },
  video_generation: { output_cost_per_second: ['video_second_out', 'hour'] },
  rerank: { input_cost_per_query: ['rerank_search', 'K'] },
  search: { input_cost_per_query: ['web_search', 'K'] },
}

const ABOVE = /_above_(\d{1,5})k_tokens/
const VARIANT = /_(priority|flex|batches)$/

/** Both orders are in use: `_above_272k_tokens_priority` and `_priority_above_272k_tokens`. */
export function costField(key: string, mode: string): CostField | undefined {
  const plain = key.replace(ABOVE, '')
  const base = plain.replace(VARIANT, '')
  const [name, unit, per = 1] = BY_MODE[mode]?.[base] ?? MEANINGS[base] ?? []
  if (name === undefined || unit === undefined) return undefined
  const served = SERVED.find(word => word === VARIANT.exec(plain)?.[1]) ?? 'standard'
  return { name, unit, per, served, above: Number(ABOVE.exec(key)?.[1] ?? 0) * 1_000 }
}

/** DBUs are Databricks' own currency; the same entries have dollars beside them. */
const NO_DOLLARS = /dbu_cost/

/** Whether a field has to do with a price at all; the others describe the model. */
export const isCostField = (key: string): boolean =>
  (/cost|pricing|uplift/.test(key) || key === 'provider_specific_entry') && !NO_DOLLARS.test(key)

const UNIT_SIZES: Readonly<Record<RateUnit, number>> = { Mtok: 1e6, M: 1e6, K: 1e3, hour: 3_600, each: 1 }

/**
 * The map's figure, a number or a text of USD for `per` things, as the text of a rate. A number's shortest text is what the
 * publisher wrote, and from there on every digit is exact.
 * undefined for what is no price or has more than 12 decimals.
 */
export function rateText(value: unknown, unit: RateUnit, per = 1): string | undefined {
  const text = decimalText(value)
  if (text === undefined) return undefined
  const [whole = '', decimals = ''] = text.split('.')
  const digits = BigInt(whole + decimals) * BigInt(UNIT_SIZES[unit] / per)
  const rate = `${shift(String(digits), -decimals.length)}/${unit}`
  return parseRate(rate) && rate
}
