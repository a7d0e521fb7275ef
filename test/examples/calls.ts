// Calls as services report them, and what SQL must say of each. The figures are worked out by hand, with rates from the
// providers' price pages, so that a program that splits tokens otherwise than the ledger does is caught.

/** A row of v_events as `ROW_SQL` gives it, less what differs from run to run. */
interface Expected {
  readonly call: Record<string, unknown>
  /** provider, fresh / cache read / cache write / text / reasoning tokens, USD (null: unpriced), usage_source, user */
  readonly row: string
}

export const ROW_SQL = `concat(provider, ' ', toString(uncached_input_tokens), '/', toString(cache_read_tokens), '/',
  toString(cache_write_5m_tokens), '/', toString(output_text_tokens), '/', toString(reasoning_tokens), ' ',
  ifNull(toString(cost_usd), 'null'), ' ', usage_source, ' ', user_id)`

export const CALLS: readonly Expected[] = [
  {
    call: {
      provider: 'openai',
      request_model: 'gpt-5.4',
      user_id: 'Zoë 検査 🚀',
      tags: { experiment: 'b', ключ: '' },
      prompt_parts: { history: 700 },
      latency_ms: 812,
      streaming: true,
      output_started: true,
      response_id: null,
      usage: {
        prompt_tokens: 1_200,
        completion_tokens: 90,
        total_tokens: 1_290,
        prompt_tokens_details: { cached_tokens: 800, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 30 },
      },
      usage_format: 'openai_chat',
    },
    // (400 x 2.5 + 800 x 0.25 + 90 x 15) / 10^6
    row: 'openai 400/800/0/60/30 0.00255 provider Zoë 検査 🚀',
  },
  {
    call: {
      provider: 'anthropic',
      request_model: 'claude-haiku-4-5',
      usage: { input_tokens: 300, cache_read_input_tokens: 2_000, output_tokens: 120 },
      user_id: 'u1',
    },
    // (300 x 1 + 2,000 x 0.1 + 120 x 5) / 10^6
    row: 'anthropic 300/2000/0/120/0 0.0011 provider u1',
  },
  {
    // Cache writes are nothing that the programs split: these counts reach the ledger as they came.
    call: {
      provider: 'anthropic',
      request_model: 'claude-haiku-4-5',
      usage: {
        input_tokens: 300,
        cache_creation_input_tokens: 1_000,
        output_tokens: 120,
        service_tier: 'standard',
      },
      user_id: 'u2',
    },
    // (300 x 1 + 1,000 x 1.25 + 120 x 5) / 10^6
    row: 'anthropic 300/0/1000/120/0 0.00215 provider u2',
  },
  {
    call: {
      provider: 'google',
      request_model: 'gemini-2.5-flash',
      usage: {
        promptTokenCount: 1_000,
        cachedContentTokenCount: 100,
        candidatesTokenCount: 60,
        thoughtsTokenCount: 40,
        totalTokenCount: 1_100,
      },
      usage_source: 'provider_partial',
      user_id: 'u3',
    },
    // (900 x 0.3 + 100 x 0.03 + 100 x 2.5) / 10^6
    row: 'google 900/100/0/60/40 0.000523 provider_partial u3',
  },
  {
    call: {
      provider: 'anthropic',
      request_model: 'claude-haiku-4-5',
      tokens: { input: 100, output: 10 },
      units: { web_search: 2 },
      user_id: 'u4',
    },
    // (100 x 1 + 10 x 5) / 10^6 + 2 x 0.01
    row: 'anthropic 100/0/0/10/0 0.02015 provider u4',
  },
  {
    call: { provider: 'openai', request_model: 'gpt-5.4', tokens: { input: 0, output: 0 }, user_id: 'u5' },
    row: 'openai 0/0/0/0/0 0 provider u5',
  },
  {
    call: { provider: 'openai', request_model: 'gpt-99-imaginary', tokens: { input: 5 }, user_id: 'u6' },
    row: 'openai 5/0/0/0/0 null provider u6',
  },
  {
    call: {
      provider: 'openai',
      request_model: 'gpt-5.4',
      status: 'error',
      error_type: 'timeout',
      user_id: 'u7',
    },
    row: 'openai 0/0/0/0/0 null none u7',
  },
]

/** What no program may send: nobody could say which event it is, or where it belongs. One a line. */
export const UNSENDABLE: readonly string[] = [
  'no json',
  '[]',
  '{"provider":"openai","request_model":"gpt-5.4","tokens":{"input":1}}',
  '{"provider":"openai","request_model":"gpt-5.4","tokens":{"input":1},"occurred_at":"2026-11-24T09:30:05"}',
  '{"provider":"openai","request_model":"gpt-5.4","tokens":{"input":1},"occurred_at":"2026-02-30T09:30:05Z"}',
  '{"request_model":"gpt-5.4","tokens":{"input":1},"occurred_at":"2026-11-24T09:30:05Z"}',
  '{"provider":"openai","feature":7,"tokens":{"input":1},"occurred_at":"2026-11-24T09:30:05Z"}',
  '{"provider":"openai","feture":"x","tokens":{"input":1},"occurred_at":"2026-11-24T09:30:05Z"}',
  '{"provider":"openai","tokens":{"input":1.5},"occurred_at":"2026-11-24T09:30:05Z"}',
  '{"provider":"openai","tokens":{"inputs":1},"occurred_at":"2026-11-24T09:30:05Z"}',
]
