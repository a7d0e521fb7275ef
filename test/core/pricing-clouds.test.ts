// Anthropic, Google, Vertex and Bedrock calls whose cost is known from documentation and bug reports elsewhere: from the
// provider's usage object to the cost, at the rates that we keep by hand, each beside the figure that others got wrong.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { formatPicos } from '#core/money.ts'
import type { EventCost } from '#core/price.ts'
import type { PriceBookJson, PriceOverlayJson } from '#core/price-book-json.ts'
import { compiled, type EventParts, priced, usageEvent, withUsage } from './pricing-kit.ts'

const OVERLAYS = new URL('../../schemas/prices/overlay/', import.meta.url)
const overlay = (provider: string): PriceOverlayJson =>
  JSON.parse(readFileSync(new URL(`${provider}.json`, OVERLAYS), 'utf8')) as PriceOverlayJson

const parts = ['anthropic', 'google', 'gcp_vertex', 'aws_bedrock'].map(overlay)
const bookJson: PriceBookJson = {
  $schema: 'price-book/v1',
  book: { id: 'clouds', version: '1', currency: 'USD' },
  models: parts.flatMap(({ models = [] }) => models),
  rules: parts.flatMap(({ rules = [] }) => rules),
  bucket_fallback: { reasoning: 'output', input_image: 'input', input_video: 'input' },
}
const book = compiled(bookJson)

const FORMATS: Readonly<Record<string, string>> = {
  anthropic: 'anthropic',
  google: 'gemini',
  gcp_vertex: 'gemini',
  aws_bedrock: 'bedrock_converse',
}

/** The cost of a call by its provider's usage object. */
function call(provider: string, model: string, usage: object, served: EventParts = {}): EventCost {
  const usage_format = FORMATS[provider] ?? ''
  return priced(withUsage(usage, { provider, response_model: model, usage_format, ...served }), book)
}

/** The cost of a call whose buckets are filled. */
const filled = (provider: string, response_model: string, event: EventParts): EventCost =>
  priced(usageEvent({ provider, response_model, usage_source: 'provider', ...event }), book)

function costs({ costUsd, reason }: EventCost, right: string, ...wrong: readonly string[]): void {
  const actual = costUsd === null ? `unpriced: ${reason}` : formatPicos(costUsd)
  assert.equal(actual, right)
  for (const figure of wrong) assert.notEqual(actual, figure)
}

const MILLION = 1_000_000
const day = (text: string): EventParts => ({ occurred_at: Date.parse(`${text}T00:00:00Z`) })

