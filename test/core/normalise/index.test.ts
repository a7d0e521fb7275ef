import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Refusal } from '#core/errors.ts'
import { READABLE_FORMATS, usageFormatOf } from '#core/normalise/formats.ts'
import { normaliseEvent } from '#core/normalise/index.ts'
import { inputTotal, MAX_TOKENS_PER_BUCKET, noTokens, outputTotal } from '#core/tokens.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import { normalised, usageEvent, withUsage } from '../pricing-kit.ts'

const CHAT = { prompt_tokens: 1200, completion_tokens: 90, prompt_tokens_details: { cached_tokens: 800 } }
const BUCKETS = { input: 400, cache_read: 800, output: 90 }

function refusal(event: UsageEvent): Refusal {
  const outcome = normaliseEvent(event)
  assert.equal(outcome.kind, 'dead-letter', JSON.stringify(outcome))
  return (outcome as Extract<typeof outcome, { kind: 'dead-letter' }>).refusal
}

describe('the usage object', () => {
  it('fills empty buckets and makes the usage the provider’s', () => {
    const { event, consistent, hasUsage } = normalised(withUsage(CHAT, { provider: 'openai' }))
    assert.deepEqual(event.tokens, { ...noTokens(), ...BUCKETS })
    assert.equal(event.usage_source, 'provider')
    assert.deepEqual([consistent, hasUsage], [true, true])
  })

  it('leaves the event that came as it was', () => {
    const sent = withUsage(CHAT, { provider: 'OpenAI' })
    const before = structuredClone(sent)
    normalised(sent)
    assert.deepEqual(sent, before)
  })

  it('agrees with buckets that are filled too, or the event is inconsistent', () => {
    const same = normalised(withUsage(CHAT, { provider: 'openai', tokens: BUCKETS }))
    assert.equal(same.consistent, true)
    const other = normalised(withUsage(CHAT, { provider: 'openai', tokens: { ...BUCKETS, input: 1200 } }))
    assert.equal(other.consistent, false)
    assert.equal(other.event.tokens.input, 1200)
  })

  it('stands above what was written beside it about how the call was served', () => {
    const usage = { input_tokens: 1, output_tokens: 1, speed: 'standard' }
    const { event } = normalised(withUsage(usage, { provider: 'anthropic', speed: 'fast' }))
    assert.equal(event.speed, 'standard')
  })

  it('adds its units to those of the event, and must not contradict them', () => {
    const usage = { input_tokens: 1, output_tokens: 1, server_tool_use: { web_search_requests: 2 } }
    const both = normalised(withUsage(usage, { provider: 'anthropic', units: { code_session: '1' } }))
    assert.deepEqual(both.event.units, { web_search: '2', code_session: '1' })
    assert.equal(both.consistent, true)
    const same = normalised(withUsage(usage, { provider: 'anthropic', units: { web_search: '2.0' } }))
    assert.equal(same.consistent, true)
    const other = normalised(withUsage(usage, { provider: 'anthropic', units: { web_search: '3' } }))
    assert.equal(other.consistent, false)
  })

  it('that is null is no usage; that is no object, or empty, is refused', () => {
    assert.equal(normalised(usageEvent({ provider: 'openai', raw_usage: 'null' })).hasUsage, false)
    for (const raw_usage of ['{', '[]', '"5"', '7']) {
      assert.equal(refusal(usageEvent({ provider: 'openai', raw_usage })).field, 'raw_usage')
    }
    assert.equal(refusal(withUsage({}, { provider: 'openai' })).code, 'bad_usage')
  })

  it('is read by its provider’s shape, or by the one that is named', () => {
    assert.equal(usageFormatOf('openai', { prompt_tokens: 1 }), 'openai_chat')
    assert.equal(usageFormatOf('openai', { input_tokens: 1 }), 'openai_responses')
    assert.equal(usageFormatOf('gcp_vertex', { input_tokens: 1 }), 'anthropic')
    assert.equal(usageFormatOf('gcp_vertex', { promptTokenCount: 1 }), 'gemini')
    assert.equal(usageFormatOf('my-llm', { prompt_tokens: 1 }), undefined)
    const named = normalised(withUsage(CHAT, { provider: 'my-llm', usage_format: 'openai_chat' }))
    assert.deepEqual(named.event.tokens, { ...noTokens(), ...BUCKETS })
  })

  it('in a shape that nobody reads is refused, with what would be read', () => {
    const unknown = refusal(withUsage(CHAT, { provider: 'my-llm' }))
    assert.equal(unknown.code, 'bad_usage')
    assert.equal(unknown.field, 'usage_format')
    assert.equal(
      unknown.expected,
      `one of ${READABLE_FORMATS.join(', ')} (my-llm has no shape of its own here), or tokens instead of usage`,
    )
    assert.equal(
      refusal(withUsage({ foo: 1 }, { provider: 'anthropic' })).expected,
      'one of anthropic, openai_chat, or another shape named in usage_format, or tokens',
    )
    for (const usage_format of ['nobody', 'toString', 'constructor']) {
      assert.equal(refusal(withUsage(CHAT, { provider: 'openai', usage_format })).field, 'usage_format')
    }
  })

  it('in a shape that nobody reads is kept beside buckets that the producer filled', () => {
    const { event, consistent } = normalised(
      withUsage({ foo: 1 }, { provider: 'my-llm', tokens: { input: 5 } }),
    )
    assert.deepEqual([event.tokens.input, event.raw_usage, consistent], [5, '{"foo":1}', true])
  })

  it('whose counts overflow a bucket together is refused', () => {
    const usage = { promptTokenCount: MAX_TOKENS_PER_BUCKET, toolUsePromptTokenCount: 1 }
    assert.equal(refusal(withUsage(usage, { provider: 'google' })).field, 'tokens.input')
  })
})

