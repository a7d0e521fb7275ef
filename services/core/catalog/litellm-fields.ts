// The vocabulary of LiteLLM's price map: which of its fields prices what, and under which condition. A field that is not here is
// reported, so that a new way of charging is not taken for free.
// https://github.com/BerriAI/litellm/blob/main/model_prices_and_context_window.json

import { decimalText, shift } from '../decimal-text.ts'

/** What a field is about, without its conditions. */
const PER_TOKEN: Readonly<Record<string, string>> = {
  input_cost_per_token: 'input',
  output_cost_per_token: 'output',
  output_cost_per_reasoning_token: 'reasoning',
  cache_read_input_token_cost: 'cache_read',
  input_cost_per_token_cache_hit: 'cache_read',
  cache_creation_input_token_cost: 'cache_write_5m',
  cache_creation_input_token_cost_above_1hr: 'cache_write_1h',
  input_cost_per_audio_token: 'input_audio',
  output_cost_per_audio_token: 'output_audio',
  cache_read_input_audio_token_cost: 'cache_read_audio',
  input_cost_per_image_token: 'input_image',
  output_cost_per_image_token: 'output_image',
}

const PER_PIECE: Readonly<Record<string, string>> = {
  input_cost_per_query: 'rerank_search',
  input_cost_per_request: 'request',
  input_cost_per_image: 'image_in',
  output_cost_per_image: 'image_out',
  input_cost_per_second: 'audio_second_in',
  output_cost_per_second: 'audio_second_out',
  output_cost_per_video_per_second: 'video_second_out',
  input_cost_per_character: 'character_in',
  ocr_cost_per_page: 'page',
  annotation_cost_per_page: 'annotated_page',
  code_interpreter_cost_per_session: 'code_session',
  citation_cost_per_token: 'citation_token',
}

const CONDITION = /_(?:above_(\d+)k_tokens|(priority|flex|batches))$/

export interface PriceField {
  readonly name: string
  /** As a book writes it: "5/Mtok". */
  readonly rate: string
  /** Input tokens above which it holds; 0 for always. */
  readonly above: number
  readonly tier: '' | 'priority' | 'flex' | 'batches'
}

/** Whether a key of an entry is about money at all. */
export const isCostKey = (key: string): boolean => /cost|price|pricing/.test(key)

/** A field read; undefined if it is none that is known; a text for what is wrong with its value. */
export function readField(key: string, value: unknown): PriceField | string | undefined {
  let rest = key
  let above = 0
  let tier: PriceField['tier'] = ''
  for (let found = CONDITION.exec(rest); found; found = CONDITION.exec(rest)) {
    if (found[1] !== undefined) above = Number(found[1]) * 1_000
    else tier = found[2] as PriceField['tier']
    rest = rest.slice(0, found.index)
  }
  const bucket = PER_TOKEN[rest]
  const unit = PER_PIECE[rest]
  const name = bucket ?? unit
  if (name === undefined) return undefined
  const rate = rateText(value, bucket === undefined ? 'each' : 'Mtok')
  return rate === undefined
    ? `${key} is ${String(value)}, which is no exact price`
    : { name, rate, above, tier }
}

/** Digits after the point of a rate. */
const MOST_DECIMALS = 12

/** USD for one token or piece as a rate of a book; undefined for what no float holds exactly. */
function rateText(value: unknown, unit: 'Mtok' | 'each'): string | undefined {
  const text = decimalText(value)
  if (text === undefined) return undefined
  const [whole = '', part = ''] = text.split('.')
  const usd = shift(whole + part, (unit === 'Mtok' ? 6 : 0) - part.length)
  return (usd.split('.')[1]?.length ?? 0) > MOST_DECIMALS ? undefined : `${usd}/${unit}`
}
