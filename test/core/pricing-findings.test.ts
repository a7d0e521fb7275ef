// Wrong figures that were found in review, each by its name: what was misread, and what is right.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatPicos } from '#core/money.ts'
import { compileWithOverlay, type PriceBook } from '#core/price-book.ts'
import type { PriceOverlayJson } from '#core/price-book-json.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import { type EventParts, priced, usageEvent, withUsage } from './pricing-kit.ts'

const BOOK = await loadPriceBook()

const answer = (parts: EventParts, usage?: unknown, book: PriceBook = BOOK): string => {
  const event =
    usage === undefined ? usageEvent({ usage_source: 'provider', ...parts }) : withUsage(usage, parts)
  const { costUsd, reason } = priced(event, book)
  return costUsd === null ? reason : formatPicos(costUsd)
}

const withOwn = (overlay: PriceOverlayJson): PriceBook => {
  const result = compileWithOverlay(BOOK.json, overlay)
  assert.deepEqual(result.kind === 'complaints' ? result.complaints : [], [])
  return (result as Extract<typeof result, { kind: 'ok' }>).book
}

describe('a framework’s usage under a provider’s name is not read as the provider’s own', () => {
  const sonnet: EventParts = { provider: 'anthropic', response_model: 'claude-sonnet-4-5' }
  it('LangChain at Anthropic', () => {
    const usage = {
      input_tokens: 1600,
      output_tokens: 50,
      total_tokens: 1650,
      input_token_details: { cache_read: 1000, cache_creation: 500 },
    }
    assert.equal(answer(sonnet, usage), '0.003225')
  })
  it('LangChain at OpenAI', () => {
    const usage = {
      input_tokens: 1000,
      output_tokens: 100,
      total_tokens: 1100,
      input_token_details: { audio: 0, cache_read: 400 },
      output_token_details: { audio: 0, reasoning: 60 },
    }
    assert.equal(answer({ provider: 'openai', response_model: 'gpt-5.4' }, usage), '0.0031')
  })
  it('LiteLLM at Anthropic and OpenAI', () => {
    const usage = {
      prompt_tokens: 1600,
      completion_tokens: 50,
      total_tokens: 1650,
      prompt_tokens_details: { cached_tokens: 1000, cache_creation_tokens: 500 },
    }
    assert.equal(answer(sonnet, usage), '0.003225')
    const copied = {
      prompt_tokens: 1000,
      completion_tokens: 0,
      total_tokens: 1000,
      cache_read_input_tokens: 400,
    }
    assert.equal(answer({ provider: 'openai', response_model: 'gpt-4o' }, copied), '0.002')
  })
  it('the AI SDK at Bedrock', () => {
    const model = 'global.anthropic.claude-sonnet-4-5-20250929-v1:0'
    const usage = { inputTokens: 100, outputTokens: 50, cachedInputTokens: 1000 }
    assert.equal(answer({ provider: 'aws_bedrock', response_model: model }, usage), '0.00135')
  })
  it('OpenTelemetry’s attributes', () => {
    const usage = {
      'gen_ai.usage.input_tokens': 1000,
      'gen_ai.usage.output_tokens': 10,
      'gen_ai.usage.cache_read.input_tokens': 400,
    }
    assert.equal(answer({ provider: 'openai', response_model: 'gpt-4o' }, usage), '0.0021')
  })
})

describe('what served', () => {
  it('is the model of the answer, should an alias be out of date; the alias says where', () => {
    const book = withOwn({
      aliases: [
        {
          provider: 'azure_openai',
          deployment: 'Chat',
          model: 'gpt-4o-2024-08-06',
          deployment_type: 'DataZoneStandard',
        },
      ],
    })
    const call: EventParts = { provider: 'azure_openai', request_model: 'chat', tokens: { input: 100_000 } }
    assert.equal(answer({ ...call, response_model: 'gpt-4.1-2025-04-14' }, undefined, book), '0.22')
    assert.equal(answer(call, undefined, book), '0.275')
  })
  it('is the tier of a stream, whatever was asked for', () => {
    const chunks = [
      {
        service_tier: 'default',
        choices: [],
        usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 },
      },
    ]
    const call: EventParts = { provider: 'openai', response_model: 'gpt-5.4', service_tier: 'priority' }
    assert.equal(answer(call, chunks), '0.004')
  })
  it('is not the speed of another model that helped', () => {
    const usage = {
      input_tokens: 0,
      output_tokens: 0,
      speed: 'fast',
      iterations: [
        { type: 'message', input_tokens: 0, output_tokens: 0 },
        { type: 'advisor_message', model: 'claude-opus-4-5', input_tokens: 1000, output_tokens: 0 },
      ],
    }
    assert.equal(answer({ provider: 'anthropic', response_model: 'claude-opus-5' }, usage), '0.005')
  })
  it('is a place that is written in several ways', () => {
    const parts: EventParts = { provider: 'openai', response_model: 'gpt-5.4', tokens: { input: 1000 } }
    for (const host of ['eu.api.openai.com', 'EU.api.openai.com:443', 'https://eu.api.openai.com/v1']) {
      assert.equal(answer({ ...parts, host }), '0.00275', host)
    }
    assert.equal(answer({ ...parts, host: 'eu.api.openai.com.evil.example' }), '0.0025')
  })
  it('is a traffic type of Vertex beside the usage as well as in it', () => {
    const call: EventParts = {
      provider: 'gcp_vertex',
      response_model: 'gemini-3.5-flash',
      tokens: { input: 7, output: 205 },
    }
    assert.equal(answer({ ...call, service_tier: 'ON_DEMAND_FLEX' }), '0.00092775')
    assert.equal(answer({ ...call, service_tier: 'PROVISIONED_THROUGHPUT' }), '0')
    assert.equal(answer({ ...call, service_tier: 'TRAFFIC_TYPE_UNSPECIFIED' }), '0.0018555')
  })
  it('is capacity that was bought beforehand', () => {
    const tokens = { input: 100, output: 20 }
    const bought: EventParts[] = [
      { provider: 'openai', response_model: 'gpt-4o', service_tier: 'scale' },
      {
        provider: 'aws_bedrock',
        response_model: 'global.anthropic.claude-opus-4-8',
        service_tier: 'reserved',
      },
      { provider: 'azure_openai', response_model: 'gpt-4o-2024-08-06', deployment_type: 'PTU' },
    ]
    for (const parts of bought) assert.equal(answer({ ...parts, tokens }), '0')
  })
})

