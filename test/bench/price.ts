// What normalising and pricing cost on one core, for buckets that are ready and for providers' usage objects; in the same run
// a float multiplication of the same tokens (what exactness costs) and genai-prices on the same calls (what others take).
// And what the shipped book costs a service that starts.

import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { calcPrice, type Usage } from '@pydantic/genai-prices'
import { normaliseEvent } from '#core/normalise/index.ts'
import type { UsageObject } from '#core/normalise/types.ts'
import { priceEvent } from '#core/price.ts'
import type { PriceBook } from '#core/price-book.ts'
import { noTokens, type Tokens } from '#core/tokens.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import { type Bench, cpuClock, type Measurement } from './bench.ts'
import { benchEvent } from './events.ts'

const EVENTS = 4_000
/** Rounds over all events: the first ones do not count, compiling is no cost of an event. */
const WARM_UP = 10
const ROUNDS = 40

export const price: Bench = {
  name: 'price',
  what: 'normalising and pricing on one core, and the shipped book at start-up',
  async run() {
    const book = await loadPriceBook()
    const calls = Array.from({ length: EVENTS }, (_, i) => callOf(i, Date.now()))
    const ready = calls.map(({ event }) => event)
    const raw = calls.map(({ event, usage }) => withRaw(event, usage))
    const start = await startUp()
    return [
      perSecond('ready buckets', ready, event => priced(event, book)),
      perSecond('raw usage', raw, event => priced(event, book)),
      perSecond('  of it normalising', raw, event => normalised(event).event.tokens.input),
      perSecond('float multiplication', calls, floatCost),
      perSecond('genai-prices calcPrice', calls, genaiCost, 4),
      { name: 'book: load, check, compile', value: Math.round(start.ms), unit: 'ms' },
      { name: 'book: heap', value: tenths(start.bytes), unit: 'MB' },
      { name: 'book: heap, every rule asked', value: tenths(start.bytesOfAll), unit: 'MB' },
    ]
  },
}

interface Call {
  readonly event: UsageEvent
  readonly usage: UsageObject
  /** USD per token, as a program without a ledger would write it. */
  readonly rates: readonly [input: number, read: number, write: number, output: number]
  /** As genai-prices wants it: parents include their parts. */
  readonly inclusive: Usage
}

interface Kind {
  readonly provider: string
  readonly model: string
  readonly rates: Call['rates']
  readonly usage: (tokens: Tokens) => UsageObject
}

const KINDS: readonly Kind[] = [
  {
    provider: 'openai',
    model: 'gpt-4.1-mini',
    rates: [0.4e-6, 0.1e-6, 0, 1.6e-6],
    usage: t => ({
      prompt_tokens: t.input + t.cache_read,
      completion_tokens: t.output + t.reasoning,
      total_tokens: t.input + t.cache_read + t.output + t.reasoning,
      prompt_tokens_details: { cached_tokens: t.cache_read, audio_tokens: 0 },
      completion_tokens_details: { reasoning_tokens: t.reasoning, audio_tokens: 0 },
    }),
  },
  {
    provider: 'openai',
    model: 'gpt-5.4',
    rates: [2.5e-6, 0.25e-6, 0, 15e-6],
    usage: t => ({
      input_tokens: t.input + t.cache_read,
      input_tokens_details: { cached_tokens: t.cache_read },
      output_tokens: t.output + t.reasoning,
      output_tokens_details: { reasoning_tokens: t.reasoning },
      total_tokens: t.input + t.cache_read + t.output + t.reasoning,
    }),
  },
  {
    provider: 'anthropic',
    model: 'claude-sonnet-4-5',
    rates: [3e-6, 0.3e-6, 3.75e-6, 15e-6],
    usage: t => ({
      input_tokens: t.input,
      cache_creation_input_tokens: t.cache_write_5m,
      cache_read_input_tokens: t.cache_read,
      cache_creation: { ephemeral_5m_input_tokens: t.cache_write_5m, ephemeral_1h_input_tokens: 0 },
      output_tokens: t.output + t.reasoning,
      output_tokens_details: { thinking_tokens: t.reasoning },
      service_tier: 'standard',
    }),
  },
  {
    provider: 'google',
    model: 'gemini-2.5-pro',
    rates: [1.25e-6, 0.125e-6, 0, 10e-6],
    usage: t => ({
      promptTokenCount: t.input + t.cache_read,
      cachedContentTokenCount: t.cache_read,
      candidatesTokenCount: t.output,
      thoughtsTokenCount: t.reasoning,
      totalTokenCount: t.input + t.cache_read + t.output + t.reasoning,
      promptTokensDetails: [{ modality: 'TEXT', tokenCount: t.input + t.cache_read }],
    }),
  },
]

