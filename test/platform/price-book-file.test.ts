import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { formatPicos } from '#core/money.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import { bookJson, type EventParts, priced, usageEvent } from '../core/pricing-kit.ts'

async function directory(t: TestContext, files: Record<string, unknown>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'spendledger-prices-'))
  t.after(() => rm(path, { recursive: true }))
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(path, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return path
}

describe('the price book file', () => {
  it('is the newest by name', async t => {
    const path = await directory(t, {
      '2026-09.json': bookJson([{ id: 'old' }]),
      '2026-11.json': bookJson([{ id: 'new' }]),
      'README.json': {},
      '2026-12.json.bak': {},
    })
    assert.equal((await loadPriceBook(path)).json.rules[0]?.id, 'new')
  })

  it('is refused with everything that is wrong with it', async t => {
    const rule = { id: 'x', variants: [{ id: 'standard', rates: { input: 5 as never, output: '1' } }] }
    const path = await directory(t, { '2026-11.json': bookJson([rule]) })
    await assert.rejects(loadPriceBook(path), error => {
      assert.ok(error instanceof Error)
      assert.match(error.message, /2026-11\.json is not valid:/)
      assert.match(error.message, /rates\.input: is 5/)
      assert.match(error.message, /rates\.output: is "1"/)
      return true
    })
  })

  it('must be JSON, and must be there', async t => {
    await assert.rejects(loadPriceBook(await directory(t, { '2026-11.json': '{' })), /is not JSON/)
    await assert.rejects(loadPriceBook(await directory(t, {})), /no price book such as 2026-11\.json/)
  })
})

describe('the shipped book', async () => {
  const book = await loadPriceBook()
  const MTOK = 1_000_000

  const price = (provider: string, response_model: string, parts: EventParts = {}) => {
    const cost = priced(
      usageEvent({ provider, response_model, tokens: { input: MTOK }, usage_source: 'provider', ...parts }),
      book,
    )
    return cost.costUsd === null ? cost.reason : formatPicos(cost.costUsd)
  }
  const on = (day: string): EventParts => ({ occurred_at: Date.parse(`${day}T00:00:00Z`) })

  it('has the models in use', () => {
    const models = new Set(book.models.map(model => model.id))
    const wanted = `gpt-5.4 gpt-5.4-mini gpt-5.4-nano gpt-5.6-sol gpt-5.6-luna gpt-5 gpt-5-mini gpt-4.1 gpt-4.1-mini gpt-4o
      gpt-4o-mini o3 text-embedding-3-small text-embedding-3-large claude-opus-4-8 claude-opus-4-5 claude-sonnet-4-5
      claude-sonnet-4-6 claude-sonnet-5 claude-haiku-4-5 claude-opus-5 gemini-2.5-pro gemini-2.5-flash
      gemini-2.5-flash-lite gemini-3.1-pro-preview gemini-3-flash-preview gemini-3.6-flash`
    for (const model of wanted.split(/\s+/)) assert.ok(models.has(model), model)
  })

  it('says of every rule where it is from and when that was checked', () => {
    for (const rule of book.json.rules) {
      assert.match(rule.source?.url ?? '', /^https:\/\//, rule.id)
      assert.match(rule.source?.checked ?? '', /^2026-\d\d-\d\d$/, rule.id)
    }
  })

  it('prices a model of 400 days ago with the rates of then', () => {
    assert.equal(price('openai', 'gpt-5', on('2025-10-20')), '1.25')
    assert.equal(
      price('google', 'gemini-2.5-pro', { ...on('2025-10-20'), tokens: { cache_read: 100_000 } }),
      '0.0125',
    )
    assert.equal(price('openai', 'o3', on('2025-06-09')), '10')
    assert.equal(price('openai', 'o3', on('2025-06-10')), '2')
    assert.equal(price('openai', 'gpt-5.6-luna', { ...on('2026-07-29'), tokens: { output: MTOK } }), '6')
    assert.equal(price('openai', 'gpt-5.6-luna', { ...on('2026-07-30'), tokens: { output: MTOK } }), '1.2')
    assert.equal(price('google', 'gemini-3.6-flash', on('2026-08-01')), '1.5')
    assert.equal(price('google', 'gemini-3.6-flash', on('2026-11-01')), '0.75')
    assert.equal(price('google', 'gemini-3.6-flash', on('2027-01-01')), '1.5')
  })

  it('knows what is not sold: no price where there is no record of one', () => {
    assert.equal(
      price('google', 'gemini-2.5-pro', { ...on('2025-09-01'), tokens: { cache_read: 1 } }),
      'no_rate:cache_read',
    )
    assert.equal(price('openai', 'gpt-4.1', { service_tier: 'flex' }), 'no_rate:service_tier')
    assert.equal(price('openai', 'gpt-5.4', { tokens: { cache_write_5m: 1 } }), 'no_rate:cache_write_5m')
    assert.equal(price('openai', 'gpt-5.5', { service_tier: 'fast' }), 'no_rate:input')
    assert.equal(price('anthropic', 'claude-sonnet-4-5', { speed: 'fast' }), 'no_rate:speed')
    assert.equal(price('openai', 'ft:gpt-4.1-mini:acme::1'), 'model_unknown')
  })

  it('has OpenAI’s tiers, regions and batches', () => {
    assert.equal(price('openai', 'gpt-4.1', { service_tier: 'priority' }), '3.5')
    assert.equal(price('openai', 'gpt-5-mini', { service_tier: 'flex' }), '0.125')
    assert.equal(price('openai', 'gpt-5.6-sol', { service_tier: 'fast' }), '16')
    assert.equal(price('openai', 'gpt-5.4-mini', { host: 'eu.api.openai.com' }), '0.825')
    assert.equal(price('openai', 'gpt-4.1', { host: 'eu.api.openai.com' }), '2')
    assert.equal(price('openai', 'text-embedding-3-small', { batch: true }), '0.01')
    assert.equal(
      price('openai', 'gpt-4o', { tokens: {}, units: { web_search: '4', file_search: '2' } }),
      '0.045',
    )
  })

  it('has Anthropic’s speed, geography and lifetimes, which stack', () => {
    const tokens = { cache_write_1h: 1000 }
    assert.equal(
      price('anthropic', 'claude-opus-4-8', { tokens, batch: true, inference_geo: 'us' }),
      '0.0055',
    )
    assert.equal(price('anthropic', 'claude-opus-4-8', { speed: 'fast', tokens: { cache_read: MTOK } }), '1')
    assert.equal(price('anthropic', 'claude-opus-4-6', { ...on('2026-03-01'), speed: 'fast' }), '60')
    assert.equal(price('anthropic', 'claude-sonnet-5', { service_tier: 'priority' }), '2')
    assert.equal(
      price('anthropic', 'claude-opus-5', { finish_reason: 'refusal', output_started: false }),
      '0',
    )
  })

  it('does not halve Google’s cached input in a batch', () => {
    const tokens = { input: 100_000, cache_read: 100_000 }
    assert.equal(price('google', 'gemini-2.5-flash', { tokens, batch: true }), '0.018')
    assert.equal(price('google', 'gemini-3-flash-preview', { tokens, service_tier: 'priority' }), '0.099')
  })
})
