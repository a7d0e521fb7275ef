import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { normaliseOtel } from '#core/normalise/otel.ts'
import { inputTotal, outputTotal } from '#core/tokens.ts'
import { check, type Fixture, read, refusal } from './dialect-kit.ts'

const SPLIT = { input: 1200, cache_read: 500, cache_write_5m: 300, output: 40, reasoning: 10 }

const FIXTURES: readonly Fixture[] = [
  {
    what: 'the names of the convention: input includes the cache, output the reasoning',
    usage: {
      'gen_ai.usage.input_tokens': 2000,
      'gen_ai.usage.cache_read.input_tokens': 500,
      'gen_ai.usage.cache_creation.input_tokens': 300,
      'gen_ai.usage.output_tokens': 50,
      'gen_ai.usage.reasoning.output_tokens': 10,
      'gen_ai.response.model': 'claude-sonnet-4-5',
      'gen_ai.response.finish_reasons': ['stop'],
    },
    buckets: SPLIT,
  },
  {
    what: 'the names of older conventions and of OpenLLMetry',
    usage: {
      'gen_ai.usage.prompt_tokens': 2000,
      'gen_ai.usage.completion_tokens': 50,
      'llm.usage.total_tokens': 2050,
      'gen_ai.usage.cache_read_input_tokens': 500,
      'gen_ai.usage.cache_creation_input_tokens': 300,
      'gen_ai.usage.reasoning_tokens': 10,
    },
    buckets: SPLIT,
  },
  {
    what: 'an object within an object',
    usage: {
      gen_ai: {
        usage: {
          input_tokens: 2000,
          output_tokens: 50,
          cache_read: { input_tokens: 500 },
          cache_creation: { input_tokens: 300 },
          reasoning: { output_tokens: 10 },
        },
      },
    },
    buckets: SPLIT,
  },
  {
    what: 'names without what comes before them',
    usage: {
      input_tokens: 2000,
      output_tokens: 50,
      'cache_read.input_tokens': 500,
      'cache_creation.input_tokens': 300,
      'reasoning.output_tokens': 10,
    },
    buckets: SPLIT,
  },
  {
    what: 'an emitter that passes a net input through: more cache than input',
    usage: {
      'gen_ai.usage.input_tokens': 5,
      'gen_ai.usage.cache_read.input_tokens': 128_955,
      'gen_ai.usage.cache_creation.input_tokens': 1253,
      'gen_ai.usage.output_tokens': 0,
    },
    buckets: { input: 5, cache_read: 128_955, cache_write_5m: 1253 },
  },
  {
    what: 'an emitter of net input whose total says so',
    usage: {
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.cache_read.input_tokens': 500,
      'gen_ai.usage.output_tokens': 50,
      'gen_ai.usage.total_tokens': 1550,
    },
    buckets: { input: 1000, cache_read: 500, output: 50 },
  },
  {
    what: 'an embedding',
    usage: { 'gen_ai.operation.name': 'embeddings', 'gen_ai.usage.input_tokens': 8 },
    buckets: { input: 8 },
  },
]

describe('GenAI attributes', () => {
  for (const fixture of FIXTURES) it(fixture.what, () => check(fixture, normaliseOtel(fixture.usage)))

  it('name the tier that served the call', () => {
    const usage = {
      'gen_ai.usage.input_tokens': 1,
      'gen_ai.usage.output_tokens': 1,
      'openai.response.service_tier': 'flex',
    }
    assert.deepEqual(read(normaliseOtel(usage)).served, { service_tier: 'flex' })
  })

  it('that do not add up are inconsistent', () => {
    for (const parts of [{ total_tokens: 7 }, { reasoning_tokens: 2 }]) {
      const usage = { input_tokens: 5, output_tokens: 1, ...parts }
      assert.equal(read(normaliseOtel(usage)).consistent, false)
    }
  })

  it('that are no counts are refused by their own name', () => {
    const text = { 'gen_ai.usage.input_tokens': '5', 'gen_ai.usage.output_tokens': 1 }
    assert.deepEqual(
      [refusal(normaliseOtel(text)).code, refusal(normaliseOtel(text)).field],
      ['wrong_type', 'usage.gen_ai.usage.input_tokens'],
    )
    const none = refusal(normaliseOtel({ 'gen_ai.usage.input_tokens': 5 }))
    assert.equal(none.field, 'usage.gen_ai.usage.output_tokens')
    assert.equal(refusal(normaliseOtel({})).code, 'bad_usage')
  })

  it('become disjoint buckets that sum to input and output', () => {
    const n = fc.nat(1000)
    fc.assert(
      fc.property(fc.record({ fresh: n, hit: n, written: n, text: n, think: n }), p => {
        const input = p.fresh + p.hit + p.written
        const { tokens, consistent } = read(
          normaliseOtel({
            'gen_ai.usage.input_tokens': input,
            'gen_ai.usage.cache_read.input_tokens': p.hit,
            'gen_ai.usage.cache_creation.input_tokens': p.written,
            'gen_ai.usage.output_tokens': p.text + p.think,
            'gen_ai.usage.reasoning.output_tokens': p.think,
          }),
        )
        assert.equal(consistent, true)
        assert.deepEqual([inputTotal(tokens), outputTotal(tokens)], [input, p.text + p.think])
        assert.deepEqual([tokens.input, tokens.output], [p.fresh, p.text])
      }),
      { numRuns: 200 },
    )
  })
})
