// Calls whose cost is known from bills, documentation and bug reports elsewhere, each with its source: usage to buckets, buckets
// to cost, and, where our shipped book has the model, name and time to cost.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { formatPicos } from '#core/money.ts'
import { READABLE_FORMATS } from '#core/normalise/formats.ts'
import type { EventCost } from '#core/price.ts'
import type { RuleJson } from '#core/price-book-json.ts'
import { inputTotal, noTokens, TOKEN_BUCKETS, type Tokens } from '#core/tokens.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import {
  bookJson,
  compiled,
  type EventParts,
  normalised,
  priced,
  usageEvent,
  withUsage,
} from './pricing-kit.ts'

interface Vector {
  readonly id: string
  readonly provider: string
  readonly model: string
  readonly timestamp?: string
  readonly attributes?: Readonly<Record<string, unknown>>
  readonly usage_shape: string
  readonly usage: Readonly<Record<string, unknown>>
  readonly buckets?: Readonly<Record<string, number>>
  readonly input_total?: number
  readonly rates_usd?: Readonly<Record<string, string>>
  readonly multipliers?: readonly { readonly name: string; readonly factor: string }[]
  readonly expected_cost_usd: string
  readonly known_wrong?: readonly { readonly cost: string }[]
}

const FILE = new URL('../fixtures/pricing-vectors.json', import.meta.url)
const { vectors, disputed } = JSON.parse(readFileSync(FILE, 'utf8')) as {
  readonly vectors: readonly Vector[]
  readonly disputed: readonly { readonly id: string; readonly our_pick: string }[]
}

/** Shapes that no normaliser reads yet. Whoever adds one takes its vectors off this list; nothing is added to it. */
const UNREADABLE = [
  'openrouter-byok-upstream',
  'bedrock-eu-opus45-cache',
  'browseruse-inclusive-cache-write',
  'bedrock-opus47-1h-global',
  'bedrock-inregion-bare-id',
  'bedrock-nemotron-eu-west-2',
  'xai-reasoning-additive',
  'anthropic-stream-cumulative',
]

const BUCKETS: ReadonlySet<string> = new Set(TOKEN_BUCKETS)
const cost = ({ costUsd }: EventCost): string | null => (costUsd === null ? null : formatPicos(costUsd))

const tokensOf = (quantities: Vector['buckets'] = {}): Partial<Tokens> =>
  Object.fromEntries(Object.entries(quantities).filter(([name]) => BUCKETS.has(name)))
const unitsOf = (quantities: Vector['buckets'] = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(quantities).flatMap(([name, n]) => (BUCKETS.has(name) ? [] : [[name, String(n)]])),
  )

describe('usage becomes the buckets that the provider bills', () => {
  const readable = vectors.filter(vector => READABLE_FORMATS.includes(vector.usage_shape))
  for (const vector of readable) {
    it(vector.id, () => {
      const event = withUsage(vector.usage, { provider: vector.provider, usage_format: vector.usage_shape })
      const { event: read, consistent } = normalised(event)
      assert.deepEqual(read.tokens, { ...noTokens(), ...tokensOf(vector.buckets) })
      assert.deepEqual(read.units, unitsOf(vector.buckets))
      assert.equal(consistent, true)
      assert.equal(inputTotal(read.tokens), vector.input_total)
    })
  }

  it('in every shape but those that are listed, and the list can only shrink', () => {
    const unreadable = vectors.filter(
      vector => !readable.includes(vector) && vector.usage_shape !== 'buckets',
    )
    assert.deepEqual(
      unreadable.map(vector => vector.id),
      UNREADABLE,
    )
  })
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

  for (const vector of vectors.filter(
    ({ id, model }) => !UNREADABLE.includes(id) && !model.startsWith('('),
  )) {
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
    assert.equal(disputed.find(({ id }) => id === 'openai-gpt54-at-272000')?.our_pick, '0.68')
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
