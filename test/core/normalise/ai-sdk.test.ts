import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { normaliserOf } from '#core/normalise/formats.ts'
import type { UsageObject } from '#core/normalise/types.ts'
import { inputTotal, outputTotal } from '#core/tokens.ts'
import { check, type Fixture, read, refusal } from './dialect-kit.ts'

function normalise(usage: UsageObject, provider = 'openai') {
  const own = normaliserOf('ai_sdk')
  assert.ok(own)
  return own(usage, provider)
}

const FIXTURES: readonly Fixture[] = [
  {
    what: 'version 4: promptTokens and completionTokens',
    usage: { promptTokens: 10, completionTokens: 20, totalTokens: 30 },
    buckets: { input: 10, output: 20 },
  },
  { what: 'an embedding', usage: { tokens: 8 }, buckets: { input: 8 } },
  {
    what: 'version 5: cached inside the input, reasoning inside the output',
    usage: {
      inputTokens: 1200,
      outputTokens: 300,
      totalTokens: 1500,
      reasoningTokens: 100,
      cachedInputTokens: 800,
    },
    buckets: { input: 400, cache_read: 800, output: 200, reasoning: 100 },
  },
  {
    what: 'version 5 with nulls for what was not given',
    usage: {
      inputTokens: 12,
      outputTokens: 3,
      totalTokens: null,
      reasoningTokens: null,
      cachedInputTokens: null,
    },
    buckets: { input: 12, output: 3 },
  },
  {
    what: 'version 5 of Gemini, whose total puts thoughts beside the output',
    usage: { inputTokens: 7477, outputTokens: 2060, totalTokens: 11_476, reasoningTokens: 1939 },
    provider: 'google',
    buckets: { input: 7477, output: 2060, reasoning: 1939 },
  },
  {
    what: 'version 5 of Anthropic: net, and the total leaves the cache out',
    usage: { inputTokens: 100, outputTokens: 20, totalTokens: 120, cachedInputTokens: 60 },
    provider: 'anthropic',
    buckets: { input: 100, cache_read: 60, output: 20 },
  },
  {
    what: 'version 5 of Bedrock: net, with a total of everything',
    usage: { inputTokens: 10, outputTokens: 20, totalTokens: 90, cachedInputTokens: 60 },
    provider: 'aws_bedrock',
    buckets: { input: 10, cache_read: 60, output: 20 },
  },
  {
    what: 'version 6 as applications get it',
    usage: {
      inputTokens: 2600,
      inputTokenDetails: { noCacheTokens: 200, cacheReadTokens: 2000, cacheWriteTokens: 400 },
      outputTokens: 300,
      outputTokenDetails: { textTokens: 200, reasoningTokens: 100 },
      totalTokens: 2900,
      reasoningTokens: 100,
      cachedInputTokens: 2000,
    },
    provider: 'anthropic',
    buckets: { input: 200, cache_read: 2000, cache_write_5m: 400, output: 200, reasoning: 100 },
  },
  {
    what: 'version 6 as models give it',
    usage: {
      inputTokens: { total: 2600, noCache: 200, cacheRead: 2000, cacheWrite: 400 },
      outputTokens: { total: 300, text: 200, reasoning: 100 },
    },
    provider: 'anthropic',
    buckets: { input: 200, cache_read: 2000, cache_write_5m: 400, output: 200, reasoning: 100 },
  },
  {
    what: 'version 6 without some of the wholes and parts',
    usage: { inputTokens: { noCache: 200, cacheRead: 20 }, outputTokens: { total: 5, text: null } },
    buckets: { input: 200, cache_read: 20, output: 5 },
  },
  {
    what: 'the raw object of Anthropic, which alone knows the lifetime',
    usage: {
      inputTokens: { total: 1010, noCache: 10, cacheRead: 0, cacheWrite: 1000 },
      outputTokens: { total: 5 },
      raw: {
        input_tokens: 10,
        cache_creation_input_tokens: 1000,
        cache_creation: { ephemeral_5m_input_tokens: 720, ephemeral_1h_input_tokens: 280 },
        output_tokens: 5,
      },
    },
    provider: 'anthropic',
    buckets: { input: 10, cache_write_5m: 720, cache_write_1h: 280, output: 5 },
  },
  {
    what: 'the raw object of Gemini, with the tool prompt that the SDK leaves out',
    usage: {
      inputTokens: { total: 100, noCache: 100, cacheRead: 0 },
      outputTokens: { total: 28, text: 20, reasoning: 8 },
      raw: {
        promptTokenCount: 100,
        toolUsePromptTokenCount: 50,
        candidatesTokenCount: 20,
        thoughtsTokenCount: 8,
        totalTokenCount: 178,
      },
    },
    provider: 'google',
    buckets: { input: 150, output: 20, reasoning: 8 },
  },
  {
    what: 'a raw object that nobody knows: the figures of the SDK',
    usage: { inputTokens: { total: 10 }, outputTokens: { total: 5 }, raw: { units: 3 } },
    provider: 'nobody',
    buckets: { input: 10, output: 5 },
  },
]