describe('an event', () => {
  it('gets its provider’s one name', () => {
    assert.equal(normalised(usageEvent({ provider: 'Gemini' })).event.provider, 'google')
  })

  it('without any usage has none, which is not 0', () => {
    const { hasUsage, event } = normalised(usageEvent({ provider: 'openai' }))
    assert.deepEqual([hasUsage, event.usage_source], [false, 'none'])
  })

  it('with an explicit zero has usage', () => {
    const zero = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
    assert.equal(normalised(withUsage(zero, { provider: 'openai' })).hasUsage, true)
    assert.equal(normalised(usageEvent({ usage_source: 'provider' })).hasUsage, true)
  })

  it('with units or tokens has the provider’s usage; an estimate stays one', () => {
    assert.equal(normalised(usageEvent({ units: { page: '1' } })).event.usage_source, 'provider')
    assert.equal(normalised(usageEvent({ tokens: { input: 1 } })).event.usage_source, 'provider')
    const estimate = usageEvent({ tokens: { input: 1 }, usage_source: 'estimated' })
    assert.equal(normalised(estimate).event.usage_source, 'estimated')
  })

  it('whose reported total is not the sum of its buckets is inconsistent', () => {
    const of = (total_tokens_reported: number) =>
      normalised(usageEvent({ tokens: BUCKETS, total_tokens_reported })).consistent
    assert.deepEqual([of(1290), of(1289)], [true, false])
  })

  it('keeps the sum of the provider’s figures, whatever their split', () => {
    const count = fc.nat(1_000_000)
    fc.assert(
      fc.property(count, count, count, count, (text, cached, visible, reasoning) => {
        const usage = {
          prompt_tokens: text + cached,
          completion_tokens: visible + reasoning,
          prompt_tokens_details: { cached_tokens: cached },
          completion_tokens_details: { reasoning_tokens: reasoning },
          total_tokens: text + cached + visible + reasoning,
        }
        const { event, consistent } = normalised(withUsage(usage, { provider: 'openai' }))
        assert.equal(consistent, true)
        assert.equal(inputTotal(event.tokens) + outputTotal(event.tokens), usage.total_tokens)
      }),
    )
  })

  it('does not change when it is normalised again', () => {
    const once = normalised(withUsage(CHAT, { provider: 'openai' }))
    assert.deepEqual(normalised(once.event), once)
  })
})

describe('an aggregate', () => {
  it('has no usage of its own, in whatever case its operation is written', () => {
    for (const operation of [
      'invoke_agent',
      'CHAIN',
      'workflow',
      'invoke_workflow',
      'create_agent',
      'Agent',
    ]) {
      const { event, consistent } = normalised(withUsage(CHAT, { provider: 'openai', operation }))
      assert.deepEqual(event.tokens, noTokens())
      assert.equal(event.total_tokens_reported, 1290)
      assert.notEqual(event.raw_usage, '')
      assert.equal(consistent, true)
    }
    const call = normalised(withUsage(CHAT, { provider: 'openai', operation: 'chat' }))
    assert.deepEqual(call.event.tokens, { ...noTokens(), ...BUCKETS })
  })

  it('does not change when it is normalised again', () => {
    const once = normalised(usageEvent({ operation: 'agent', tokens: BUCKETS, units: { web_search: '1' } }))
    assert.deepEqual(once.event.units, {})
    assert.deepEqual(normalised(once.event), once)
  })
})

describe('a call that was cut off without usage', () => {
  const prompt_parts = { system: 100, history: 20 }

  it('used its prompt at least, which is an estimate', () => {
    for (const parts of [{ status: 'aborted' }, { status: 'error', error_type: 'timeout' }] as const) {
      const { event, hasUsage } = normalised(usageEvent({ ...parts, prompt_parts }))
      assert.deepEqual([event.tokens.input, event.usage_source, hasUsage], [120, 'estimated', true])
    }
  })

  it('has none where the prompt is unknown, the provider turned it down or reported usage', () => {
    assert.equal(normalised(usageEvent({ status: 'aborted' })).hasUsage, false)
    assert.equal(normalised(usageEvent({ status: 'error', error_type: '429', prompt_parts })).hasUsage, false)
    const partial = normalised(withUsage(CHAT, { provider: 'openai', status: 'aborted', prompt_parts }))
    assert.equal(partial.event.tokens.input, 400)
  })
})

describe('the chunks of a stream', () => {
  const start = { type: 'message_start', message: { usage: { input_tokens: 25, output_tokens: 1 } } }

  it('are one usage object', () => {
    const delta = { type: 'message_delta', usage: { output_tokens: 15 } }
    const { event } = normalised(withUsage([start, delta], { provider: 'anthropic' }))
    assert.deepEqual(event.tokens, { ...noTokens(), input: 25, output: 15 })
  })

  it('that broke off are what was known by then', () => {
    const { event } = normalised(withUsage([start], { provider: 'anthropic' }))
    assert.deepEqual([event.tokens.input, event.usage_source], [25, 'provider_partial'])
  })
})