describe('Anthropic', () => {
  const SONNET = { input: 1000, output: 100 }

  it('writes to the cache are not billed as input again', () => {
    const usage = { input_tokens: 3, cache_creation_input_tokens: 12_304, output_tokens: 550 }
    costs(call('anthropic', 'claude-3-7-sonnet-20250219', usage), '0.054399', '0.091311')
  })

  it('one-hour writes cost twice the input, five-minute ones 1.25 times', () => {
    const cache_creation = { ephemeral_5m_input_tokens: 200_000, ephemeral_1h_input_tokens: 800_000 }
    const usage = { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: MILLION, cache_creation }
    costs(call('anthropic', 'claude-opus-4-7', usage), '9.25', '6.25')
    const split = { ephemeral_5m_input_tokens: 600_000, ephemeral_1h_input_tokens: 400_000 }
    costs(call('anthropic', 'claude-opus-4-7', { ...usage, cache_creation: split }), '7.75', '6.25')
  })

  it('processing in the US costs a tenth more on every bucket', () => {
    const usage = { input_tokens: 23, output_tokens: 10, inference_geo: 'us' }
    costs(call('anthropic', 'claude-sonnet-4-6', usage), '0.0002409', '0.000219')
  })

  it('batch, US and one-hour writes multiply', () => {
    const usage = {
      input_tokens: 0,
      output_tokens: 0,
      cache_creation_input_tokens: 1000,
      cache_creation: { ephemeral_1h_input_tokens: 1000 },
      service_tier: 'batch',
      inference_geo: 'us',
    }
    costs(call('anthropic', 'claude-opus-4-8', usage), '0.0055', '0.005', '0.01')
  })

  it('a batch halves cached input too', () => {
    const usage = { input_tokens: 1000, cache_read_input_tokens: 10_000, output_tokens: 500 }
    costs(call('anthropic', 'claude-sonnet-4-5', usage, { batch: true }), '0.00675', '0.0135', '0.00825')
  })

  it('fast mode doubles the cache too, and what was served decides', () => {
    const written = { input_tokens: 0, cache_creation_input_tokens: 44_667, output_tokens: 0 }
    costs(call('anthropic', 'claude-opus-4-8', { ...written, speed: 'fast' }), '0.5583375', '0.27916875')
    const read = { input_tokens: 0, cache_read_input_tokens: 6034, output_tokens: 0, speed: 'fast' }
    costs(call('anthropic', 'claude-opus-5', read), '0.006034', '0.003017')
    const standard = { input_tokens: 1000, output_tokens: 100, speed: 'standard' }
    costs(call('anthropic', 'claude-opus-4-6', standard), '0.0075', '0.045')
    costs(call('anthropic', 'claude-opus-5-5', { ...standard, speed: 'fast' }), 'unpriced: no_rate:speed')
  })

  it('long contexts count cached input, from 200,001 tokens on', () => {
    const usage = { input_tokens: 10_000, cache_read_input_tokens: 195_000, output_tokens: 1000 }
    costs(call('anthropic', 'claude-sonnet-4-20250514', usage, day('2025-10-01')), '0.1995', '0.1035')
    const flat = { output_tokens: 0, cache_read_input_tokens: 0 }
    costs(call('anthropic', 'claude-sonnet-4-5', { input_tokens: 200_000, ...flat }), '0.6', '1.2')
    costs(call('anthropic', 'claude-sonnet-4-5', { input_tokens: 200_001, ...flat }), '1.200006', '0.600003')
  })

  it('4.6 has one price over the whole context since 2026-03-13', () => {
    const usage = { input_tokens: 250_000, output_tokens: 0 }
    costs(call('anthropic', 'claude-sonnet-4-6', usage, day('2026-03-12')), '1.5')
    costs(call('anthropic', 'claude-sonnet-4-6', usage, day('2026-03-13')), '0.75', '1.5')
    costs(call('anthropic', 'claude-opus-4-6', usage, day('2026-03-12')), '2.5')
    costs(call('anthropic', 'claude-opus-4-6', usage, day('2026-03-13')), '1.25', '2.5')
  })

  it('a refusal is free before any output and billed after it', () => {
    const refused = { finish_reason: 'refusal', output_started: false }
    const usage = { input_tokens: 1200, output_tokens: 0 }
    costs(call('anthropic', 'claude-opus-5', usage, refused), '0', '0.006')
    costs(
      call('anthropic', 'claude-opus-5', { ...usage, output_tokens: 10 }, { finish_reason: 'refusal' }),
      '0.00625',
    )
  })

  it('searches cost 10 per thousand, fetched pages nothing', () => {
    const searched = { tokens: SONNET, units: { web_search: '3', web_fetch: '5' } }
    costs(filled('anthropic', 'claude-sonnet-4-6', searched), '0.0345', '0.0045')
  })

  it('old models are known by their dated and latest names', () => {
    const usage = { input_tokens: MILLION, output_tokens: 0 }
    for (const [name, usd] of [
      ['claude-3-opus-20240229', '15'],
      ['claude-3-5-sonnet-latest', '3'],
      ['claude-3-5-sonnet-20241022', '3'],
      ['claude-3-haiku-20240307', '0.25'],
      ['claude-opus-4-0', '15'],
    ] as const) {
      costs(call('anthropic', name, usage), usd)
    }
  })
})

