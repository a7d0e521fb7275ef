import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { normaliseLitellm } from '#core/normalise/litellm.ts'
import { inputTotal, outputTotal } from '#core/tokens.ts'
import { check, type Fixture, read, refusal } from './dialect-kit.ts'

const FIXTURES: readonly Fixture[] = [
  {
    what: 'Claude with copies of the cache counts and a split by lifetime',
    usage: {
      prompt_tokens: 130,
      completion_tokens: 25,
      total_tokens: 155,
      completion_tokens_details: { reasoning_tokens: 5, text_tokens: 20 },
      prompt_tokens_details: {
        audio_tokens: null,
        cached_tokens: 20,
        text_tokens: 100,
        image_tokens: null,
        cache_write_tokens: 10,
        cache_creation_tokens: 10,
        cache_creation_token_details: { ephemeral_5m_input_tokens: 7, ephemeral_1h_input_tokens: 3 },
      },
      cache_creation_input_tokens: 10,
      cache_read_input_tokens: 20,
    },
    buckets: { input: 100, cache_read: 20, cache_write_5m: 7, cache_write_1h: 3, output: 20, reasoning: 5 },
  },
  {
    what: 'an older version with the copies alone',
    usage: {
      prompt_tokens: 130,
      completion_tokens: 25,
      total_tokens: 155,
      completion_tokens_details: null,
      prompt_tokens_details: null,
      cache_creation_input_tokens: 10,
      cache_read_input_tokens: 20,
    },
    buckets: { input: 100, cache_read: 20, cache_write_5m: 10, output: 25 },
  },
  {
    what: 'a model that hears and speaks',
    usage: {
      prompt_tokens: 100,
      completion_tokens: 60,
      total_tokens: 160,
      prompt_tokens_details: { audio_tokens: 30, cached_tokens: 0 },
      completion_tokens_details: { audio_tokens: 50, reasoning_tokens: 0 },
    },
    buckets: { input: 70, input_audio: 30, output: 10, output_audio: 50 },
  },
  {
    what: 'an embedding',
    usage: { prompt_tokens: 8, total_tokens: 8, completion_tokens: null },
    buckets: { input: 8 },
  },
]

describe('Usage of LiteLLM', () => {
  for (const fixture of FIXTURES) it(fixture.what, () => check(fixture, normaliseLitellm(fixture.usage)))

  it('names searches and how the call was served', () => {
    const usage = read(
      normaliseLitellm({
        prompt_tokens: 17,
        completion_tokens: 5,
        total_tokens: 22,
        server_tool_use: { web_search_requests: 2 },
        prompt_tokens_details: { web_search_requests: 2 },
        service_tier: 'batch',
        inference_geo: 'us',
        speed: 'fast',
      }),
    )
    assert.deepEqual(usage.units, { web_search: '2' })
    assert.deepEqual(usage.served, { service_tier: 'batch', batch: true, inference_geo: 'us', speed: 'fast' })
  })

  it('whose copies differ, or that does not add up, is inconsistent', () => {
    const whole = { prompt_tokens: 50, completion_tokens: 5 }
    for (const parts of [
      { prompt_tokens_details: { cached_tokens: 20 }, cache_read_input_tokens: 21 },
      { prompt_tokens_details: { cached_tokens: 51 } },
      { completion_tokens_details: { reasoning_tokens: 6 } },
      { total_tokens: 56 },
      { total_tokens: 75, prompt_tokens_details: { cached_tokens: 20 } },
    ]) {
      assert.equal(read(normaliseLitellm({ ...whole, ...parts })).consistent, false, JSON.stringify(parts))
    }
  })

  it('with what is no count is refused with the path', () => {
    const usage = { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: -1 } }
    assert.equal(refusal(normaliseLitellm(usage)).field, 'usage.prompt_tokens_details.cached_tokens')
    assert.equal(refusal(normaliseLitellm({ prompt_tokens: 5 })).field, 'usage.completion_tokens')
  })

  it('becomes disjoint buckets that sum to the total', () => {
    const n = fc.nat(1000)
    fc.assert(
      fc.property(fc.record({ fresh: n, hit: n, w5: n, w1: n, text: n, think: n }), p => {
        const prompt = p.fresh + p.hit + p.w5 + p.w1
        const { tokens, consistent } = read(
          normaliseLitellm({
            prompt_tokens: prompt,
            completion_tokens: p.text + p.think,
            total_tokens: prompt + p.text + p.think,
            prompt_tokens_details: {
              cached_tokens: p.hit,
              cache_creation_tokens: p.w5 + p.w1,
              cache_creation_token_details: {
                ephemeral_5m_input_tokens: p.w5,
                ephemeral_1h_input_tokens: p.w1,
              },
            },
            completion_tokens_details: { reasoning_tokens: p.think },
            cache_read_input_tokens: p.hit,
          }),
        )
        assert.equal(consistent, true)
        assert.deepEqual([tokens.input, tokens.cache_write_1h, tokens.output], [p.fresh, p.w1, p.text])
        assert.equal(inputTotal(tokens) + outputTotal(tokens), prompt + p.text + p.think)
      }),
      { numRuns: 200 },
    )
  })
})
