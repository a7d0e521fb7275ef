// A month of a company's LLM calls, made by the warehouse itself: millions of rows in seconds, the same ones each time. Their
// keys hang together as those of real calls do (a session is one user, one feature and few models; a few tenants are most
// of the traffic), since rollups of keys that are drawn independently would hardly be smaller than the events.

import { DAY_MS, startOfDay } from '#core/hours.ts'

export const TENANTS = 500
export const USERS = 50_000
export const FEATURES = 24
const CALLS_OF_A_SESSION = 6

/** USD for a million tokens, in and out; the last reads and writes its own reasoning. */
const MODELS: readonly (readonly [provider: string, model: string, input: number, output: number])[] = [
  ['openai', 'gpt-5.4', 1.25, 10],
  ['openai', 'gpt-5.4-mini', 0.25, 2],
  ['openai', 'gpt-5', 1.25, 10],
  ['openai', 'gpt-5-mini', 0.25, 2],
  ['openai', 'gpt-5-nano', 0.05, 0.4],
  ['openai', 'gpt-4.1', 2, 8],
  ['openai', 'gpt-4.1-mini', 0.4, 1.6],
  ['openai', 'gpt-4o', 2.5, 10],
  ['openai', 'gpt-4o-mini', 0.15, 0.6],
  ['openai', 'o3', 2, 8],
  ['anthropic', 'claude-opus-4-5', 5, 25],
  ['anthropic', 'claude-sonnet-4-5', 3, 15],
  ['anthropic', 'claude-haiku-4-5', 1, 5],
  ['anthropic', 'claude-3-5-haiku', 0.8, 4],
  ['google', 'gemini-3-pro', 2, 12],
  ['google', 'gemini-2.5-pro', 1.25, 10],
  ['google', 'gemini-2.5-flash', 0.3, 2.5],
  ['google', 'gemini-2.5-flash-lite', 0.1, 0.4],
  ['aws_bedrock', 'claude-sonnet-4-5', 3.3, 16.5],
  ['azure_openai', 'gpt-4.1', 2, 8],
  ['mistral', 'mistral-large', 2, 6],
  ['mistral', 'mistral-small', 0.1, 0.3],
  ['deepseek', 'deepseek-chat', 0.28, 0.42],
  ['groq', 'llama-3.3-70b', 0.59, 0.79],
  ['openai', 'text-embedding-3-small', 0.02, 0],
]

const RATES_IN = MODELS.map(([, , input]) => input)
const RATES_OUT = MODELS.map(([, , , output]) => output)

/** Calls by hour of the day, relative. */
const HOUR_WEIGHTS = [2, 2, 1, 1, 1, 2, 4, 8, 13, 17, 18, 17, 14, 16, 18, 17, 15, 12, 9, 7, 6, 5, 4, 3]
const HOURS = HOUR_WEIGHTS.flatMap((weight, hour) => Array<number>(weight).fill(hour))

/** Calls by day of the week from Sunday, relative. */
const WEEKDAY_WEIGHTS = [45, 100, 108, 110, 106, 92, 40]

const hash = (salt: number, of = 'i') => `cityHash64(${of}, ${salt})`
/** In [0, 1). */
const unit = (salt: number, of = 'i') => `(${hash(salt, of)} % 1000003) / 1000003`
/** In whole numbers from 0; the first ones are most of it, as by Zipf's law. */
const skewed = (count: string | number, salt: number, of: string) =>
  `toUInt32(floor(pow(${count} + 1, ${unit(salt, of)}))) - 1`
const oneOf = (values: readonly (string | number)[], index: string) =>
  `[${values.map(value => (typeof value === 'string' ? `'${value}'` : value)).join(', ')}][1 + ${index}]`
const hex = (length: number, salt: number, of = 'i') =>
  `substring(lower(hex(sipHash128(${of}, ${salt}))), 1, ${length})`
/** USD of tokens at each model's rate, exact. */
const usd = (tokens: string, perMillion: readonly number[]) =>
  `toDecimal64(${tokens}, 0) * arrayElement([${perMillion
    .map(rate => `toDecimal64('${(rate / 1e6).toFixed(12)}', 12)`)
    .join(', ')}], 1 + m)`