describe('what a rule says nothing about is refused', () => {
  it('a batch', () => {
    const call: EventParts = {
      provider: 'groq',
      response_model: 'llama-3.3-70b-versatile',
      tokens: { input: 1000 },
    }
    assert.equal(answer(call), '0.00059')
    assert.equal(answer({ ...call, batch: true }), 'no_rate:batch')
  })
  it('a type of deployment at Azure, however the known ones are written', () => {
    const call = (deployment_type: string) =>
      answer({
        provider: 'azure_openai',
        response_model: 'gpt-4o-2024-08-06',
        deployment_type,
        tokens: { input: 1_000_000 },
      })
    assert.equal(call('Data Zone Standard'), '2.75')
    assert.equal(call('GlobalStandard'), '2.5')
    assert.equal(call('DeveloperTier'), 'no_rate:deployment_type')
  })
  it('a region of a model whose price differs by region', () => {
    const call = (region: string) =>
      answer({
        provider: 'aws_bedrock',
        response_model: 'nvidia.nemotron-super-3-120b',
        region,
        tokens: { input: 1_000_000 },
      })
    assert.deepEqual(
      [call('us-east-1'), call('eu-west-2'), call('ap-south-1')],
      ['0.15', '0.23', 'no_rate:region'],
    )
  })
})

describe('own prices', () => {
  const input: EventParts = {
    provider: 'openai',
    response_model: 'gpt-4o-2024-08-06',
    tokens: { input: 1_000_000 },
  }
  const contract = (scope: Record<string, string>) => ({ contracts: [{ id: 'c', scope, tokens: '1/2' }] })

  it('a contract of a model holds by any of its names', () => {
    for (const model of ['gpt-4o', 'GPT-4o-2024-08-06']) {
      assert.equal(answer(input, undefined, withOwn(contract({ provider: 'openai', model }))), '1.25')
    }
  })
  it('a contract of a deployment holds however the call names it', () => {
    const book = withOwn({ contracts: [{ id: 'ptu', scope: { deployment: 'prod-ptu' }, tokens: '0' }] })
    const call: EventParts = { ...input, provider: 'azure_openai', request_model: 'prod-ptu' }
    assert.equal(answer(call, undefined, book), '0')
  })
  it('a contract that can never hold is refused', () => {
    const complaints = (scope: Record<string, string>) => {
      const result = compileWithOverlay(BOOK.json, contract(scope))
      return result.kind === 'complaints' ? result.complaints : []
    }
    assert.deepEqual(complaints({ provider: 'azure' }), [
      'contracts[0].scope.provider: azure is stored as azure_openai',
    ])
    assert.deepEqual(complaints({ model: 'no-such' }), [
      'contracts[0].scope.model: no-such is not among the models',
    ])
  })
  it('a model that is listed again keeps the names that it had', () => {
    const book = withOwn({
      models: [{ provider: 'openai', id: 'gpt-4o', match: { exact: ['gpt-4o', 'our-4o'] } }],
    })
    assert.equal(answer(input, undefined, book), '2.5')
    assert.equal(answer({ ...input, response_model: 'our-4o' }, undefined, book), '2.5')
  })
})

describe('what a stranger stumbled over', () => {
  const call: EventParts = { provider: 'openai', response_model: 'gpt-4o', tokens: { input: 1_000_000 } }

  it('a row names the contract that made it cheaper', () => {
    const book = withOwn({ contracts: [{ id: 'acme-2026', scope: { provider: 'openai' }, tokens: '17/20' }] })
    const { multipliers } = priced(usageEvent(call), book)
    assert.deepEqual(multipliers, ['contract:acme-2026'])
  })
  it('a contract with a provider that has no model can never hold', () => {
    const result = compileWithOverlay(BOOK.json, {
      contracts: [{ id: 'c', scope: { provider: 'antropic' }, tokens: '17/20' }],
    })
    assert.deepEqual(result.kind === 'complaints' && result.complaints, [
      'contracts[0].scope.provider: antropic has no model',
    ])
  })
  it('a unit that a tool’s price list lacks is a missing rate and no unknown model', () => {
    const rule = {
      id: 'pinecone/reads',
      provider: 'pinecone',
      model: '*',
      effective: { from: '2026-01-01T00:00:00Z', to: null },
      variants: [{ id: 'standard', rates: { vector_read: '16/M' } }],
    }
    const tool: EventParts = {
      provider: 'pinecone',
      request_model: 'prod-index',
      units: { vector_write: '5' },
    }
    assert.equal(answer(tool, undefined, withOwn({ rules: [rule] })), 'no_rate:vector_write')
  })
})

it('a later count of a stream never falls below an earlier one', () => {
  const chunks = [
    { type: 'message_start', message: { usage: { input_tokens: 25, output_tokens: 1 } } },
    { type: 'message_delta', usage: { input_tokens: 0, output_tokens: 15 } },
  ]
  assert.equal(answer({ provider: 'anthropic', response_model: 'claude-sonnet-4-5' }, chunks), '0.0003')
})
