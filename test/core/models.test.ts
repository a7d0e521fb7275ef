import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isDeploymentName, modelNames, placeOf, plainModelName } from '#core/models.ts'

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
  })
})

it('a fine-tune loses its owner and never becomes its base model', () => {
  assert.deepEqual(modelNames('openai', 'ft:gpt-4.1-mini-2025-04-14:acme::id'), [
    'ft:gpt-4.1-mini-2025-04-14:acme::id',
    'ft:gpt-4.1-mini-2025-04-14',
  ])
})

it('where Bedrock serves from is in the name', () => {
  const places: [name: string, regionClass: string, geo: string][] = [
    ['global.anthropic.claude-opus-4-8', 'global', ''],
    ['eu.anthropic.claude-opus-4-8', 'geo', 'eu'],
    ['anthropic.claude-opus-4-8', 'in_region', ''],
    ['arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-8', 'geo', 'us'],
  ]
  for (const [name, regionClass, geo] of places) {
    assert.deepEqual(placeOf('aws_bedrock', name), { regionClass, geo })
  }
  assert.deepEqual(placeOf('anthropic', 'claude-opus-4-8'), { regionClass: '', geo: '' })
})

it('some names are of a customer’s own, and only an alias knows the model behind them', () => {
  const arn = 'arn:aws:bedrock:us-east-1:123456789012'
  assert.ok(isDeploymentName('azure_openai', 'my-gpt4o-deploy'))
  assert.ok(isDeploymentName('aws_bedrock', `${arn}:application-inference-profile/abc123`))
  assert.ok(isDeploymentName('gcp_vertex', 'projects/p/locations/us-central1/endpoints/42'))
  assert.ok(!isDeploymentName('aws_bedrock', `${arn}:inference-profile/us.anthropic.claude-opus-4-8`))
  assert.ok(!isDeploymentName('openai', 'my-gpt4o-deploy'))
})