/** What rows are made from, in order: each may use those before it. */
const DRAWN: readonly (readonly [name: string, expression: string])[] = [
  ['i', 'number'],
  ['s', `intDiv(i, ${CALLS_OF_A_SESSION})`],
  ['tenant', skewed(TENANTS, 1, 's')],
  ['users', `greatest(3, toUInt32(${USERS} * log((tenant + 2) / (tenant + 1)) / log(${TENANTS + 1})))`],
  ['user', skewed('users', 2, 's')],
  ['f', `if(${unit(3, 's')} < 0.3, tenant % ${FEATURES}, ${skewed(FEATURES, 4, 's')})`],
  ['m', `if(${unit(5)} < 0.85, f * 7 % ${MODELS.length}, (f * 7 + 1 + ${hash(6)} % 2) % ${MODELS.length})`],
  ['began', `${oneOf(HOURS, `${hash(7, 's')} % ${HOURS.length}`)} * 3600000 + ${hash(8, 's')} % 3600000`],
  ['gap', `(i % ${CALLS_OF_A_SESSION}) * (2000 + ${hash(9, 's')} % 30000) + ${hash(10)} % 2000`],
  // What a copy of another observer tells of the time: mostly the same, else a little later.
  ['twin', `{copy:UInt8} = 1 AND ${hash(11)} % 10 = 0`],
  ['ms', `least(began + gap + if(twin, 1 + ${hash(12)} % 400, 0), ${DAY_MS - 1})`],
  ['at', `fromUnixTimestamp64Milli({day:Int64} + toInt64(ms), 'UTC')`],
  ['luck', `${hash(13)} % 1000`],
  ['failed', 'luck < 10'],
  ['aborted', 'luck >= 10 AND luck < 15'],
  ['unpriced', 'luck >= 15 AND luck < 25'],
  ['copied', `${hash(35)} % 100 = 0`],
  ['estimated', `{copy:UInt8} = 0 AND copied AND ${hash(14)} % 2 = 0`],
  ['size', `if(failed, 0, toUInt32((300 + f * f * 12) * pow(10, ${unit(15)} - 0.5)))`],
  ['cached', 'if(f % 3 = 0, intDiv(size * 7, 10), 0)'],
  ['written', 'if(f % 6 = 0 AND i % 6 = 0, intDiv(size, 8), 0)'],
  ['fresh', 'size - cached - written'],
  ['said', `if(failed OR m = ${MODELS.length - 1}, 0, toUInt32((40 + f * 9) * pow(12, ${unit(16)} - 0.5)))`],
  ['thought', 'if(m IN (0, 2, 9, 14), said * 3, 0)'],
  ['late', `if(${hash(17)} % 200 = 0, ${hash(18)} % 7200000, 200 + ${hash(19)} % 1500)`],
  ['latency', `400 + said * 11 + ${hash(20)} % 900`],
  [
    'arrived',
    `at + toIntervalMillisecond(latency + late + if({copy:UInt8} = 1, 60000 + ${hash(21)} % 3600000, 0))`,
  ],
  [
    'named',
    oneOf(
      MODELS.map(([provider]) => provider),
      'm',
    ),
  ],
  ['answer', `concat('chatcmpl-', ${hex(28, 22)})`],
  ['c1', usd('fresh', RATES_IN)],
  [
    'c2',
    usd(
      'cached',
      RATES_IN.map(rate => rate / 10),
    ),
  ],
  [
    'c3',
    usd(
      'written',
      RATES_IN.map(rate => rate * 1.25),
    ),
  ],
  ['c4', usd('said + thought', RATES_OUT)],
  ['free', 'failed OR unpriced'],
  ['cost', 'if(unpriced, NULL, c1 + c2 + c3 + c4)'],
]

const version = `bitOr(
    bitShiftLeft(toUInt64(if(estimated, 1, 3)), 62),
    bitOr(bitShiftLeft(toUInt64(1), 44), toUInt64(17592186044415 - toUnixTimestamp64Milli(arrived))))`