describe('usage of the AI SDK', () => {
  for (const fixture of FIXTURES) {
    it(fixture.what, () => check(fixture, normalise(fixture.usage, fixture.provider)))
  }

  it('that contradicts itself is inconsistent', () => {
    for (const usage of [
      { inputTokens: 5, outputTokens: 1, totalTokens: 7 },
      { inputTokens: 5, outputTokens: 1, reasoningTokens: 2 },
      { inputTokens: { total: 10, noCache: 9, cacheRead: 2 }, outputTokens: { total: 1 } },
      { inputTokens: { total: 10 }, outputTokens: { total: 5, text: 2, reasoning: 2 } },
    ]) {
      assert.equal(read(normalise(usage)).consistent, false, JSON.stringify(usage))
    }
  })

  it('that the SDK could not tell is refused, not read as 0', () => {
    for (const nothing of [null, Number.NaN, undefined]) {
      const bad = refusal(normalise({ promptTokens: nothing, completionTokens: nothing }))
      assert.equal(bad.field, 'usage.promptTokens')
    }
    assert.equal(refusal(normalise({ inputTokens: 5 })).field, 'usage.outputTokens')
    const empty = { inputTokens: { total: null }, outputTokens: { total: null } }
    assert.equal(refusal(normalise(empty)).field, 'usage.inputTokens.total')
    assert.equal(refusal(normalise({ inputTokens: { total: 5 } })).field, 'usage.outputTokens.total')
    const text = { inputTokens: { total: 5, cacheRead: '2' }, outputTokens: { total: 1 } }
    assert.equal(refusal(normalise(text)).field, 'usage.inputTokens.cacheRead')
  })

  it('becomes the same disjoint buckets in both shapes of version 6, and they sum to the total', () => {
    const n = fc.nat(1000)
    fc.assert(
      fc.property(fc.record({ fresh: n, hit: n, written: n, text: n, think: n }), p => {
        const input = p.fresh + p.hit + p.written
        const output = p.text + p.think
        const model = read(
          normalise({
            inputTokens: { total: input, noCache: p.fresh, cacheRead: p.hit, cacheWrite: p.written },
            outputTokens: { total: output, text: p.text, reasoning: p.think },
          }),
        )
        const application = read(
          normalise({
            inputTokens: input,
            inputTokenDetails: {
              noCacheTokens: p.fresh,
              cacheReadTokens: p.hit,
              cacheWriteTokens: p.written,
            },
            outputTokens: output,
            outputTokenDetails: { textTokens: p.text, reasoningTokens: p.think },
            totalTokens: input + output,
          }),
        )
        assert.equal(model.consistent && application.consistent, true)
        assert.deepEqual(model.tokens, application.tokens)
        assert.equal(inputTotal(model.tokens) + outputTotal(model.tokens), input + output)
        assert.deepEqual([model.tokens.input, model.tokens.output], [p.fresh, p.text])
      }),
      { numRuns: 200 },
    )
  })
})
