// Prices that other tools got wrong, or that catalogues do not have: each at the hand-kept rates of the provider, exactly.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { formatPicos } from '#core/money.ts'
import type { PriceOverlayJson } from '#core/price-book-json.ts'
import { bookJson, compiled, type EventParts, priced, usageEvent } from './pricing-kit.ts'

const FOLDER = new URL('../../schemas/prices/overlay/', import.meta.url)
const overlays = readdirSync(FOLDER).map(
  file => JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as PriceOverlayJson,
)
const book = compiled({
  ...bookJson([]),
  models: overlays.flatMap(({ models }) => models ?? []),
  rules: overlays.flatMap(({ rules }) => rules ?? []),
})

/** USD of a call; a model is "provider:name" and a time is text. */
function usd(
  model: string,
  parts: Omit<EventParts, 'occurred_at'>,
  at = '2026-11-24T12:00:00Z',
): string | null {
  const [provider = '', ...name] = model.split(':')
  const event = usageEvent({
    ...parts,
    provider,
    response_model: name.join(':'),
    occurred_at: Date.parse(at),
  })
  const { costUsd } = priced(event, book)
  return costUsd === null ? null : formatPicos(costUsd)
}

const input = { tokens: { input: 1_000_000 } }
const both = { tokens: { input: 1_000_000, output: 1_000_000 } }

describe('OpenAI', () => {
  it('prices audio above text, by the snapshot', () => {
    const audio = { tokens: { input_audio: 1000, output_audio: 1000 } }
    assert.equal(usd('openai:gpt-4o-audio-preview', audio), '0.12')
    assert.equal(usd('openai:gpt-4o-audio-preview-2024-10-01', audio), '0.3')
    assert.equal(usd('openai:gpt-4o-mini-audio-preview-2024-12-17', audio), '0.03')
  })

  it('prices a fine-tuned model above its base', () => {
    assert.equal(usd('openai:ft:gpt-4.1-mini-2025-04-14', both), '4')
    assert.equal(usd('openai:gpt-4.1-mini-2025-04-14', both), '2')
    assert.equal(usd('openai:ft:gpt-4o-mini-2024-07-18', { tokens: { cache_read: 1_000_000 } }), '0.15')
  })

  it('prices what was served: flex half, priority by its own list', () => {
    assert.equal(usd('openai:o3', { ...both, service_tier: 'priority' }), '17.5')
    assert.equal(usd('openai:o4-mini-2025-04-16', { ...both, service_tier: 'priority' }), '10')
    assert.equal(usd('openai:o3', { ...both, service_tier: 'flex' }), '5')
    assert.equal(usd('openai:o3', { ...both, service_tier: 'default' }), '10')
    assert.equal(usd('openai:gpt-5-nano', { ...both, service_tier: 'priority' }), null)
  })

  it('doubles a batch above 272,000 tokens as well', () => {
    assert.equal(usd('openai:gpt-5.4', { tokens: { input: 272_000 }, batch: true }), '0.34')
    assert.equal(usd('openai:gpt-5.4', { tokens: { input: 272_001 }, batch: true }), '0.6800025')
  })

  it('prices characters, images and searches', () => {
    assert.equal(usd('openai:tts-1', { units: { character_in: '4095' } }), '0.061425')
    assert.equal(usd('openai:gpt-image-1', { tokens: { input: 100, output_image: 1000 } }), '0.0405')
    assert.equal(usd('openai:gpt-5.1', { units: { web_search: '4' } }), '0.04')
  })
})

describe('Azure', () => {
  it('is a tenth dearer in a data zone and half in a batch', () => {
    const at = (deployment_type: string, batch = false) =>
      usd('azure_openai:gpt-4o-2024-08-06', { ...both, deployment_type, batch })
    assert.equal(at(''), '12.5')
    assert.equal(at('GlobalStandard'), '12.5')
    assert.equal(at('DataZoneStandard'), '13.75')
    assert.equal(at('GlobalBatch'), '6.25')
    assert.equal(at('DataZoneBatch', true), '6.875')
    assert.equal(at('ProvisionedManaged'), '0')
    assert.equal(at('Standard'), null)
    assert.equal(usd('azure_openai:eu/gpt-4o-2024-08-06', both), '13.75')
  })
})

describe('DeepSeek', () => {
  const flash = (at: string) => usd('deepseek:deepseek-v4-flash', input, at)

  it('has peak hours since 2026-08-16T16:00Z, on weekdays, to the minute', () => {
    assert.equal(flash('2026-07-01T02:00:00Z'), '0.14')
    assert.equal(flash('2026-08-16T15:59:59Z'), '0.14')
    assert.equal(flash('2026-08-16T16:00:00Z'), '0.22')
    assert.equal(flash('2026-08-24T00:59:59Z'), '0.22')
    assert.equal(flash('2026-08-24T01:00:00Z'), '0.44')
    assert.equal(flash('2026-08-24T04:00:00Z'), '0.22')
    assert.equal(flash('2026-08-24T09:59:59Z'), '0.44')
    assert.equal(flash('2026-08-23T02:00:00Z'), '0.22')
  })

  it('has none on a public holiday of China', () => {
    assert.equal(flash('2026-10-01T02:00:00Z'), '0.15')
    assert.equal(flash('2026-10-08T02:00:00Z'), '0.3')
  })
})

describe('xAI', () => {
  it('reaches its long context at the threshold, not above it', () => {
    assert.equal(usd('xai:grok-4.5', { tokens: { input: 199_999 } }), '0.399998')
    assert.equal(usd('xai:grok-4.5', { tokens: { input: 200_000 } }), '0.8')
  })

  it('bills what grok-4-latest means now', () => {
    const tokens = { input: 6, cache_read: 192, output: 90 }
    assert.equal(usd('xai:grok-4-latest', { tokens }), '0.0002709')
  })
})

describe('others', () => {
  it('DeepInfra: priority is 1.5 times the standard rate', () => {
    const tokens = { input: 11, output: 5 }
    assert.equal(usd('deepinfra:Qwen/Qwen3.6-35B-A3B', { tokens, service_tier: 'priority' }), '0.000008775')
    assert.equal(usd('deepinfra:Qwen/Qwen3.6-35B-A3B', { tokens, service_tier: 'default' }), '0.00000585')
  })

  it('Mistral: an alias costs what it meant at the time', () => {
    assert.equal(usd('mistral:mistral-large-latest', both, '2025-06-01T00:00:00Z'), '8')
    assert.equal(usd('mistral:mistral-large-latest', both), '2')
  })

  it('Cohere: a search is a unit', () => {
    assert.equal(usd('cohere:rerank-v3.5', { units: { rerank_search: '3' } }), '0.006')
  })
})