const VALUES: Readonly<Record<string, string>> = {
  event_id: `concat('r:', named, ':', answer)`,
  occurred_at: 'at',
  received_at: 'arrived',
  version,
  inserted_at: 'arrived + toIntervalSecond(2)',
  log_id: `'bench'`,
  log_topic: `'llm.usage.v1'`,
  log_partition: `${hash(23)} % 6`,
  log_offset: 'i',
  source: oneOf(['sdk', 'sdk', 'litellm', 'otlp'], 'f % 4'),
  provider: 'named',
  model: `if(unpriced, 'in-house', ${oneOf(
    MODELS.map(([, model]) => model),
    'm',
  )})`,
  request_model: 'model',
  response_model: `concat(model, '-2026-04-14')`,
  response_id: 'answer',
  request_id: hex(16, 24),
  attempt: `1 + (${hash(25)} % 50 = 0)`,
  operation: `if(m = ${MODELS.length - 1}, 'embeddings', 'chat')`,
  service_tier: `if(f % 8 = 5, 'flex', '')`,
  streaming: 'f % 2 = 0',
  status: `multiIf(failed, 'error', aborted, 'aborted', 'ok')`,
  finish_reason: `multiIf(failed, '', ${hash(26)} % 30 = 0, 'length', 'stop')`,
  error_type: `if(failed, ${oneOf(['rate_limit', 'timeout', 'overloaded'], `${hash(27)} % 3`)}, '')`,
  max_output_tokens: '1024 * (1 + f % 4)',
  latency_ms: 'latency',
  time_to_first_token_ms: `200 + ${hash(28)} % 600`,
  tenant_id: `concat('tenant-', toString(tenant))`,
  user_id: `if(f % 12 = 11, '', concat('user-', toString(tenant), '-', toString(user)))`,
  user_segment: oneOf(['free', 'pro', 'enterprise'], 'tenant % 3'),
  team: oneOf(['search', 'support', 'growth', 'platform', 'docs'], 'f % 5'),
  feature: `if(${hash(29, 's')} % 100 = 0, '', concat('feature-', toString(f)))`,
  workflow_id: hex(12, 30, 's'),
  session_id: hex(16, 31, 's'),
  task_type: oneOf(['chat', 'summarise', 'extract', 'classify'], `(f + i % ${CALLS_OF_A_SESSION} % 2) % 4`),
  prompt_id: `concat('prompt-', toString(f))`,
  prompt_version: `concat('v', toString(intDiv(toDayOfMonth(at) + f, 5)))`,
  release: `concat('2026.', toString(toISOWeek(at - toIntervalHour(f))), '.', toString(f % 2))`,
  environment: `if(${hash(32, 's')} % 20 = 0, 'staging', 'prod')`,
  service: `concat('service-', toString(f % 9))`,
  api_key_id: `concat('key-', toString(f % 14))`,
  trace_id: hex(32, 33, 's'),
  span_id: hex(16, 34),
  tags: `if(f % 4 = 0, map('experiment', if(tenant % 2 = 0, 'a', 'b')), map())`,
  uncached_input_tokens: 'fresh',
  cache_read_tokens: 'cached',
  cache_write_5m_tokens: 'written',
  output_text_tokens: 'said',
  reasoning_tokens: 'thought',
  raw_usage: `if(failed OR f % 4 = 3, '', concat('{"prompt_tokens":', toString(size), ',"completion_tokens":',
    toString(said + thought), ',"total_tokens":', toString(size + said + thought),
    ',"prompt_tokens_details":{"cached_tokens":', toString(cached),
    ',"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":', toString(thought), ',"audio_tokens":0}}'))`,
  usage_format: `if(failed OR f % 4 = 3, '', 'openai.chat')`,
  tokens_given: 'failed OR f % 4 = 3',
  usage_source: `multiIf(failed, 'none', estimated, 'estimated', 'provider')`,
  total_tokens_reported: 'if(failed, NULL, size + said + thought)',
  cost_usd: 'cost',
  list_cost_usd: 'cost',
  contracted_cost_usd: 'cost',
  uncached_input_cost_usd: 'if(free, 0, c1)',
  cache_read_cost_usd: 'if(free, 0, c2)',
  cache_write_cost_usd: 'if(free, 0, c3)',
  output_cost_usd: 'if(free, 0, c4)',
  cost_status: `multiIf(failed, 'unbilled', unpriced, 'unpriced', estimated, 'estimated', 'priced')`,
  cost_reason: `if(unpriced, 'unknown_model', '')`,
  price_rule_id: `if(free, '', concat(named, '/', model))`,
  price_variant: `if(free, '', 'standard')`,
  price_book_version: `'2026-11'`,
}

/**
 * Inserts the events of one UTC day that lie in [from, until), ms. Other parameters: `day` (its start, ms), `first` and
 * `count` (numbers of the events), `copy` (1: instead of all events those one in a hundred that come twice, when they come
 * again: late, of half of them better, of a tenth with another time).
 */
export const INSERT_DAY_SQL = `INSERT INTO usage_events (${Object.keys(VALUES).join(', ')})
WITH
  ${DRAWN.map(([name, expression]) => `${expression} AS ${name}`).join(',\n  ')}
SELECT
  ${Object.entries(VALUES)
    .map(([column, value]) => `${value} AS ${column}`)
    .join(',\n  ')}
FROM numbers({first:UInt64}, {count:UInt64})
WHERE ({copy:UInt8} = 0 OR copied) AND at >= fromUnixTimestamp64Milli({from:Int64}, 'UTC')
  AND at < fromUnixTimestamp64Milli({until:Int64}, 'UTC')`

export interface Day {
  readonly start: number
  readonly first: number
  readonly count: number
}

/** The days that the given number of them before `now` touches, and how many events each would have as a whole. */
export function daysOf(events: number, now: number, days: number): Day[] {
  const starts = Array.from({ length: days + 1 }, (_, i) => startOfDay(now) - (days - i) * DAY_MS)
  const weights = starts.map(start => WEEKDAY_WEIGHTS[new Date(start).getUTCDay()] ?? 0)
  // The first and the last of them are only in it in part.
  const lastShare = (now - startOfDay(now)) / DAY_MS
  const shares = starts.map((_, i) => (i === 0 ? 1 - lastShare : i === days ? lastShare : 1))
  const whole = weights.reduce((sum, weight, i) => sum + weight * (shares[i] ?? 0), 0)
  let first = 0
  return starts.map((start, i) => {
    const count = Math.round((events * (weights[i] ?? 0)) / whole)
    const day = { start, first, count }
    first += count
    return day
  })
}
