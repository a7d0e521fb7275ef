// A quote may be asked for before the call, when nobody knows yet how much will come out. The most that can come out is then
// what is priced, as an estimate.

import { OUTPUT_BUCKETS } from '#core/tokens.ts'

export const ESTIMATE_WARNING = 'no output tokens are given; priced with max_output_tokens, as an estimate'

/** The event with `max_output_tokens` for its output, where it brings that and says nothing of its output; else undefined. */
export function asEstimate(event: unknown): object | undefined {
  if (!isObject(event)) return undefined
  const { max_output_tokens: most, tokens = {} } = event
  if (typeof most !== 'number' || most <= 0 || !isObject(tokens)) return undefined
  if (event['usage'] || event['raw_usage'] || OUTPUT_BUCKETS.some(bucket => bucket in tokens))
    return undefined
  return { ...event, tokens: { ...tokens, output: most }, usage_source: 'estimated' }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
