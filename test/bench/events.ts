// Events for benchmarks: realistic in size and spread, deterministic.

import { noTokens } from '#core/tokens.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import { defaultEvent } from '#platform/json-event/default-event.ts'

const MODELS = ['gpt-5.4', 'gpt-4.1-mini', 'gpt-5', 'gpt-4o-mini', 'o3']

export const benchEvent = (i: number, now: number): UsageEvent => ({
  ...defaultEvent(),
  event_id: `bench-${i}`,
  occurred_at: now - (i % 7_200_000),
  received_at: now,
  provider: 'openai',
  request_model: MODELS[i % MODELS.length] ?? '',
  response_model: MODELS[i % MODELS.length] ?? '',
  response_id: `chatcmpl-${i.toString(36).padStart(24, '0')}`,
  feature: `feature-${i % 12}`,
  team: `team-${i % 4}`,
  tenant_id: `tenant-${(i * i) % 500}`,
  user_id: `user-${(i * 7) % 5_000}`,
  environment: 'prod',
  release: '2026.11.3',
  trace_id: i.toString(16).padStart(32, '0'),
  latency_ms: 400 + (i % 900),
  usage_source: 'provider',
  tokens: { ...defaultEvent().tokens, input: 200 + (i % 1_000), cache_read: i % 800, output: 20 + (i % 300) },
})

/** The same, as a producer that leaves normalising to the consumer sends it. */
export function rawUsageEvent(i: number, now: number): UsageEvent {
  const { tokens, ...event } = benchEvent(i, now)
  const { input, cache_read, output } = tokens
  const usage = {
    prompt_tokens: input + cache_read,
    completion_tokens: output,
    total_tokens: input + cache_read + output,
    prompt_tokens_details: { cached_tokens: cache_read, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0, audio_tokens: 0 },
  }
  return { ...event, tokens: noTokens(), raw_usage: JSON.stringify(usage) }
}