describe('Bedrock', () => {
  it('a geography costs a tenth more than global', () => {
    const usage = {
      inputTokens: 10,
      cacheReadInputTokens: 66_360,
      cacheWriteInputTokens: 32_435,
      outputTokens: 5120,
    }
    costs(
      call('aws_bedrock', 'eu.anthropic.claude-opus-4-5-20251101-v1:0', { ...usage, totalTokens: 103_925 }),
      '0.400343625',
      '0.047080',
      '0.36394875',
    )
  })

  it('one-hour writes cost twice the input', () => {
    const usage = {
      inputTokens: 0,
      outputTokens: 0,
      cacheWriteInputTokens: MILLION,
      cacheDetails: [{ ttl: '1h', inputTokens: MILLION }],
    }
    costs(call('aws_bedrock', 'global.anthropic.claude-opus-4-7', usage), '10', '6.25')
    costs(call('aws_bedrock', 'us.anthropic.claude-opus-4-7', usage), '11', '10')
    costs(
      call('aws_bedrock', 'anthropic.claude-sonnet-4-20250514-v1:0', usage),
      'unpriced: no_rate:cache_write_1h',
    )
  })

  it('the bare name is served in the region and costs as a geography', () => {
    const usage = {
      inputTokens: MILLION,
      outputTokens: MILLION,
      cacheReadInputTokens: MILLION,
      cacheWriteInputTokens: MILLION,
    }
    costs(
      call('aws_bedrock', 'anthropic.claude-sonnet-4-6', usage, { region: 'us-east-1' }),
      '24.255',
      '22.05',
    )
    costs(call('aws_bedrock', 'global.anthropic.claude-sonnet-4-6', usage), '22.05', '24.255')
    const input = { inputTokens: MILLION, outputTokens: 0 }
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-8'
    costs(call('aws_bedrock', arn, input), '5.5', '5')
    costs(call('aws_bedrock', 'eu.anthropic.claude-3-7-sonnet-20250219-v1:0', input), '3', '3.3')
  })

  it('open models cost what their region costs', () => {
    const nemotron = { inputTokens: MILLION, outputTokens: MILLION }
    const at = (region: string): EventParts => ({ region })
    costs(call('aws_bedrock', 'nvidia.nemotron-super-3-120b', nemotron, at('eu-west-2')), '1.24', '0.8')
    costs(call('aws_bedrock', 'nvidia.nemotron-super-3-120b', nemotron, at('us-east-1')), '0.8', '1.24')
    const qwen = { inputTokens: 15, outputTokens: 2 }
    costs(call('aws_bedrock', 'qwen.qwen3-next-80b-a3b', qwen, at('eu-west-1')), '0.00000552', '0.00000465')
    costs(call('aws_bedrock', 'qwen.qwen3-next-80b-a3b', qwen, at('us-west-2')), '0.00000465')
  })

  it('embeddings and rankings have their own prices', () => {
    const embedded = { tokens: { input: MILLION } }
    costs(filled('aws_bedrock', 'amazon.titan-embed-text-v2:0', embedded), '0.02', '0.1', '0.2')
    costs(filled('aws_bedrock', 'amazon.titan-embed-text-v1', embedded), '0.1')
    costs(filled('aws_bedrock', 'cohere.rerank-v3-5:0', { units: { rerank_search: '1' } }), '0.002')
  })

  it('a service tier without a known price is not priced as standard', () => {
    const usage = { tokens: { input: 1000, output: 10 }, service_tier: 'flex' }
    costs(filled('aws_bedrock', 'amazon.nova-pro-v1:0', usage), 'unpriced: no_rate:service_tier')
    costs(filled('aws_bedrock', 'us.amazon.nova-pro-v1:0', { ...usage, service_tier: 'default' }), '0.000832')
    costs(filled('aws_bedrock', 'us.meta.llama3-3-70b-instruct-v1:0', { tokens: { input: MILLION } }), '0.72')
  })
})