function callOf(i: number, now: number): Call {
  const kind = KINDS[i % KINDS.length]
  if (kind === undefined) throw new Error('no kind of call')
  const tokens: Tokens = {
    ...noTokens(),
    input: 200 + (i % 1_000),
    cache_read: (i * 13) % 8_000,
    cache_write_5m: kind.provider === 'anthropic' ? (i * 7) % 2_000 : 0,
    output: 20 + (i % 300),
    reasoning: (i * 3) % 200,
  }
  const { provider, model, rates } = kind
  const event = { ...benchEvent(i, now), provider, request_model: model, response_model: model, tokens }
  const inclusive = {
    input_tokens: tokens.input + tokens.cache_read + tokens.cache_write_5m,
    cache_read_tokens: tokens.cache_read,
    cache_write_tokens: tokens.cache_write_5m,
    output_tokens: tokens.output + tokens.reasoning,
  }
  return { event, usage: kind.usage(tokens), rates, inclusive }
}

const withRaw = (event: UsageEvent, usage: UsageObject): UsageEvent => ({
  ...event,
  tokens: noTokens(),
  raw_usage: JSON.stringify(usage),
})

function normalised(event: UsageEvent) {
  const outcome = normaliseEvent(event)
  if (outcome.kind !== 'ok') throw new Error(JSON.stringify(outcome))
  return outcome.value
}

function priced(event: UsageEvent, book: PriceBook): number {
  const cost = priceEvent(normalised(event), book)
  if (cost.status !== 'priced') throw new Error(`${event.response_model}: ${cost.status} ${cost.reason}`)
  return Number(cost.costUsd)
}

function floatCost({ event: { tokens }, rates: [input, read, write, output] }: Call): number {
  return (
    tokens.input * input +
    tokens.cache_read * read +
    tokens.cache_write_5m * write +
    (tokens.output + tokens.reasoning) * output
  )
}

function genaiCost({ event, inclusive }: Call): number {
  const timestamp = new Date(event.occurred_at)
  const price = calcPrice(inclusive, event.response_model, { providerId: event.provider, timestamp })
  if (price === null) throw new Error(`genai-prices does not know ${event.response_model}`)
  return price.total_price
}

/** CPU time, so that other work on the machine does not count; `rounds` is fewer for what is slow. */
function perSecond<T>(
  name: string,
  inputs: readonly T[],
  work: (input: T) => number,
  rounds: number = ROUNDS,
): Measurement {
  let sum = 0
  const repeat = (times: number) => {
    for (let n = 0; n < times; n++) for (const input of inputs) sum += work(input)
  }
  repeat(Math.min(WARM_UP, rounds))
  const clock = cpuClock()
  repeat(rounds)
  const seconds = clock.lap()
  // The results are used, or the engine might leave the work out.
  if (!Number.isFinite(sum)) throw new Error(`${name}: a cost is no number`)
  return { name, value: Math.round((inputs.length * rounds) / seconds), unit: 'events/s' }
}

const tenths = (bytes: number): number => Number((bytes / 2 ** 20).toFixed(1))

interface StartUp {
  readonly ms: number
  readonly bytes: number
  readonly bytesOfAll: number
}

async function startUp(): Promise<StartUp> {
  const script = fileURLToPath(new URL('./price-start.ts', import.meta.url))
  const args = ['--expose-gc', '--import', 'tsx', script]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 })
  return JSON.parse(stdout) as StartUp
}
