import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  canonicalProvider,
  formatsOf,
  ordinaryValues,
  PROVIDERS,
  reportsBilledCost,
} from '#core/providers.ts'

describe('provider names', () => {
  it('of other tools lead to the one that is stored', () => {
    const spellings: Record<string, string> = {
      'openai.responses': 'openai',
      'anthropic.messages': 'anthropic',
      'gcp.gemini': 'google',
      'google.generative-ai': 'google',
      gemini: 'google',
      'gcp.vertex_ai': 'gcp_vertex',
      vertex_ai: 'gcp_vertex',
      'aws.bedrock': 'aws_bedrock',
      'amazon-bedrock': 'aws_bedrock',
      'azure.ai.openai': 'azure_openai',
      azure: 'azure_openai',
      mistral_ai: 'mistral',
      x_ai: 'xai',
      together_ai: 'together',
      moonshot_ai: 'moonshotai',
      dashscope: 'alibaba',
      'github-copilot': 'github_copilot',
      'google-gla': 'google',
      workersai: 'cloudflare',
    }
    for (const [spelling, name] of Object.entries(spellings)) assert.equal(canonicalProvider(spelling), name)
  })

  it('are trimmed and lower-cased, and never guessed', () => {
    assert.equal(canonicalProvider(' OpenAI '), 'openai')
    assert.equal(canonicalProvider(' My-LLM '), 'my-llm')
    assert.equal(canonicalProvider('openai2'), 'openai2')
    assert.equal(canonicalProvider('constructor'), 'constructor')
  })

  it('and their spellings are each there once', () => {
    const all = Object.entries(PROVIDERS).flatMap(([name, entry]) => [name, ...entry.spellings])
    assert.equal(new Set(all).size, all.length)
    for (const name of all) assert.equal(name, name.trim().toLowerCase())
  })
})

it('only providers whose reported cost is their bill are believed', () => {
  assert.equal(reportsBilledCost('openrouter'), true)
  assert.equal(reportsBilledCost('xai'), true)
  assert.equal(reportsBilledCost('perplexity'), true)
  assert.equal(reportsBilledCost('deepinfra'), false)
  assert.equal(reportsBilledCost('openai'), false)
  assert.equal(reportsBilledCost('nobody'), false)
})

it('the shapes of a provider and its ordinary values come from its row', () => {
  assert.deepEqual(formatsOf('openai'), ['openai_chat', 'openai_responses', 'openai_audio'])
  assert.deepEqual(formatsOf('nobody'), [])
  assert.ok(ordinaryValues('anthropic', 'service_tier')?.includes('priority'))
  assert.ok(!ordinaryValues('openai', 'service_tier')?.includes('priority'))
  assert.equal(ordinaryValues('openai', 'inference_geo'), undefined)
})
