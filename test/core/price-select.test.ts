// Every dimension of the format in one book: speed, tier, geography, region, deployment, time of day, contract, alias.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { formatPicos } from '#core/money.ts'
import { ruleAt } from '#core/price-select.ts'
import { compiled, type EventParts, priced, usageEvent } from './pricing-kit.ts'

const FILE = new URL('../fixtures/price-book-dimensions.json', import.meta.url)
const book = compiled(JSON.parse(readFileSync(FILE, 'utf8')))

const MTOK = 1_000_000
const price = (provider: string, model: string, parts: EventParts = {}): string => {
  const cost = priced(
    usageEvent({ provider, response_model: model, tokens: { input: MTOK }, ...parts }),
    book,
  )
  return cost.costUsd === null ? cost.reason : formatPicos(cost.costUsd)
}

describe('selection', () => {
  it('stacks batch and geography on the one-hour write', () => {
    const parts = { tokens: { cache_write_1h: 1000 }, batch: true, inference_geo: 'us' }
    assert.equal(price('anthropic', 'claude-opus-4-8', parts), '0.0055')
  })

  it('takes Bedrock’s place from the name: in a region and in a geography it costs a tenth more', () => {
    assert.equal(price('bedrock', 'global.anthropic.claude-opus-4-8'), '5')
    assert.equal(price('bedrock', 'eu.anthropic.claude-opus-4-8'), '5.5')
    assert.equal(price('bedrock', 'anthropic.claude-opus-4-8-v1:0'), '5.5')
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-opus-4-8'
    assert.equal(price('bedrock', arn), '5.5')
  })

  it('takes what an opaque deployment is from the tenant’s alias', () => {
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc123'
    assert.equal(price('bedrock', arn, { request_model: arn, tenant_id: 'acme' }), '5.5')
    assert.equal(price('bedrock', arn, { request_model: arn }), 'deployment_unmapped')
    const azure = { deployment: 'my-gpt4o-deploy', tenant_id: 'acme' }
    assert.equal(price('azure', 'my-gpt4o-deploy', azure), '2.75')
    assert.equal(price('azure', 'my-gpt4o-deploy', { deployment: 'my-gpt4o-deploy' }), 'deployment_unmapped')
  })

  it('takes the hour of the request, in UTC, on weekdays', () => {
    const at = (time: string) => price('deepseek', 'deepseek-v4-flash', { occurred_at: Date.parse(time) })
    assert.equal(at('2026-08-24T02:00:00Z'), '0.44')
    assert.equal(at('2026-08-24T04:00:00Z'), '0.22')
    assert.equal(at('2026-08-23T02:00:00Z'), '0.22')
    assert.equal(at('2026-08-16T15:59:59Z'), 'no_rule_at_time')
  })

  it('takes the contract of the tenant, while it runs', () => {
    const of = (parts: EventParts) => price('anthropic', 'claude-opus-4-8', { tenant_id: 'acme', ...parts })
    assert.equal(of({}), '4.25')
    assert.equal(of({ occurred_at: Date.parse('2027-01-01T00:00:00Z') }), '5')
    assert.equal(of({ tenant_id: 'other' }), '5')
    const capacity = { deployment: 'prod-gpt5-ptu', tenant_id: 'acme' }
    assert.equal(price('azure_openai', 'gpt-4o-2024-08-06', capacity), '0')
  })

  it('gives the rule of an instant', () => {
    const rules = book.find('anthropic', 'claude-opus-4-8')?.model.rules ?? []
    assert.equal(
      ruleAt(rules, Date.parse('2026-05-28T00:00:00Z'))?.id,
      'anthropic/claude-opus-4-8/2026-05-28',
    )
    assert.equal(ruleAt(rules, Date.parse('2026-05-27T23:59:59Z')), undefined)
  })
})
