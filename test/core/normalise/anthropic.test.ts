import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { normaliseAnthropic } from '#core/normalise/anthropic.ts'
import type { NormalisedUsage, UsageObject } from '#core/normalise/types.ts'
import { noTokens } from '#core/tokens.ts'

function read(usage: UsageObject): NormalisedUsage {
  const outcome = normaliseAnthropic(usage)
  assert.equal(outcome.kind, 'ok', JSON.stringify(outcome))
  return (outcome as Extract<typeof outcome, { kind: 'ok' }>).value
}

function refusedField(usage: UsageObject): string {
  const outcome = normaliseAnthropic(usage)
  return outcome.kind === 'dead-letter' ? outcome.refusal.field : ''
}

describe('Messages', () => {
  it('put reads and writes beside the input, and never subtract them', () => {
    const usage = read({
      input_tokens: 5,
      cache_read_input_tokens: 128_955,
      cache_creation_input_tokens: 1253,
      output_tokens: 7,
    })
    assert.deepEqual(usage.tokens, {
      ...noTokens(),
      input: 5,
      cache_read: 128_955,
      cache_write_5m: 1253,
      output: 7,
    })
  })

  it('split writes by lifetime, with the unnamed rest at five minutes', () => {
    const tokens = read({
      input_tokens: 0,
      output_tokens: 0,
      cache_creation_input_tokens: 1000,
      cache_creation: { ephemeral_5m_input_tokens: 400, ephemeral_1h_input_tokens: 280 },
    }).tokens
    assert.deepEqual([tokens.cache_write_5m, tokens.cache_write_1h], [720, 280])
  })

  it('split writes without a sum, and contradict themselves where the split is larger than it', () => {
    const split = { ephemeral_5m_input_tokens: 4, ephemeral_1h_input_tokens: 6 }
    const tokens = read({ input_tokens: 0, output_tokens: 0, cache_creation: split }).tokens
    assert.deepEqual([tokens.cache_write_5m, tokens.cache_write_1h], [4, 6])
    const usage = { input_tokens: 0, output_tokens: 0, cache_creation_input_tokens: 9, cache_creation: split }
    assert.equal(read(usage).consistent, false)
  })

  it('take thinking out of the output', () => {
    const { tokens } = read({
      input_tokens: 1,
      output_tokens: 10,
      output_tokens_details: { thinking_tokens: 4 },
    })
    assert.deepEqual([tokens.output, tokens.reasoning], [6, 4])
  })

  it('may be null where Anthropic documents it, and nowhere else', () => {
    const nulls = { cache_read_input_tokens: null, cache_creation_input_tokens: null, cache_creation: null }
    const words = { server_tool_use: null, service_tier: null, inference_geo: null }
    assert.equal(read({ input_tokens: 3, output_tokens: 4, ...nulls, ...words }).tokens.input, 3)
    assert.equal(refusedField({ input_tokens: null, output_tokens: 4 }), 'usage.input_tokens')
    assert.equal(refusedField({ input_tokens: 3 }), 'usage.output_tokens')
  })

  it('say how they were served', () => {
    const usage = {
      input_tokens: 1,
      output_tokens: 1,
      service_tier: 'batch',
      speed: 'fast',
      inference_geo: 'US',
    }
    assert.deepEqual(read(usage).served, {
      service_tier: 'batch',
      batch: true,
      speed: 'fast',
      inference_geo: 'us',
    })
    assert.equal(refusedField({ input_tokens: 1, output_tokens: 1, speed: 2 }), 'usage.speed')
  })

  it('count web searches as units', () => {
    const usage = { input_tokens: 1, output_tokens: 1, server_tool_use: { web_search_requests: 3 } }
    assert.deepEqual(read(usage).units, { web_search: '3' })
    assert.deepEqual(read({ ...usage, server_tool_use: { web_search_requests: 0 } }).units, {})
  })

  it('bill a compaction on the way, which the figures at the top leave out', () => {
    const usage = read({
      input_tokens: 23_000,
      output_tokens: 1000,
      iterations: [
        { type: 'compaction', input_tokens: 180_000, output_tokens: 3500 },
        { type: 'message', input_tokens: 23_000, output_tokens: 1000 },
      ],
    })
    assert.deepEqual(usage.tokens, { ...noTokens(), input: 203_000, output: 4500 })
    assert.equal(
      refusedField({
        input_tokens: 1,
        output_tokens: 1,
        iterations: [{ type: 'compaction', input_tokens: -1 }],
      }),
      'usage.iterations[0].output_tokens',
    )
  })
})
