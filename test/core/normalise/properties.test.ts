// For every shape: objects whose figures agree give disjoint buckets that sum to what the provider counted.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { inputTotal, outputTotal } from '#core/tokens.ts'
import { normalised, withUsage } from '../pricing-kit.ts'

const count = fc.nat(1_000_000)
const figures = fc.record({
  fresh: count,
  read: count,
  write5m: count,
  write1h: count,
  visible: count,
  reasoning: count,
})
type Figures = typeof figures extends fc.Arbitrary<infer T> ? T : never

interface Shape {
  readonly provider: string
  readonly usageOf: (f: Figures) => object
  /** Which figures the shape can say. */
  readonly sums?: (f: Figures) => number
}

const chat = (f: Figures) => ({
  prompt_tokens: f.fresh + f.read,
  completion_tokens: f.visible + f.reasoning,
  total_tokens: f.fresh + f.read + f.visible + f.reasoning,
  prompt_tokens_details: { cached_tokens: f.read },
  completion_tokens_details: { reasoning_tokens: f.reasoning },
})
const withoutWrites = (f: Figures) => f.fresh + f.read + f.visible + f.reasoning
const all = (f: Figures) => withoutWrites(f) + f.write5m + f.write1h

const SHAPES: Readonly<Record<string, Shape>> = {
  openai_chat: { provider: 'openai', usageOf: chat, sums: withoutWrites },
  openrouter: { provider: 'openrouter', usageOf: f => ({ ...chat(f), cost: 0.1 }), sums: withoutWrites },
  mistral: { provider: 'mistral', usageOf: chat, sums: withoutWrites },
  deepseek: {
    provider: 'deepseek',
    usageOf: f => ({ ...chat(f), prompt_cache_hit_tokens: f.read, prompt_cache_miss_tokens: f.fresh }),
    sums: withoutWrites,
  },
  xai_chat: {
    provider: 'xai',
    usageOf: f => ({ ...chat(f), prompt_tokens: f.fresh + f.read, completion_tokens: f.visible }),
    sums: withoutWrites,
  },
  openai_responses: {
    provider: 'openai',
    usageOf: f => ({
      input_tokens: f.fresh + f.read + f.write5m,
      output_tokens: f.visible + f.reasoning,
      total_tokens: f.fresh + f.read + f.write5m + f.visible + f.reasoning,
      input_tokens_details: { cached_tokens: f.read, cache_write_tokens: f.write5m },
      output_tokens_details: { reasoning_tokens: f.reasoning },
    }),
    sums: f => withoutWrites(f) + f.write5m,
  },
  anthropic: {
    provider: 'anthropic',
    usageOf: f => ({
      input_tokens: f.fresh,
      cache_read_input_tokens: f.read,
      cache_creation_input_tokens: f.write5m + f.write1h,
      cache_creation: { ephemeral_1h_input_tokens: f.write1h },
      output_tokens: f.visible + f.reasoning,
      output_tokens_details: { thinking_tokens: f.reasoning },
    }),
  },
  bedrock_converse: {
    provider: 'aws_bedrock',
    usageOf: f => ({
      inputTokens: f.fresh,
      cacheReadInputTokens: f.read,
      cacheWriteInputTokens: f.write5m + f.write1h,
      cacheDetails: [{ ttl: '1h', inputTokens: f.write1h }],
      outputTokens: f.visible + f.reasoning,
      totalTokens: all(f),
    }),
  },
  gemini: {
    provider: 'google',
    usageOf: f => ({
      promptTokenCount: f.fresh + f.read,
      cachedContentTokenCount: f.read,
      candidatesTokenCount: f.visible,
      thoughtsTokenCount: f.reasoning,
      totalTokenCount: withoutWrites(f),
    }),
    sums: withoutWrites,
  },
  cohere: {
    provider: 'cohere',
    usageOf: f => ({
      billed_units: { input_tokens: f.fresh + f.read, output_tokens: f.visible },
      cached_tokens: f.read,
    }),
    sums: f => f.fresh + f.read + f.visible,
  },
}

describe('buckets are disjoint and sum to the total', () => {
  for (const [name, { provider, usageOf, sums = all }] of Object.entries(SHAPES)) {
    it(name, () => {
      fc.assert(
        fc.property(figures, f => {
          const { event, consistent } = normalised(withUsage(usageOf(f), { provider }))
          assert.equal(consistent, true)
          assert.equal(inputTotal(event.tokens) + outputTotal(event.tokens), sums(f))
          assert.equal(event.tokens.input, f.fresh)
          assert.equal(event.tokens.cache_read, f.read)
        }),
        { numRuns: 50 },
      )
    })
  }
})

it('a total that is off by one is never believed', () => {
  const off: Readonly<Record<string, string>> = {
    openai_chat: 'total_tokens',
    openai_responses: 'total_tokens',
    xai_chat: 'total_tokens',
    mistral: 'total_tokens',
    bedrock_converse: 'totalTokens',
    gemini: 'totalTokenCount',
  }
  const f = { fresh: 10, read: 20, write5m: 5, write1h: 6, visible: 30, reasoning: 40 }
  for (const [name, field] of Object.entries(off)) {
    const shape = SHAPES[name]
    assert.ok(shape)
    const usage = shape.usageOf(f) as Record<string, number>
    const wrong = { ...usage, [field]: (usage[field] ?? 0) + 1 }
    assert.equal(normalised(withUsage(wrong, { provider: shape.provider })).consistent, false, name)
  }
})
