// What is billed by the thing and not by the token, with rules that hold for every model.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatPicos } from '#core/money.ts'
import type { RuleJson } from '#core/price-book-json.ts'
import { bookJson, compiled, type EventParts, priced, usageEvent } from './pricing-kit.ts'

const unitRule = (provider: string, rate: string): Partial<RuleJson> => ({
  id: `${provider}/reads`,
  provider,
  model: '*',
  variants: [{ id: 'standard', rates: { vector_read: rate } }],
})

const READS: EventParts = {
  provider: 'pinecone',
  request_model: 'prod-index',
  units: { vector_read: '1000' },
}

function usd(rules: readonly Partial<RuleJson>[], parts: EventParts): string | null {
  const { costUsd } = priced(usageEvent(parts), compiled(bookJson([{}, ...rules])))
  return costUsd === null ? null : formatPicos(costUsd)
}

describe('a rule on units', () => {
  it('prices what is no model call', () => {
    assert.equal(usd([unitRule('pinecone', '16/M')], READS), '0.016')
    assert.equal(usd([unitRule('*', '20/M')], READS), '0.02')
  })

  it('of the provider stands above one of every provider', () => {
    assert.equal(usd([unitRule('*', '20/M'), unitRule('pinecone', '16/M')], READS), '0.016')
  })

  it('of another provider prices nothing', () => {
    assert.equal(usd([unitRule('qdrant', '16/M')], READS), null)
  })

  it('prices units beside the tokens of a model call', () => {
    const call: EventParts = {
      provider: 'acme',
      response_model: 'm',
      tokens: { input: 1_000_000 },
      units: { vector_read: '1000' },
    }
    assert.equal(usd([unitRule('*', '20/M')], call), '5.02')
    assert.equal(usd([], call), null)
  })

  it('does not price the tokens of a model that is not known', () => {
    assert.equal(usd([unitRule('*', '20/M')], { ...READS, tokens: { input: 1 } }), null)
  })
})
