import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { modelNames, plainModelName, regionClassOf } from '#core/models.ts'

describe('model names', () => {
  const plain: readonly (readonly [provider: string, sent: string, name: string])[] = [
    ['openai', ' GPT-5.4 ', 'gpt-5.4'],
    ['openai', 'openai/gpt-4o', 'gpt-4o'],
    ['google', 'models/gemini-2.5-pro', 'gemini-2.5-pro'],
    ['gcp_vertex', 'publishers/anthropic/models/claude-haiku-4-5@20251001', 'claude-haiku-4-5-20251001'],
    ['anthropic', 'claude-opus-4-8[1m]', 'claude-opus-4-8'],
    ['aws_bedrock', 'anthropic.claude-sonnet-4-5-20250929-v1:0', 'anthropic.claude-sonnet-4-5-20250929'],
    ['aws_bedrock', 'us.anthropic.claude-opus-4-8', 'anthropic.claude-opus-4-8'],
    ['aws_bedrock', 'us-gov.anthropic.claude-opus-4-8', 'anthropic.claude-opus-4-8'],
    ['aws_bedrock', 'cohere.rerank-v3-5:0', 'cohere.rerank-v3-5'],
    [
      'aws_bedrock',
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-8',
      'anthropic.claude-opus-4-8',
    ],
    ['aws_bedrock', 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123', 'abc123'],
  ]
  for (const [provider, sent, name] of plain) {
    it(`${sent.trim()} is ${name}`, () => assert.equal(plainModelName(provider, sent), name))
  }

  it('are looked up as sent first: a name may hold what is decoration elsewhere', () => {
    assert.deepEqual(modelNames('groq', 'openai/gpt-oss-120b'), ['openai/gpt-oss-120b', 'gpt-oss-120b'])
    assert.equal(modelNames('aws_bedrock', 'amazon.titan-embed-text-v2:0')[0], 'amazon.titan-embed-text-v2:0')
  })

  it('lose nothing else: no family, no prefix, no date', () => {
    assert.deepEqual(modelNames('openai', 'gpt-5.4-mini'), ['gpt-5.4-mini'])
    assert.deepEqual(modelNames('openai', 'gpt-4o-2024-08-06'), ['gpt-4o-2024-08-06'])
    assert.deepEqual(modelNames('openai', 'us.gpt-4o-v1:0'), ['us.gpt-4o-v1:0'])
    assert.deepEqual(modelNames('openai', 'ft:gpt-4.1-mini:acme:support:1'), [
      'ft:gpt-4.1-mini:acme:support:1',
    ])
  })
})

it('where Bedrock serves from is in the name', () => {
  assert.equal(regionClassOf('aws_bedrock', 'global.anthropic.claude-opus-4-8'), 'global')
  assert.equal(regionClassOf('aws_bedrock', 'eu.anthropic.claude-opus-4-8'), 'geo')
  assert.equal(regionClassOf('aws_bedrock', 'anthropic.claude-opus-4-8'), 'in_region')
  assert.equal(regionClassOf('anthropic', 'claude-opus-4-8'), '')
})
