import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { normaliseGemini } from '#core/normalise/gemini.ts'
import type { NormalisedUsage, UsageObject } from '#core/normalise/types.ts'
import { noTokens } from '#core/tokens.ts'

function read(usage: UsageObject): NormalisedUsage {
  const outcome = normaliseGemini(usage)
  assert.equal(outcome.kind, 'ok', JSON.stringify(outcome))
  return (outcome as Extract<typeof outcome, { kind: 'ok' }>).value
}

describe('usageMetadata', () => {
  it('has cached tokens inside the prompt, thoughts and tool prompts outside of everything', () => {
    const usage = read({
      promptTokenCount: 1000,
      cachedContentTokenCount: 600,
      toolUsePromptTokenCount: 50,
      candidatesTokenCount: 200,
      thoughtsTokenCount: 80,
      totalTokenCount: 1330,
    })
    assert.deepEqual(usage.tokens, { ...noTokens(), input: 450, cache_read: 600, output: 200, reasoning: 80 })
    assert.equal(usage.consistent, true)
  })

  it('leaves out what is 0', () => {
    assert.deepEqual(read({ promptTokenCount: 7, totalTokenCount: 7 }).tokens, { ...noTokens(), input: 7 })
  })

  it('splits by modality', () => {
    const usage = read({
      promptTokenCount: 1000,
      promptTokensDetails: [
        { modality: 'TEXT', tokenCount: 300 },
        { modality: 'AUDIO', tokenCount: 500 },
        { modality: 'IMAGE', tokenCount: 150 },
        { modality: 'DOCUMENT', tokenCount: 50 },
      ],
      cachedContentTokenCount: 220,
      cacheTokensDetails: [
        { modality: 'AUDIO', tokenCount: 200 },
        { modality: 'TEXT', tokenCount: 20 },
      ],
      candidatesTokenCount: 100,
      candidatesTokensDetails: [{ modality: 'AUDIO', tokenCount: 90 }],
    })
    assert.deepEqual(usage.tokens, {
      ...noTokens(),
      input: 330,
      input_audio: 300,
      input_image: 150,
      cache_read: 20,
      cache_read_audio: 200,
      output: 10,
      output_audio: 90,
    })
  })

  it('is believed where its total says that thoughts are inside the candidates', () => {
    const usage = read({
      promptTokenCount: 10,
      candidatesTokenCount: 50,
      thoughtsTokenCount: 20,
      totalTokenCount: 60,
    })
    assert.deepEqual([usage.tokens.output, usage.tokens.reasoning, usage.consistent], [30, 20, true])
  })

  it('is inconsistent where the total fits neither way', () => {
    const usage = {
      promptTokenCount: 10,
      candidatesTokenCount: 50,
      thoughtsTokenCount: 20,
      totalTokenCount: 81,
    }
    assert.equal(read(usage).consistent, false)
    assert.equal(read({ promptTokenCount: 5, cachedContentTokenCount: 6 }).consistent, false)
  })

  it('comes in snake_case from Python, with null for what is absent', () => {
    const usage = read({
      prompt_token_count: 9,
      candidates_token_count: 4,
      cached_content_token_count: null,
      prompt_tokens_details: [{ modality: 'AUDIO', token_count: 2 }],
      thoughts_token_count: null,
      total_token_count: 13,
      traffic_type: null,
    })
    assert.deepEqual(usage.tokens, { ...noTokens(), input: 7, input_audio: 2, output: 4 })
  })

  it('of the Live API calls the candidates a response', () => {
    assert.equal(read({ promptTokenCount: 1, responseTokenCount: 5, totalTokenCount: 6 }).tokens.output, 5)
  })

  it('names the tier: in serviceTier, or in the traffic type of Vertex', () => {
    const served = (parts: UsageObject) => read({ promptTokenCount: 1, ...parts }).served
    assert.deepEqual(served({ serviceTier: 'SERVICE_TIER_FLEX' }), { service_tier: 'flex' })
    assert.deepEqual(served({ trafficType: 'ON_DEMAND_PRIORITY' }), { service_tier: 'priority' })
    assert.deepEqual(served({ trafficType: 'ON_DEMAND' }), { service_tier: 'on_demand' })
    assert.deepEqual(served({ trafficType: 'PROVISIONED_THROUGHPUT' }), {
      capacity: 'provisioned',
      service_tier: '',
    })
    assert.deepEqual(served({ trafficType: 'TRAFFIC_TYPE_UNSPECIFIED' }), {})
  })

  it('without a prompt count, or with one that is none, is refused', () => {
    for (const usage of [{}, { promptTokenCount: null }, { promptTokenCount: '5' }]) {
      assert.equal(normaliseGemini(usage).kind, 'dead-letter')
    }
    assert.equal(normaliseGemini({ promptTokenCount: 1, promptTokensDetails: {} }).kind, 'dead-letter')
  })
})
