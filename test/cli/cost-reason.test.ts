import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whyNoCost } from '../../services/cli/cost-reason.ts'

const event = (reason: string, more: object = {}) => ({
  provider: 'openai',
  request_model: 'gpt-9',
  response_model: 'gpt-9-2026-11-01',
  occurred_at: '2026-11-24T09:00:00Z',
  service_tier: 'turbo',
  total_tokens_reported: null,
  input_tokens: 1_000,
  output_tokens: 200,
  cost_usd: null,
  cost_reason: reason,
  ...more,
})

test('a reason is one line that names what was looked up', () => {
  const lines = {
    no_usage: /no usage was reported/,
    model_unknown: /does not have provider openai, model gpt-9-2026-11-01$/,
    no_rule_at_time: /no price for 2026-11-24T09:00:00Z$/,
    'no_rate:cache_write_1h': /no rate for cache_write_1h$/,
    'no_rate:service_tier': /no price for service_tier turbo$/,
    too_large: /a million dollars/,
    something_new: /^no cost: something_new$/,
  }
  for (const [reason, line] of Object.entries(lines)) assert.match(whyNoCost(event(reason)) ?? '', line)
})

test('a contradiction shows both totals where both are known', () => {
  assert.equal(
    whyNoCost(event('inconsistent', { total_tokens_reported: 1_300 })),
    'inconsistent: a total of 1,300 tokens was reported, and its parts add up to 1,200',
  )
  assert.match(whyNoCost(event('inconsistent')) ?? '', /contradict one another/)
  assert.match(
    whyNoCost(event('inconsistent', { total_tokens_reported: 1_200 })) ?? '',
    /contradict one another/,
  )
})

test('an event with a cost needs no word', () => {
  assert.equal(whyNoCost(event('priced_by_request_model', { cost_usd: '0.1' })), undefined)
})
