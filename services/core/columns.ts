// The warehouse's names for the event's token buckets, and the dimensions that rollups keep; the views show the same ones.

import type { TokenBucket } from './tokens.ts'

export const TOKEN_COLUMN = {
  input: 'uncached_input_tokens',
  cache_read: 'cache_read_tokens',
  cache_write_5m: 'cache_write_5m_tokens',
  cache_write_1h: 'cache_write_1h_tokens',
  output: 'output_text_tokens',
  reasoning: 'reasoning_tokens',
  input_audio: 'input_audio_tokens',
  output_audio: 'output_audio_tokens',
  input_image: 'input_image_tokens',
  output_image: 'output_image_tokens',
  input_video: 'input_video_tokens',
  cache_read_audio: 'cache_read_audio_tokens',
  cache_read_image: 'cache_read_image_tokens',
} as const satisfies Record<TokenBucket, string>

export const TOKEN_COLUMNS: readonly string[] = Object.values(TOKEN_COLUMN)

/** What the rollup by feature keeps beside the quarter-hour. */
export const FEATURE_DIMENSIONS = [
  'feature',
  'team',
  'task_type',
  'user_segment',
  'provider',
  'model',
  'service_tier',
  'environment',
  'release',
  'status',
] as const

/** What the rollup by user keeps beside the quarter-hour. */
export const USER_DIMENSIONS = ['tenant_id', 'user_id', 'feature', 'model'] as const
