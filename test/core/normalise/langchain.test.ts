import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { normaliseLangchain } from '#core/normalise/langchain.ts'
import { inputTotal, outputTotal, TOKEN_BUCKETS } from '#core/tokens.ts'
import { check, type Fixture, read, refusal } from './dialect-kit.ts'

const FIXTURES: readonly Fixture[] = [
  {
    what: 'the example of the documentation',
    usage: {
      input_tokens: 350,
      output_tokens: 240,
      total_tokens: 590,
      input_token_details: { audio: 0, cache_creation: 200, cache_read: 100 },
      output_token_details: { audio: 10, reasoning: 200 },
    },
    buckets: {
      input: 50,
      cache_read: 100,
      cache_write_5m: 200,
      output: 30,
      output_audio: 10,
      reasoning: 200,
    },
  },
  {
    what: 'Anthropic with the split by lifetime, where cache_creation is 0',
    usage: {
      input_tokens: 24_675,
      output_tokens: 12,
      total_tokens: 24_687,
      input_token_details: {
        cache_read: 14_265,
        cache_creation: 0,
        ephemeral_5m_input_tokens: 2,
        ephemeral_1h_input_tokens: 10_406,
      },
    },
    buckets: { input: 2, cache_read: 14_265, cache_write_5m: 2, cache_write_1h: 10_406, output: 12 },
  },
  {
    what: 'Anthropic where cache_creation is the whole of the split',
    usage: {
      input_tokens: 1010,
      output_tokens: 5,
      total_tokens: 1015,
      input_token_details: {
        cache_read: null,
        cache_creation: 1000,
        ephemeral_5m_input_tokens: 400,
        ephemeral_1h_input_tokens: 280,
      },
    },
    buckets: { input: 10, cache_write_5m: 720, cache_write_1h: 280, output: 5 },
  },
  {
    what: 'Gemini whose thoughts lie beside the output',
    usage: {
      input_tokens: 10,
      output_tokens: 20,
      total_tokens: 35,
      input_token_details: { cache_read: 0 },
      output_token_details: { reasoning: 5 },
    },
    buckets: { input: 10, output: 20, reasoning: 5 },
  },
  {
    what: 'an integration that passes a net input through',
    usage: {
      input_tokens: 10,
      output_tokens: 20,
      total_tokens: 90,
      input_token_details: { cache_read: 50, cache_creation: 10 },
    },
    buckets: { input: 10, cache_read: 50, cache_write_5m: 10, output: 20 },
  },
]

describe('usage_metadata', () => {
  for (const fixture of FIXTURES) it(fixture.what, () => check(fixture, normaliseLangchain(fixture.usage)))

  it('of OpenAI names the tier before the details', () => {
    const usage = read(
      normaliseLangchain({
        input_tokens: 100,
        output_tokens: 50,
        total_tokens: 150,
        input_token_details: { priority: 60, priority_cache_read: 40 },
        output_token_details: { priority: 30, priority_reasoning: 20 },
      }),
    )
    assert.deepEqual([usage.tokens.cache_read, usage.tokens.reasoning], [40, 20])
    assert.deepEqual(usage.served, { service_tier: 'priority' })
  })

  it('that does not add up is inconsistent', () => {
    for (const usage of [
      { input_tokens: 5, output_tokens: 1, total_tokens: 7 },
      { input_tokens: 5, output_tokens: 1, output_token_details: { reasoning: 2 } },
      {
        input_tokens: 50,
        output_tokens: 1,
        input_token_details: { cache_creation: 10, ephemeral_1h_input_tokens: 20 },
      },
    ]) {
      assert.equal(read(normaliseLangchain(usage)).consistent, false)
    }
  })

  it('with what is no count is refused with the path', () => {
    const details = { cache_read: '5' }
    const bad = refusal(
      normaliseLangchain({ input_tokens: 5, output_tokens: 1, input_token_details: details }),
    )
    assert.deepEqual([bad.code, bad.field], ['wrong_type', 'usage.input_token_details.cache_read'])
    assert.equal(refusal(normaliseLangchain({ output_tokens: 1 })).field, 'usage.input_tokens')
  })

  it('becomes disjoint buckets that sum to the total, or is inconsistent', () => {
    const n = fc.nat(1000)
    fc.assert(
      fc.property(fc.record({ fresh: n, read: n, w5: n, w1: n, text: n, think: n, off: fc.nat(1) }), p => {
        const input = p.fresh + p.read + p.w5 + p.w1
        const total = input + p.text + p.think
        const usage = read(
          normaliseLangchain({
            input_tokens: input,
            output_tokens: p.text + p.think,
            total_tokens: total + p.off * 100_000,
            input_token_details: {
              cache_read: p.read,
              cache_creation: p.w5 + p.w1,
              ephemeral_5m_input_tokens: p.w5,
              ephemeral_1h_input_tokens: p.w1,
            },
            output_token_details: { reasoning: p.think },
          }),
        )
        assert.equal(usage.consistent, p.off === 0)
        assert.ok(TOKEN_BUCKETS.every(bucket => usage.tokens[bucket] >= 0))
        if (p.off === 0) assert.equal(inputTotal(usage.tokens) + outputTotal(usage.tokens), total)
      }),
      { numRuns: 200 },
    )
  })
})
