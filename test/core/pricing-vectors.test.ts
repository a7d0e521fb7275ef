// Calls whose cost is known from bills, documentation and bug reports elsewhere, each with its source: usage to buckets, buckets
// to cost, and, where our shipped book has the model, name and time to cost.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { eventVersion, responseEventId } from '#core/identity.ts'
import { formatPicos } from '#core/money.ts'
import { formatNamed } from '#core/normalise/formats.ts'
import type { EventCost } from '#core/price.ts'
import { compileWithOverlay } from '#core/price-book.ts'
import type { RuleJson } from '#core/price-book-json.ts'
import { findTarget } from '#core/price-select.ts'
import { inputTotal, noTokens, TOKEN_BUCKETS, type Tokens } from '#core/tokens.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import { disputed, type Vector, vectors } from '../support/pricing-vectors.ts'
import {
  bookJson,
  compiled,
  type EventParts,
  normalised,
  priced,
  usageEvent,
  withUsage,
} from './pricing-kit.ts'

const BUCKETS: ReadonlySet<string> = new Set(TOKEN_BUCKETS)
const cost = ({ costUsd }: EventCost): string | null => (costUsd === null ? null : formatPicos(costUsd))

const tokensOf = (quantities: Vector['buckets'] = {}): Partial<Tokens> =>
  Object.fromEntries(Object.entries(quantities).filter(([name]) => BUCKETS.has(name)))
const unitsOf = (quantities: Vector['buckets'] = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(quantities).flatMap(([name, n]) => (BUCKETS.has(name) ? [] : [[name, String(n)]])),
  )

describe('usage becomes the buckets that the provider bills', () => {
  for (const vector of vectors.filter(({ usage_shape: shape }) => shape !== 'buckets')) {
    it(vector.id, () => {
      assert.notEqual(formatNamed(vector.usage_shape), undefined, vector.usage_shape)
      const event = withUsage(vector.usage, { provider: vector.provider, usage_format: vector.usage_shape })
      const { event: read, consistent } = normalised(event)
      assert.equal(consistent, true)
      // A provider's own cost comes without a split.
      if (vector.buckets === undefined) return
      assert.deepEqual(read.tokens, { ...noTokens(), ...tokensOf(vector.buckets) })
      assert.deepEqual(read.units, unitsOf(vector.buckets))
      assert.equal(inputTotal(read.tokens), vector.input_total)
    })
  }
})

describe('buckets times rates are the known cost', () => {
  const FRACTIONS: Record<string, string> = { '0.5': '1/2', '1.1': '11/10', '0': '0' }

  function ruleOf(vector: Vector): Partial<RuleJson> {
    const rates = Object.entries(vector.rates_usd ?? {}).map(([name, usd]) => [
      name,
      `${usd}/${BUCKETS.has(name) ? 'Mtok' : 'K'}`,
    ])
    const multipliers = (vector.multipliers ?? []).map(({ name, factor }) => ({
      id: name,
      when: { batch: false },
      tokens: FRACTIONS[factor] ?? factor,
    }))
    return { variants: [{ id: 'standard', rates: Object.fromEntries(rates) }], multipliers }
  }

  for (const vector of vectors.filter(({ buckets }) => buckets !== undefined)) {
    it(vector.id, () => {
      const event = usageEvent({
        provider: 'acme',
        response_model: 'm',
        tokens: tokensOf(vector.buckets),
        units: unitsOf(vector.buckets),
      })
      const actual = cost(priced(event, compiled(bookJson([ruleOf(vector)]))))
      assert.equal(actual, vector.expected_cost_usd)
      for (const wrong of vector.known_wrong ?? []) assert.notEqual(actual, wrong.cost)
    })
  }
})