describe('Gemini', () => {
  const prompt = (promptTokenCount: number, rest: object = {}) => ({
    promptTokenCount,
    candidatesTokenCount: 0,
    ...rest,
  })

  it('long contexts begin above 200,000 tokens', () => {
    costs(call('google', 'gemini-2.5-pro', prompt(200_000)), '0.25', '0.5')
    costs(
      call('google', 'gemini-2.5-pro', prompt(200_001, { candidatesTokenCount: 1000 })),
      '0.5150025',
      '0.2600025',
    )
    costs(call('google', 'gemini-3.1-pro-preview', prompt(250_000)), '1', '0.5')
    const cached = { cachedContentTokenCount: 150_000, candidatesTokenCount: 1000 }
    costs(call('google', 'gemini-2.5-pro', prompt(210_000, cached)), '0.2025', '0.10375')
  })

  it('thoughts are billed beside the answer', () => {
    const usage = {
      promptTokenCount: 7477,
      candidatesTokenCount: 2060,
      thoughtsTokenCount: 1939,
      totalTokenCount: 11_476,
    }
    costs(call('google', 'gemini-2.5-pro', usage), '0.04933625', '0.02994625')
  })

  it('grounding is billed by prompt in 2.x and by query in 3.x', () => {
    costs(
      filled('google', 'gemini-3-flash-preview', { units: { web_search: '2' } }),
      '0.028',
      '0.042',
      '0.07',
    )
    costs(filled('google', 'gemini-2.5-flash', { units: { web_search: '1' } }), '0.035', '0.014')
  })

  it('audio is billed at audio rates', () => {
    const tokens = { input: 377, reasoning: 38, output_audio: 47 }
    const live = 'gemini-2.5-flash-native-audio-preview-12-2025'
    costs(filled('google', live, { tokens }), '0.0008285', '0.0003585')
    const spoken = prompt(1000, { promptTokensDetails: [{ modality: 'AUDIO', tokenCount: 1000 }] })
    costs(call('google', 'gemini-2.5-flash', spoken), '0.001', '0.0003')
    costs(call('google', 'gemini-2.0-flash', spoken), '0.0007', '0.0001')
  })

  it('drawn images are billed at image rates', () => {
    const tokens = { input: 100, output_image: 1290 }
    costs(filled('google', 'gemini-2.5-flash-image', { tokens }), '0.03873', '0.003255')
  })

  it('the introductory price of 3.6 Flash ends with 2026', () => {
    const usage = prompt(MILLION, { candidatesTokenCount: MILLION })
    costs(
      call('google', 'gemini-3.6-flash', usage, { occurred_at: Date.parse('2026-12-31T23:59:59Z') }),
      '4.5',
    )
    costs(call('google', 'gemini-3.6-flash', usage, day('2027-01-01')), '9', '4.5')
  })

  it('flex is half and priority 1.8 times', () => {
    const usage = prompt(1000, { candidatesTokenCount: 100 })
    costs(call('google', 'gemini-2.5-pro', usage), '0.00225')
    costs(call('google', 'gemini-2.5-pro', usage, { service_tier: 'flex' }), '0.001125', '0.00225')
    costs(call('google', 'gemini-2.5-pro', usage, { service_tier: 'priority' }), '0.00405', '0.00225')
  })
})

describe('Vertex', () => {
  const HAIKU = { input_tokens: 12, output_tokens: 5 }
  const claude = (region: string): EventParts => ({ region, usage_format: 'anthropic' })

  it('the tier is read from the type of traffic', () => {
    const usage = { promptTokenCount: 7, candidatesTokenCount: 205, totalTokenCount: 212 }
    const flex = { ...usage, trafficType: 'ON_DEMAND_FLEX' }
    costs(call('gcp_vertex', 'gemini-3.5-flash', flex), '0.00092775', '0.0018555')
    costs(call('gcp_vertex', 'gemini-3.5-flash', { ...usage, trafficType: 'ON_DEMAND' }), '0.0018555')
  })

  it('non-global endpoints cost a tenth more', () => {
    costs(call('gcp_vertex', 'claude-haiku-4-5@20251001', HAIKU, claude('global')), '0.000037')
    costs(call('gcp_vertex', 'claude-haiku-4-5@20251001', HAIKU, claude('us-east5')), '0.0000407', '0.000037')
    const usage = { promptTokenCount: 5, candidatesTokenCount: 116 }
    const region = 'us-central1'
    costs(call('gcp_vertex', 'gemini-3.5-flash', usage, { region }), '0.00115665', '0.0010515')
    costs(call('gcp_vertex', 'gemini-3.5-flash', usage, { region, ...day('2026-06-30') }), '0.0010515')
  })

  it('Gemini 2.0 Flash costs more than at the Gemini API', () => {
    const usage = { promptTokenCount: MILLION, candidatesTokenCount: 0 }
    costs(call('gcp_vertex', 'gemini-2.0-flash-001', usage), '0.15', '0.1')
  })
})

describe('every rule of these providers', () => {
  it('names its source and the day on which it was read', () => {
    for (const { id, source } of bookJson.rules) {
      assert.match(source?.url ?? '', /^https:/, id)
      assert.match(source?.checked ?? '', /^2026-\d\d-\d\d$/, id)
    }
  })

  it('prices one-hour writes at twice the input where it prices them', () => {
    for (const { id, variants } of bookJson.rules) {
      for (const { rates } of variants) {
        const [input, write] = [rates?.['input'], rates?.['cache_write_1h']].map(rate =>
          Number.parseFloat(rate ?? '0'),
        )
        if (write) assert.equal(write, 2 * (input ?? 0), id)
      }
    }
  })
})
