import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aliasOf } from '../../services/cli/alias.ts'

const event = (request: string, response: string, model: string, cost: string | null = '1') =>
  aliasOf({ request_model: request, response_model: response, model, cost_usd: cost })

test('a name that was priced under another is named with it', () => {
  assert.equal(
    event('our-deployment', 'gpt-5.4-2026-03-05', 'gpt-5.4'),
    'our-deployment is priced as gpt-5.4, its name in the price book',
  )
  assert.equal(
    event('openrouter/auto', 'gpt-5.4', 'gpt-5.4'),
    'openrouter/auto is priced as gpt-5.4, the model that answered',
  )
  assert.equal(
    event('', 'our-deployment', 'gpt-5.4'),
    'our-deployment is priced as gpt-5.4, its name in the price book',
  )
})

test('nothing is said where the model has its own name, or no price', () => {
  assert.equal(event('gpt-5.4', 'gpt-5.4-2026-03-05', 'gpt-5.4'), undefined)
  assert.equal(event('gpt-9', '', 'gpt-9-unknown', null), undefined)
  assert.equal(event('', '', 'm'), undefined)
})
