import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { parsePicos } from '#core/money.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { MAX_EVENTS } from '../../services/api/quote/body.ts'
import { createTestApi, testBook } from './fixture.ts'

const NOW = Date.parse('2026-11-24T10:00:00Z')

/** Whoever asks the warehouse for a quote stores something or waits for nothing. */
const noWarehouse = new Proxy({} as Warehouse, {
  get() {
    throw new Error('a quote needs no warehouse')
  },
})

const api = (t: TestContext) => createTestApi(t, { warehouse: noWarehouse, now: NOW })

const CALL = {
  provider: 'openai',
  request_model: 'large',
  response_model: 'large',
  usage: { prompt_tokens: 1200, completion_tokens: 90, prompt_tokens_details: { cached_tokens: 800 } },
}

describe('POST /v1/quote', () => {
  it('prices line by line, and the lines add up', async t => {
    const { status, body } = await api(t).post('/v1/quote', CALL)
    assert.equal(status, 200)
    assert.deepEqual(body, {
      data: [
        {
          index: 0,
          provider: 'openai',
          occurred_at: '2026-11-24T10:00:00.000Z',
          input_tokens: 1200,
          output_tokens: 90,
          resolved_model: 'large',
          region_class: '',
          model: 'large',
          cost_usd: '0.00594',
          cost_status: 'priced',
          cost_reason: '',
          list_cost_usd: '0.00594',
          contracted_cost_usd: '0.00594',
          reported_cost_usd: null,
          uncached_input_cost_usd: '0.0036',
          cache_read_cost_usd: '0.00072',
          cache_write_cost_usd: '0',
          output_cost_usd: '0.00162',
          units_cost_usd: '0',
          price_rule_id: 'openai/large',
          price_variant: 'standard',
          price_tier: '',
          price_multipliers: [],
          price_book_version: testBook().hash,
          lines: [
            line('uncached_input', 'input', '400', '9/Mtok', '0.0036'),
            line('cache_read', 'cache_read', '800', '0.9/Mtok', '0.00072'),
            line('output', 'output', '90', '18/Mtok', '0.00162'),
          ],
        },
      ],
      rejected: [],
      warnings: [],
      currency: 'USD',
    })
    assert.equal(
      ['0.0036', '0.00072', '0.00162'].reduce((sum, amount) => sum + (parsePicos(amount) ?? 0n), 0n),
      parsePicos('0.00594'),
    )
  })

  const line = (component: string, name: string, quantity: string, rate: string, amount: string) => ({
    model: 'large',
    price_rule_id: 'openai/large',
    component,
    name,
    quantity,
    rate,
    factor: '1',
    amount_usd: amount,
  })

  const first = async (t: TestContext, event: object): Promise<Record<string, unknown>> => {
    const { status, body, text } = await api(t).post('/v1/quote', event)
    assert.equal(status, 200, text)
    const [quoted] = body['data'] as Record<string, unknown>[]
    return { ...quoted, warnings: body['warnings'] }
  }

  it('before the call, the most that may come out is an estimate', async t => {
    const quoted = await first(t, { provider: 'openai', request_model: 'small', max_output_tokens: 500 })
    assert.equal(quoted['cost_status'], 'estimated')
    assert.equal(quoted['cost_usd'], '0.001')
    assert.match(JSON.stringify(quoted['warnings']), /priced with max_output_tokens/)

    const withInput = await first(t, {
      provider: 'openai',
      request_model: 'small',
      tokens: { input: 1000 },
      max_output_tokens: 500,
    })
    assert.equal(withInput['cost_status'], 'estimated')
    assert.equal(withInput['cost_usd'], '0.002')
  })

  it('output that is given is priced as given, whatever the limit was', async t => {
    const withTokens = await first(t, {
      provider: 'openai',
      response_model: 'small',
      tokens: { input: 1000, output: 0 },
      max_output_tokens: 500,
    })
    assert.deepEqual([withTokens['cost_status'], withTokens['cost_usd']], ['priced', '0.001'])
    const withUsage = await first(t, { ...CALL, max_output_tokens: 500 })
    assert.deepEqual([withUsage['cost_status'], withUsage['cost_usd']], ['priced', '0.00594'])
  })

  it('any date is priced with the rule of that date', async t => {
    const old = await first(t, { ...CALL, event_id: 'e1', occurred_at: '2001-01-01T00:00:00Z' })
    assert.equal(old['cost_status'], 'priced')
    const older = await first(t, { ...CALL, event_id: 'e1', occurred_at: '1999-01-01T00:00:00Z' })
    assert.deepEqual(
      [older['cost_status'], older['cost_reason'], older['cost_usd']],
      ['unpriced', 'no_rule_at_time', null],
    )
  })

  it('an unknown model is unpriced, not free', async t => {
    const quoted = await first(t, { ...CALL, request_model: 'what', response_model: 'what' })
    assert.deepEqual([quoted['cost_status'], quoted['cost_usd']], ['unpriced', null])
  })

  it('takes arrays and NDJSON, and refuses events one by one', async t => {
    const bad = { provider: 'openai', request_model: 'small', tokens: { input: -1 } }
    const array = await api(t).post('/v1/quote', [bad, CALL])
    assert.equal(array.status, 200)
    const [rejected] = array.body['rejected'] as Record<string, unknown>[]
    assert.equal(rejected?.['index'], 0)
    assert.match(String(rejected?.['message']), /tokens/)
    assert.equal((array.body['data'] as { index: number }[])[0]?.index, 1)

    const lines = `${JSON.stringify(CALL)}\n\n${JSON.stringify(CALL)}\n`
    const ndjson = await api(t).post('/v1/quote', lines, 'application/x-ndjson')
    assert.equal((ndjson.body['data'] as unknown[]).length, 2)
  })

  it('prices the lines that are events, and says of each other line what is wrong with it', async t => {
    const lines = `${JSON.stringify(CALL)}\n{"broken":\n${JSON.stringify(CALL)}\n`
    const { status, body } = await api(t).post('/v1/quote', lines, 'application/x-ndjson')
    assert.equal(status, 200)
    assert.deepEqual(
      (body['data'] as { index: number }[]).map(({ index }) => index),
      [0, 2],
    )
    const [rejected] = body['rejected'] as Record<string, unknown>[]
    assert.deepEqual([rejected?.['index'], rejected?.['code']], [1, 'not_an_object'])
    assert.match(String(rejected?.['message']), /expected one JSON object/)
  })

  it('refuses a request as a whole where nothing can be priced', async t => {
    const refusals: [unknown, string, number, string][] = [
      ['{', 'application/json', 400, 'body_not_parseable'],
      ['{\nx', 'application/x-ndjson', 422, 'nothing_acceptable'],
      ['\n', 'application/x-ndjson', 400, 'body_empty'],
      ['[]', 'application/json', 400, 'body_empty'],
      [Array.from({ length: MAX_EVENTS + 1 }, () => 1), 'application/json', 413, 'too_many_events'],
      [[1, 'x', null], 'application/json', 422, 'nothing_acceptable'],
      [CALL, 'text/plain', 415, 'unsupported_media_type'],
    ]
    for (const [body, type, status, code] of refusals) {
      const answer = await api(t).post('/v1/quote', body, type)
      assert.deepEqual(
        [answer.status, answer.body['code']],
        [status, code],
        JSON.stringify(body).slice(0, 80),
      )
    }
  })

  it('strict refuses unknown fields, else they are a warning', async t => {
    const event = { ...CALL, colour: 'red' }
    const lenient = await api(t).post('/v1/quote', event)
    assert.match(JSON.stringify(lenient.body['warnings']), /colour/)
    assert.equal((await api(t).post('/v1/quote?strict=1', event)).status, 422)
    assert.equal((await api(t).post('/v1/quote?strict=yes', event)).body['code'], 'bad_query')
  })
})
