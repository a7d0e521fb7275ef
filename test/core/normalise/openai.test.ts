import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Refusal } from '#core/errors.ts'
import { normaliseOpenaiChat, normaliseOpenaiResponses } from '#core/normalise/openai.ts'
import type { NormalisedUsage } from '#core/normalise/types.ts'
import type { Outcome } from '#core/outcome.ts'
import { noTokens } from '#core/tokens.ts'

const ok = (outcome: Outcome<NormalisedUsage>): NormalisedUsage => {
  assert.equal(outcome.kind, 'ok', JSON.stringify(outcome))
  return (outcome as Extract<typeof outcome, { kind: 'ok' }>).value
}
const refusal = (outcome: Outcome<NormalisedUsage>): Refusal => {
  assert.equal(outcome.kind, 'dead-letter')
  return (outcome as Extract<typeof outcome, { kind: 'dead-letter' }>).refusal
}

describe('Chat Completions', () => {
  it('keep cached tokens inside the prompt and reasoning inside the completion', () => {
    const usage = ok(
      normaliseOpenaiChat({
        prompt_tokens: 1200,
        completion_tokens: 300,
        total_tokens: 1500,
        prompt_tokens_details: { cached_tokens: 800, audio_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 100, rejected_prediction_tokens: 7 },
      }),
    )
    assert.deepEqual(usage.tokens, {
      ...noTokens(),
      input: 400,
      cache_read: 800,
      output: 200,
      reasoning: 100,
    })
    assert.equal(usage.consistent, true)
    assert.equal(usage.totalReported, 1500)
  })

  it('may have details that are null, and fields that we do not know', () => {
    const usage = ok(
      normaliseOpenaiChat({
        prompt_tokens: 1,
        completion_tokens: 2,
        prompt_tokens_details: null,
        queue_time: 0.5,
      }),
    )
    assert.deepEqual(usage.tokens, { ...noTokens(), input: 1, output: 2 })
  })

  it('count audio beside text', () => {
    const usage = ok(
      normaliseOpenaiChat({
        prompt_tokens: 100,
        completion_tokens: 60,
        prompt_tokens_details: { audio_tokens: 30, cached_tokens: 0 },
        completion_tokens_details: { audio_tokens: 50, reasoning_tokens: 0 },
      }),
    )
    assert.deepEqual(usage.tokens, {
      ...noTokens(),
      input: 70,
      input_audio: 30,
      output: 10,
      output_audio: 50,
    })
  })

  it('whose total says that reasoning is beside the completion are believed', () => {
    const usage = ok(
      normaliseOpenaiChat({
        prompt_tokens: 100,
        completion_tokens: 1015,
        total_tokens: 3050,
        completion_tokens_details: { reasoning_tokens: 1935 },
      }),
    )
    assert.deepEqual(usage.tokens, { ...noTokens(), input: 100, output: 1015, reasoning: 1935 })
    assert.equal(usage.consistent, true)
  })

  it('that do not add up are inconsistent, whichever part is too large', () => {
    const contradictions = [
      { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 6 } },
      { prompt_tokens: 5, completion_tokens: 1, completion_tokens_details: { reasoning_tokens: 2 } },
      { prompt_tokens: 5, completion_tokens: 1, total_tokens: 7 },
      {
        prompt_tokens: 9,
        completion_tokens: 1,
        prompt_tokens_details: { cached_tokens: 5, cache_write_tokens: 5 },
      },
    ]
    for (const usage of contradictions) assert.equal(ok(normaliseOpenaiChat(usage)).consistent, false)
  })

  it('without completion_tokens are embeddings if the total agrees', () => {
    assert.deepEqual(ok(normaliseOpenaiChat({ prompt_tokens: 8, total_tokens: 8 })).tokens, {
      ...noTokens(),
      input: 8,
    })
    assert.equal(ok(normaliseOpenaiChat({ prompt_tokens: 8, total_tokens: 9 })).consistent, false)
    assert.equal(refusal(normaliseOpenaiChat({ prompt_tokens: 8 })).field, 'usage.completion_tokens')
  })
})

describe('a count that is none', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [null, 'wrong_type'],
    ['12', 'wrong_type'],
    [true, 'wrong_type'],
    [1.5, 'wrong_type'],
    [Number.NaN, 'wrong_type'],
    [[], 'wrong_type'],
    [-1, 'out_of_range'],
    [2 ** 31 + 1, 'out_of_range'],
    [Number.POSITIVE_INFINITY, 'out_of_range'],
    [2 ** 60, 'out_of_range'],
  ]
  for (const [value, code] of cases) {
    it(`${String(JSON.stringify(value))} (${String(value)}) refuses the event with its path`, () => {
      const nested = refusal(
        normaliseOpenaiChat({
          prompt_tokens: 5,
          completion_tokens: 1,
          prompt_tokens_details: { cached_tokens: value },
        }),
      )
      assert.equal(nested.field, 'usage.prompt_tokens_details.cached_tokens')
      assert.equal(nested.code, code)
      assert.equal(
        refusal(normaliseOpenaiChat({ prompt_tokens: value, completion_tokens: 1 })).field,
        'usage.prompt_tokens',
      )
    })
  }

  it('is refused where it is missing, and where its object is no object', () => {
    assert.equal(refusal(normaliseOpenaiChat({})).code, 'bad_usage')
    assert.equal(
      refusal(normaliseOpenaiChat({ prompt_tokens: 1, completion_tokens: 1, prompt_tokens_details: [] }))
        .field,
      'usage.prompt_tokens_details',
    )
  })
})

describe('Responses', () => {
  it('name cache writes since GPT-5.6', () => {
    const usage = ok(
      normaliseOpenaiResponses({
        input_tokens: 2600,
        input_tokens_details: { cached_tokens: 2000, cache_write_tokens: 400 },
        output_tokens: 300,
        output_tokens_details: { reasoning_tokens: 100 },
        total_tokens: 2900,
      }),
    )
    assert.deepEqual(usage.tokens, {
      ...noTokens(),
      input: 200,
      cache_read: 2000,
      cache_write_5m: 400,
      output: 200,
      reasoning: 100,
    })
  })

  it('of Realtime tell cached audio from cached text', () => {
    const usage = ok(
      normaliseOpenaiResponses({
        input_tokens: 1000,
        input_token_details: {
          audio_tokens: 500,
          cached_tokens: 200,
          cached_tokens_details: { text_tokens: 100, audio_tokens: 100 },
        },
        output_tokens: 100,
        output_token_details: { audio_tokens: 50 },
      }),
    )
    assert.equal(usage.tokens.input_audio, 400)
    assert.equal(usage.tokens.cache_read_audio, 100)
    assert.equal(usage.tokens.cache_read, 100)
    assert.equal(usage.tokens.input, 400)
  })
})