describe('the shipped book knows the price', async () => {
  const book = await loadPriceBook()

  /** As a producer would send it: the provider's usage object and how the call was served. */
  function eventOf(vector: Vector): UsageEvent {
    const { attributes = {} } = vector
    const word = (name: string) => String(attributes[name] ?? '')
    const parts: EventParts = {
      provider: vector.provider.replace(/\(.*/, ''),
      response_model: vector.model,
      service_tier: word('service_tier_served'),
      finish_reason: word('stop_reason'),
      region: word('region'),
      deployment_type: word('deployment_type'),
      capacity: attributes['capacity'] === 'provisioned' ? 'provisioned' : 'on_demand',
      output_started: attributes['output_started'] === false ? false : null,
      batch: attributes['batch'] === true,
      ...(vector.timestamp ? { occurred_at: Date.parse(vector.timestamp) } : {}),
    }
    return vector.usage_shape === 'buckets'
      ? usageEvent({ ...parts, tokens: tokensOf(vector.buckets), units: unitsOf(vector.buckets) })
      : withUsage(vector.usage, { ...parts, usage_format: vector.usage_shape })
  }

  for (const vector of vectors.filter(({ model }) => model !== '(rates in the issue)')) {
    it(vector.id, () => {
      const actual = cost(priced(eventOf(vector), book))
      assert.equal(actual, vector.expected_cost_usd)
      for (const wrong of vector.known_wrong ?? []) assert.notEqual(actual, wrong.cost)
    })
  }

  it('never that of a similar model', () => {
    const reasonOf = (provider: string, response_model: string) =>
      priced(withUsage({ prompt_tokens: 1000, completion_tokens: 0 }, { provider, response_model }), book)
    assert.deepEqual([reasonOf('openai', 'no-such-model')].map(cost), [null])
    assert.equal(reasonOf('openai', 'no-such-model').reason, 'model_unknown')
    assert.equal(cost(reasonOf('openai', 'gpt-5.4-mini')), '0.00075')
  })

  it('and takes the side that we chose where catalogues disagree', () => {
    const at = (provider: string, response_model: string, usage: unknown) =>
      cost(priced(withUsage(usage, { provider, response_model }), book))
    // OpenAI's page says "> 272K": the threshold itself is still short.
    assert.equal(at('openai', 'gpt-5.4', { input_tokens: 272_000, output_tokens: 0 }), '0.68')
    assert.equal(at('openai', 'gpt-5.4', { input_tokens: 272_001, output_tokens: 0 }), '1.360005')
    // One prompt has one length: cached and fresh input are not tested apart.
    const cached = { promptTokenCount: 210_000, cachedContentTokenCount: 150_000, candidatesTokenCount: 1000 }
    assert.equal(at('google', 'gemini-2.5-pro', cached), '0.2025')
    assert.equal(at('anthropic', 'claude-sonnet-4-5', { input_tokens: 250_000, output_tokens: 0 }), '1.5')
    // AWS' price list has the bare name as regional capacity, a tenth dearer than global.
    const million = { inputTokens: 1_000_000, outputTokens: 0 }
    assert.equal(at('aws_bedrock', 'anthropic.claude-sonnet-4-5-20250929-v1:0', million), '3.3')
    // What xAI reports is its bill, whatever catalogues say about cached input.
    const cachedOnly = {
      prompt_tokens: 1_000_000,
      completion_tokens: 0,
      prompt_tokens_details: { cached_tokens: 1_000_000 },
    }
    assert.equal(at('xai', 'grok-4.5', { ...cachedOnly, cost_in_usd_ticks: 9_999_000_000 }), '0.9999')
    assert.deepEqual(disputed.map(({ id }) => id).toSorted(), [
      'bedrock-bare-claude-id',
      'grok45-cached-rate',
      'openai-gpt54-at-272000',
      'sonnet45-above-200k',
      'vertex-gemini-cached-threshold',
    ])
  })
})

describe('how others went wrong', async () => {
  const book = await loadPriceBook()
  const usage = { prompt_tokens: 1_000_000, completion_tokens: 0 }
  const call = (parts: EventParts, prices = book) => priced(withUsage(usage, parts), prices)

  it('a name that a customer gave is nobody’s model without an alias, and the alias’ model with one', () => {
    const deployment: EventParts = { provider: 'azure_openai', request_model: 'my-gpt4o-deploy' }
    const profile: EventParts = {
      provider: 'aws_bedrock',
      request_model: 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123',
    }
    for (const parts of [deployment, profile]) {
      const { costUsd, status, reason } = call(parts)
      assert.deepEqual([costUsd, status, reason], [null, 'unpriced', 'deployment_unmapped'])
    }
    const aliased = compileWithOverlay(book.json, {
      aliases: [{ provider: 'azure_openai', deployment: 'my-gpt4o-deploy', model: 'gpt-4o-2024-08-06' }],
    })
    assert.ok(aliased.kind === 'ok')
    assert.equal(cost(call(deployment, aliased.book)), '2.5')
    assert.equal(findTarget(usageEvent(deployment), aliased.book)?.name, 'gpt-4o-2024-08-06')
  })

  it('names lead to models exactly, without their decorations', () => {
    const resolved = (provider: string, name: string) => {
      const target = book.find(provider, name)
      return target && [target.name, target.regionClass, target.geo]
    }
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-8'
    assert.deepEqual(resolved('aws_bedrock', arn), ['anthropic.claude-opus-4-8', 'geo', 'us'])
    assert.deepEqual(resolved('anthropic', 'claude-opus-4-8[1m]'), ['claude-opus-4-8', '', ''])
    assert.deepEqual(resolved('gcp_vertex', 'claude-haiku-4-5@20251001'), [
      'claude-haiku-4-5-20251001',
      '',
      '',
    ])
    const strange = call({
      provider: 'fireworks',
      response_model: 'accounts/fireworks/models/deepseek-v9-pro',
    })
    assert.equal(strange.reason, 'model_unknown')
  })

  it('cached tokens beyond the prompt are no clamped zero', () => {
    const { costUsd, status } = priced(
      withUsage(
        { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 128_955 } },
        { provider: 'openai', response_model: 'gpt-4o' },
      ),
      book,
    )
    assert.deepEqual([costUsd, status], [null, 'inconsistent_usage'])
  })

  it('copies of one answer are one event, of whose cumulative reports the last counts', () => {
    const id = responseEventId('anthropic', 'msg_2')
    assert.equal(id, responseEventId('claude', 'msg_2'))
    const version = (receivedAt: number) =>
      eventVersion({ usageSource: 'provider_partial', bookSequence: 1, receivedAt })
    assert.ok(version(1_000) < version(2_000) && version(2_000) < version(3_000))
    assert.ok(version(3_000) < eventVersion({ usageSource: 'provider', bookSequence: 1, receivedAt: 9_000 }))
  })

  it('an explicit usage of nothing costs nothing, and no usage at all has no cost', () => {
    const none = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }
    const parts: EventParts = { provider: 'openai', response_model: 'gpt-4o' }
    const { costUsd, status } = priced(withUsage(none, parts), book)
    assert.deepEqual([costUsd, status], [0n, 'priced'])
    assert.equal(
      priced(usageEvent({ ...parts, status: 'aborted', streaming: true }), book).reason,
      'no_usage',
    )
  })
})

describe('rates that stand in an issue', () => {
  it('are kept by a person as a rule of one model', () => {
    const [vector] = vectors.filter(({ id }) => id === 'fireworks-cached')
    assert.ok(vector)
    const rates = { input: '1.4/Mtok', output: '0/Mtok', cache_read: '0.26/Mtok' }
    const book = compiled(bookJson([{ variants: [{ id: 'standard', rates }] }]))
    const event = withUsage(vector.usage, {
      provider: 'acme',
      response_model: 'm',
      usage_format: 'openai_chat',
    })
    assert.equal(cost(priced(event, book)), vector.expected_cost_usd)
  })
})
