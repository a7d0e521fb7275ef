// The disjoint token buckets: every token of a call sits in exactly one. Mistaking a part for a whole ("is cached inside
// input?") is the most common billing bug in this field, so sums are derived here and never stored.

export const OUTPUT_BUCKETS = ['output', 'reasoning', 'output_audio', 'output_image'] as const

/** All buckets, in the order of the Avro record `tokens`. */
export const TOKEN_BUCKETS = [
  'input',
  'cache_read',
  'cache_write_5m',
  'cache_write_1h',
  'output',
  'reasoning',
  'input_audio',
  'output_audio',
  'input_image',
  'output_image',
  'input_video',
  'cache_read_audio',
  'cache_read_image',
] as const

export type TokenBucket = (typeof TOKEN_BUCKETS)[number]

const BUCKETS: ReadonlySet<string> = new Set(TOKEN_BUCKETS)

export const isTokenBucket = (name: string): name is TokenBucket => BUCKETS.has(name)

/** Tokens by bucket; whole numbers, never negative. */
export type Tokens = Record<TokenBucket, number>

/** A bucket holds at most this many tokens (pricing.md, section 5): more is a fault of the sender, not a call. */
export const MAX_TOKENS_PER_BUCKET = 2 ** 31

export const noTokens = (): Tokens => ({
  input: 0,
  cache_read: 0,
  cache_write_5m: 0,
  cache_write_1h: 0,
  output: 0,
  reasoning: 0,
  input_audio: 0,
  output_audio: 0,
  input_image: 0,
  output_image: 0,
  input_video: 0,
  cache_read_audio: 0,
  cache_read_image: 0,
})

/** Everything that went into the model, cached or not: what context tiers are measured on. */
export const inputTotal = (t: Tokens): number =>
  t.input +
  t.cache_read +
  t.cache_write_5m +
  t.cache_write_1h +
  t.input_audio +
  t.input_image +
  t.input_video +
  t.cache_read_audio +
  t.cache_read_image

/** Everything that came out, visible or reasoning. */
export const outputTotal = (t: Tokens): number => t.output + t.reasoning + t.output_audio + t.output_image
