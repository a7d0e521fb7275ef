// The API's answers as a client sees them: shapes, pages, files, explanations, and what it says when it cannot answer.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { readFreshUntil } from '../../services/api/answer/meta.ts'
import { type ApiContext, createApi } from '../../services/api/app.ts'
import { registerBook } from '../../services/consumer/book-version.ts'
import { startEngine } from '../support/engine.ts'
import { silentLog, testRegistry } from '../support/silent.ts'
import { booksOf, createTestApi, storeEvents, testBook, usageEvent } from './fixture.ts'

const NOW = Date.parse('2026-11-24T10:07:00Z')
const at = (text: string): number => Date.parse(`2026-11-24T${text}Z`)

const EVENTS = [
  usageEvent({
    event_id: 'e1',
    occurred_at: at('10:00:00'),
    feature: 'chat',
    user_id: 'u1',
    tenant_id: 'acme',
    tokens: { input: 1000, cache_read: 500, output: 100 },
    tags: { exp: 'b' },
    prompt_parts: { system: 1200 },
    latency_ms: 812,
  }),
  usageEvent({
    event_id: 'r:openai:a/b?c',
    occurred_at: at('09:00:00.250'),
    feature: '=1+1',
    batch: true,
    response_model: 'large',
    tokens: { input: 1000, output: 100 },
  }),
  usageEvent({ event_id: 'e3', occurred_at: at('08:00:00'), response_model: 'what', tokens: { input: 10 } }),
  usageEvent({
    event_id: 'e4',
    occurred_at: at('07:00:00'),
    feature: 'chat',
    tokens: { input: 10 },
    total_tokens_reported: 11,
  }),
  usageEvent({
    event_id: 'e5',
    occurred_at: at('06:00:00'),
    feature: 'chat',
    usage_source: 'estimated',
    tokens: { input: 1000 },
  }),
  usageEvent({
    event_id: 'yesterday',
    occurred_at: at('09:00:00') - 86_400_000,
    feature: 'chat',
    tokens: { input: 2000 },
  }),
]

const COVERAGE = { calls: 5, priced: 2, unpriced: 2, estimated: 1, inconsistent: 1, without_feature: 1 }

const engine = await startEngine({ after })
const api = createTestApi({ after }, { warehouse: engine.warehouse('reader'), now: NOW })

const contextOf = (warehouse: Warehouse): ApiContext => ({
  warehouse,
  clock: { now: () => NOW },
  books: booksOf(testBook()),
  defaultZone: 'UTC',
  log: silentLog(),
})

type Row = Record<string, unknown>

const rows = (body: Row): Row[] => body['data'] as Row[]

describe('the API', () => {
  before(async () => {
    await storeEvents(engine, EVENTS, testBook())
    await engine
      .warehouse('writer')
      .insertObjects('watermarks', [{ name: 'complete_until', value: '2026-11-24 10:06:58.500' }])
  })

  it('costs: rows, their total, and what they are made of', async () => {
    const { status, body } = await api.get('/v1/costs?group_by=feature&from=today&compare=previous')
    assert.equal(status, 200)
    const { scanned, ...meta } = body['meta'] as Row & { scanned: { rows: number; bytes: number } }
    assert.ok(scanned.rows > 0 && scanned.bytes > scanned.rows, JSON.stringify(scanned))
    const none = { calls: 0, input_tokens: 0, output_tokens: 0, cost_usd: '0', unpriced_calls: 0 }
    const yesterday = { calls: 1, input_tokens: 2000, output_tokens: 0, cost_usd: '0.002', unpriced_calls: 0 }
    assert.deepEqual(
      { ...body, meta },
      {
        data: [
          {
            feature: '=1+1',
            calls: 1,
            input_tokens: 1000,
            output_tokens: 100,
            cost_usd: '0.0054',
            unpriced_calls: 0,
            previous: none,
            change: { cost_usd: '0.0054', percent: null },
          },
          {
            feature: 'chat',
            calls: 3,
            input_tokens: 2510,
            output_tokens: 100,
            cost_usd: '0.00225',
            unpriced_calls: 1,
            previous: yesterday,
            change: { cost_usd: '0.00025', percent: 12.5 },
          },
          {
            feature: '',
            calls: 1,
            input_tokens: 10,
            output_tokens: 0,
            cost_usd: '0',
            unpriced_calls: 1,
            previous: none,
            change: { cost_usd: '0', percent: null },
          },
        ],
        total: {
          calls: 5,
          input_tokens: 3520,
          output_tokens: 200,
          cost_usd: '0.00765',
          unpriced_calls: 2,
          previous: yesterday,
          change: { cost_usd: '0.00565', percent: 282.5 },
        },
        currency: 'USD',
        meta: {
          from: '2026-11-24T00:00:00Z',
          to: '2026-11-24T10:15:00Z',
          tz: 'UTC',
          fresh_until: '2026-11-24T10:06:58.500Z',
          coverage: COVERAGE,
          source: 'rollup by feature',
          previous: { from: '2026-11-23T00:00:00Z', to: '2026-11-23T10:15:00Z', complete: false },
          truncated: false,
        },
      },
    )
  })

  it('a comparison says whether the ledger has all of the previous window', async () => {
    const complete = async (window: string) => {
      const { body } = await api.get(`/v1/costs?compare=previous&${window}`)
      return ((body['meta'] as Row)['previous'] as Row)['complete']
    }
    assert.equal(await complete('from=2026-11-24T08:50&to=2026-11-24T10:15'), true)
    assert.equal(await complete('from=2026-11-24T08:00&to=2026-11-25T08:00'), false)
    assert.equal(await complete('from=2026-11-24T09:05&to=2026-11-25T09:05'), true)
  })

  it('rows and their total come from one statement: events that arrive in between would part them', async t => {
    const asked: string[] = []
    const warehouse = {
      query: async (sql: string) => {
        asked.push(sql)
        return sql.includes('is_total')
          ? [
              { is_total: 1, g0: '', calls: '3', cost_usd: '2' },
              { is_total: 0, g0: 'chat', calls: '3', cost_usd: '2' },
            ]
          : []
      },
    } as unknown as Warehouse
    const { body } = await createTestApi(t, { warehouse, now: NOW }).get('/v1/costs?group_by=feature')
    assert.equal(asked.filter(sql => sql.includes('cost_usd')).length, 1)
    assert.deepEqual(
      [rows(body).map(row => row['feature']), (body['total'] as Row)['cost_usd']],
      [['chat'], '2'],
    )
  })

  it('how fresh an answer is was read before its rows: what is stored in between is no false promise', async t => {
    for (const path of [
      'costs?group_by=feature&compare=previous',
      'events',
      'events/e1',
      'changes',
      'coverage',
    ]) {
      let asked: string[] = []
      let fresh = false
      const early: string[] = []
      const warehouse = {
        query: async (sql: string) => {
          asked = [...asked, sql]
          if (!sql.includes('v_watermarks')) {
            if (!fresh && !sql.includes('AS reached')) early.push(sql)
            return []
          }
          await new Promise(resolve => setImmediate(resolve))
          fresh = true
          return [{ value: '2026-11-24 10:00:00.000' }]
        },
      } as unknown as Warehouse
      await createTestApi(t, { warehouse, now: NOW }).get(`/v1/${path}`)
      assert.ok(asked.length > 1, path)
      assert.deepEqual(early, [], path)
    }
  })

  it('who has an answer already is told that it is still the same, until it is not', async () => {
    const closed = '/v1/costs?group_by=feature&from=2026-11-24T06:00&to=2026-11-24T10:00'
    for (const path of [closed, `${closed}&format=csv`, '/v1/events/e1', '/v1/prices', '/v1/changes']) {
      const first = await api.get(path)
      const etag = String(first.headers['etag'])
      assert.match(etag, /^W\/"/, path)
      const again = await api.get(path, { 'if-none-match': etag })
      assert.deepEqual([again.status, again.text, again.headers['etag']], [304, '', etag], path)
      assert.equal((await api.get(path, { 'if-none-match': '"other"' })).status, 200, path)
    }
    const refused = await api.get('/v1/costs?form=today')
    assert.equal(refused.headers['etag'], undefined)
    const { headers } = await api.get(closed)
    await storeEvents(
      engine,
      [usageEvent({ event_id: 'other-day', occurred_at: at('06:00:00') - 40 * 86_400_000 })],
      testBook(),
    )
    assert.equal((await api.get(closed)).headers['etag'], headers['etag'])
    assert.notEqual((await api.get(`${closed}&feature=chat`)).headers['etag'], headers['etag'])
  })

  it('costs without a group are one row, also where there is nothing', async () => {
    const { body } = await api.get('/v1/costs?from=2020-01-01&to=2020-02-01')
    assert.deepEqual(body['data'], [
      { calls: 0, input_tokens: 0, output_tokens: 0, cost_usd: '0', unpriced_calls: 0 },
    ])
  })

  it('groups of nothing are no rows and a total of zero', async () => {
    const { body } = await api.get('/v1/costs?from=2020-01-01&to=2020-02-01&group_by=feature')
    assert.deepEqual([body['data'], (body['total'] as Row)['calls']], [[], 0])
    assert.equal((body['meta'] as Row)['truncated'], false)
  })

  it('timeseries: the start of each bucket with the offset of the zone', async () => {
    const { body } = await api.get(
      '/v1/costs/timeseries?granularity=day&tz=Asia/Kathmandu&from=2026-11-23&to=2026-11-25&order=time:desc',
    )
    assert.deepEqual(
      rows(body).map(({ time, calls }) => [time, calls]),
      [
        ['2026-11-24T00:00:00+05:45', 5],
        ['2026-11-23T00:00:00+05:45', 1],
      ],
    )
  })

  it('fresh_until is what the ledger has read, in the zone, and null while nothing is known', async () => {
    const { body } = await api.get('/v1/costs?tz=Asia/Kolkata')
    assert.equal((body['meta'] as Row)['fresh_until'], '2026-11-24T15:36:58.500+05:30')
    const never = { query: async () => [{ value: '1970-01-01 00:00:00.000' }] } as unknown as Warehouse
    const unknown = { query: async () => [] } as unknown as Warehouse
    for (const warehouse of [never, unknown]) assert.equal(await readFreshUntil(contextOf(warehouse)), null)
  })

  it('what is answered from events says from when on these are kept, where that is not the whole window', async t => {
    const warehouse = {
      query: async (_sql: string, { params }: { params: Row }) =>
        params['name'] === 'raw_dropped_before' ? [{ value: '2026-10-01 00:00:00.000' }] : [],
    } as unknown as Warehouse
    const dropped = createTestApi(t, { warehouse, now: NOW })
    const from = async (path: string) =>
      ((await dropped.get(`/v1/${path}`)).body['meta'] as Row)['events_from']
    assert.equal(
      await from('costs?session_id=s&from=2026-09-01&tz=Asia/Kolkata'),
      '2026-10-01T05:30:00+05:30',
    )
    assert.equal(await from('events?from=2026-09-30'), '2026-10-01T00:00:00Z')
    assert.equal(await from('costs?session_id=s&from=2026-10-02&to=2026-10-03'), undefined)
    assert.equal(
      await from('costs?session_id=s&from=2026-10-01&to=2026-10-02&compare=previous'),
      '2026-10-01T00:00:00Z',
    )
    assert.equal(await from('costs?feature=chat&from=2026-09-01'), undefined)
  })

  it('CSV: a file of the same rows in which nothing runs', async () => {
    const { status, headers, text } = await api.get(
      '/v1/costs?group_by=feature&from=today&compare=previous&format=csv',
    )
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'text/csv; charset=utf-8')
    assert.equal(headers['content-disposition'], 'attachment; filename="costs.csv"')
    assert.deepEqual(text.split('\r\n'), [
      'feature,calls,input_tokens,output_tokens,cost_usd,unpriced_calls,previous_calls,previous_input_tokens,previous_output_tokens,previous_cost_usd,previous_unpriced_calls,change_cost_usd,change_percent',
      "'=1+1,1,1000,100,0.0054,0,0,0,0,0,0,0.0054,",
      'chat,3,2510,100,0.00225,1,1,2000,0,0.002,0,0.00025,12.5',
      ',1,10,0,0,1,0,0,0,0,0,0,',
      '',
    ])
  })

  it('CSV says when the limit cut it', async () => {
    const cut = await api.get('/v1/costs?group_by=feature&from=today&format=csv&limit=1')
    assert.equal(cut.headers['spendledger-truncated'], 'true')
    const whole = await api.get('/v1/costs?group_by=feature&from=today&format=csv')
    assert.equal(whole.headers['spendledger-truncated'], undefined)
  })

  it('coverage: the same question with other measures', async () => {
    const { body } = await api.get('/v1/coverage?group_by=model&from=today')
    assert.deepEqual(rows(body)[0], {
      model: 'small',
      calls: 3,
      priced: 1,
      unpriced: 1,
      estimated: 1,
      inconsistent: 1,
      without_feature: 0,
    })
    const daily = await api.get('/v1/coverage?granularity=day&from=today')
    assert.deepEqual(rows(daily.body), [{ time: '2026-11-24T00:00:00Z', ...COVERAGE }])
  })

  for (const [order, ids] of [
    ['newest', ['e1', 'r:openai:a/b?c', 'e3', 'e4', 'e5', 'yesterday']],
    ['top', ['r:openai:a/b?c', 'yesterday', 'e1', 'e5', 'e4', 'e3']],
  ] as const) {
    it(`events by ${order}: pages show every event once`, async () => {
      for (const limit of [1, 2, 4, 6, 100]) {
        const seen: unknown[] = []
        let cursor = ''
        for (let page = 0; page < 10; page++) {
          const { body, text } = await api.get(`/v1/events?order=${order}&limit=${limit}${cursor}`)
          assert.ok(rows(body), text)
          seen.push(...rows(body).map(row => row['event_id']))
          if (body['next_cursor'] === null) break
          cursor = `&cursor=${body['next_cursor']}`
        }
        assert.deepEqual(seen, ids, `limit ${limit}`)
      }
    })
  }

  it('events: rows with times in the zone, money as text, and coverage', async () => {
    const { body } = await api.get('/v1/events?from=today&tz=America/New_York&user_id=u1&tag.exp=b')
    assert.deepEqual(rows(body), [
      {
        event_id: 'e1',
        occurred_at: '2026-11-24T05:00:00-05:00',
        provider: 'openai',
        model: 'small',
        request_model: 'small',
        operation: '',
        status: 'ok',
        error_type: '',
        tenant_id: 'acme',
        user_id: 'u1',
        team: '',
        feature: 'chat',
        environment: '',
        service: '',
        release: '',
        tags: { exp: 'b' },
        input_tokens: 1500,
        output_tokens: 100,
        latency_ms: 812,
        cost_usd: '0.00125',
        cost_status: 'priced',
        cost_reason: '',
      },
    ])
    assert.equal(((body['meta'] as Row)['coverage'] as Row)['calls'], 1)
  })

  it('events as CSV', async () => {
    const { text, headers } = await api.get('/v1/events?from=today&user_id=u1&format=csv')
    const { scanned, ...meta } = JSON.parse(String(headers['spendledger-meta'])) as Row
    assert.ok(scanned)
    assert.deepEqual(meta, {
      from: '2026-11-24T00:00:00Z',
      to: '2026-11-24T10:15:00Z',
      tz: 'UTC',
      fresh_until: '2026-11-24T10:06:58.500Z',
      coverage: { calls: 1, priced: 1, unpriced: 0, estimated: 0, inconsistent: 0, without_feature: 0 },
      source: 'events',
    })
    assert.match(
      text,
      /\r\ne1,2026-11-24T10:00:00Z,openai,small,.*"\{""exp"":""b""\}",1500,100,812,0\.00125,priced,\r\n$/,
    )
  })

  it('one event: everything that is stored, and the lines that add up to its cost', async () => {
    const { status, body } = await api.get('/v1/events/e1')
    assert.equal(status, 200)
    const event = body['data'] as Row
    assert.equal(event['cost_usd'], '0.00125')
    assert.deepEqual(event['prompt_parts'], { system: 1200 })
    assert.equal(event['uncached_input_tokens'], 1000)
    const line = (component: string, name: string, quantity: string, rate: string, amount: string) => ({
      component,
      model: 'small',
      price_rule_id: 'openai/small',
      name,
      quantity,
      rate,
      factor: '1',
      amount_usd: amount,
    })
    assert.deepEqual(body['price'], {
      explained: true,
      reason: '',
      lines: [
        line('uncached_input', 'input', '1000', '1/Mtok', '0.001'),
        line('cache_read', 'cache_read', '500', '0.1/Mtok', '0.00005'),
        line('output', 'output', '100', '2/Mtok', '0.0002'),
      ],
    })
    assert.deepEqual((body['meta'] as Row)['coverage'], {
      calls: 1,
      priced: 1,
      unpriced: 0,
      estimated: 0,
      inconsistent: 0,
      without_feature: 0,
    })
  })

  it('an id may hold what URLs are made of, once it is encoded', async () => {
    const { status, body } = await api.get(`/v1/events/${encodeURIComponent('r:openai:a/b?c')}`)
    assert.equal(status, 200)
    const price = body['price'] as { lines: Row[] }
    assert.deepEqual(
      price.lines.map(({ factor, amount_usd }) => [factor, amount_usd]),
      [
        ['1/2', '0.0045'],
        ['1/2', '0.0009'],
      ],
    )
  })

  it('an event without a price is explained by its reason and no lines', async () => {
    const { body } = await api.get('/v1/events/e3')
    const { cost_usd, cost_reason } = body['data'] as Row
    assert.deepEqual([cost_usd, cost_reason], [null, 'model_unknown'])
    assert.deepEqual(body['price'], { explained: true, reason: '', lines: [] })
  })

  it('what another book priced is explained with that one, as long as it is kept', async () => {
    const other = createTestApi(
      { after },
      { warehouse: engine.warehouse('reader'), now: NOW, books: booksOf(testBook('2')) },
    )
    const { body } = await other.get('/v1/events/e1')
    const { explained, reason, lines } = body['price'] as Row
    assert.equal(explained, false)
    assert.match(String(reason), new RegExp(`a price book \\(${testBook().hash}\\) that is no longer kept`))
    assert.deepEqual(lines, [])

    const book = testBook()
    const identity = { bookHash: book.hash, overlayHash: '', normaliserVersion: 1 }
    await registerBook(engine.warehouse('writer'), identity, book)
    const again = (await other.get('/v1/events/e1')).body['price'] as Row
    assert.equal(again['explained'], true)
    assert.notDeepEqual(again['lines'], [])
  })

  it('dead letters: listed newest first, filtered, paged, and shown one by one without their bytes', async () => {
    const letter = (id: string, minute: number, reason: string) => ({
      dead_letter_id: id,
      refused_at: `2026-11-24 10:0${minute}:00.000`,
      stage: 'consumer',
      reason,
      message: `why ${id}`,
      bytes: 'secret bytes',
      bytes_total: 12,
    })
    await engine
      .warehouse('writer')
      .insertObjects('dead_letters', [
        letter('log/topic/0/1', 1, 'too_old'),
        letter('log/topic/0/2', 2, 'wrong_type'),
        letter('log/topic/0/3', 2, 'too_old'),
      ])
    const ids = (body: Row) => rows(body).map(row => row['dead_letter_id'])
    const first = await api.get('/v1/dead-letters?limit=2')
    assert.deepEqual(ids(first.body), ['log/topic/0/3', 'log/topic/0/2'])
    const second = await api.get(`/v1/dead-letters?limit=2&cursor=${first.body['next_cursor']}`)
    assert.deepEqual(ids(second.body), ['log/topic/0/1'])
    assert.equal(second.body['next_cursor'], null)
    assert.deepEqual(ids((await api.get('/v1/dead-letters?reason=too_old')).body), [
      'log/topic/0/3',
      'log/topic/0/1',
    ])

    const one = await api.get(`/v1/dead-letters/${encodeURIComponent('log/topic/0/1')}`)
    const shown = one.body['data'] as Row
    assert.deepEqual(
      [shown['refused_at'], shown['message'], shown['bytes_total'], shown['log_offset']],
      ['2026-11-24T10:01:00Z', 'why log/topic/0/1', 12, null],
    )
    assert.doesNotMatch(one.text, /secret bytes/)
  })

  it('a dead letter is found by a part of its id that only it begins with; the whole id is always its own', async () => {
    const letter = (id: string) => ({ dead_letter_id: id, refused_at: '2026-11-01 10:00:00.000', bytes: '' })
    await engine
      .warehouse('writer')
      .insertObjects('dead_letters', ['sha/abc', 'sha/abd', 'sha/abc1'].map(letter))
    const found = async (id: string) => {
      const { status, body } = await api.get(`/v1/dead-letters/${encodeURIComponent(id)}`)
      return status === 200 ? (body['data'] as Row)['dead_letter_id'] : `${status} ${body['code']}`
    }
    assert.equal(await found('sha/abc'), 'sha/abc')
    assert.equal(await found('sha/abd'), 'sha/abd')
    assert.equal(await found('sha/abc1'), 'sha/abc1')
    assert.equal(await found('sha/ab'), '400 bad_query')
    assert.equal(await found('sha/x'), '404 not_found')
  })

  it('a reason that no event is refused for is not understood, and the one that was meant is named', async () => {
    const { status, body } = await api.get('/v1/dead-letters?reason=too_odl')
    assert.deepEqual([status, body['code']], [400, 'bad_query'])
    assert.match(String(body['detail']), /reason is "too_odl"; did you mean too_old\?/)
    assert.equal((await api.get('/v1/changes?reason=latte')).status, 400)
  })

  it('dead letters as CSV, page by page', async () => {
    const first = await api.get('/v1/dead-letters?reason=too_old&format=csv&limit=1')
    assert.match(
      first.text,
      /^dead_letter_id,refused_at,.*\r\nlog\/topic\/0\/3,2026-11-24T10:02:00Z,consumer,too_old,.*,12,\r\n$/,
    )
    assert.equal(first.headers['content-disposition'], 'attachment; filename="dead-letters.csv"')
    const cursor = first.headers['spendledger-next-cursor']
    const second = await api.get(`/v1/dead-letters?reason=too_old&format=csv&limit=1&cursor=${cursor}`)
    assert.match(second.text, /\r\nlog\/topic\/0\/1,/)
    assert.equal(second.headers['spendledger-truncated'], undefined)
  })

  it('changes: which closed hours moved, by how much and why', async () => {
    await engine.warehouse('aggregator').insertObjects('rollup_changes', [
      {
        hour: '2026-11-24 08:00:00',
        version: 1,
        reason: 'first',
        new_calls: 1,
        new_unpriced: 0,
        new_cost_usd: '1.5',
        changed_at: '2026-11-24 10:00:00',
      },
      {
        hour: '2026-11-24 08:00:00',
        version: 2,
        reason: 'late',
        old_calls: 1,
        new_calls: 2,
        new_unpriced: 1,
        old_cost_usd: '1.5',
        new_cost_usd: '1.25',
      },
    ])
    const { body } = await api.get('/v1/changes?from=today&tz=Asia/Kolkata&reason=late')
    const [change] = rows(body)
    assert.ok(change)
    const { changed_at, ...rest } = change
    assert.match(String(changed_at), /\+05:30$/)
    assert.deepEqual(rest, {
      hour: '2026-11-24T13:30:00+05:30',
      reason: 'late',
      old_calls: 1,
      new_calls: 2,
      old_unpriced: 0,
      new_unpriced: 1,
      old_cost_usd: '1.5',
      new_cost_usd: '1.25',
      change_usd: '-0.25',
    })
    assert.equal(body['currency'], 'USD')
    assert.ok((body['meta'] as Row)['coverage'])
    const { text } = await api.get('/v1/changes?from=today&reason=late&format=csv')
    assert.match(text, /^hour,reason,.*\r\n2026-11-24T08:00:00Z,late,1,2,0,1,1\.5,1\.25,-0\.25,/)
  })

  it('what is not there is 404, what is not understood is 400, each as a problem', async () => {
    for (const path of ['/v1/events/none', '/v1/dead-letters/none', '/v1/nothing']) {
      const { status, body, headers } = await api.get(path)
      assert.deepEqual([status, body['code']], [404, 'not_found'], path)
      assert.match(String(headers['content-type']), /problem\+json/)
    }
    for (const path of [
      '/v1/costs?form=today',
      '/v1/costs/timeseries?granularity=minute',
      '/v1/coverage?order=cost_usd',
      '/v1/events?order=cost',
      '/v1/events?group_by=feature',
      '/v1/events/e1?from=today',
      '/v1/dead-letters?feature=chat',
      '/v1/changes?format=xml',
      '/v1/changes?order=hour',
      '/v1/costs?format=xml',
    ]) {
      const { status, body } = await api.get(path)
      assert.deepEqual([status, body['code']], [400, 'bad_query'], path)
    }
  })

  it('a warehouse that is away is 503 with a time to come back', async t => {
    const warehouse = {
      query: async () => {
        throw new LedgerError('warehouse_unavailable')
      },
    } as unknown as Warehouse
    const { status, headers } = await createTestApi(t, { warehouse, now: NOW }).get('/v1/costs')
    assert.equal(status, 503)
    assert.equal(headers['retry-after'], '5')
  })

  it('runs on a port of its own, with its health', async t => {
    const app = createApi({
      host: '127.0.0.1',
      port: 0,
      metrics: testRegistry(),
      ...contextOf(engine.warehouse('reader')),
      defaultZone: 'Asia/Kathmandu',
    })
    await app.start()
    t.after(() => app.stop())
    const ready = await fetch(`${app.url()}/readyz`)
    assert.deepEqual(await ready.json(), { ok: true, checks: { warehouse: { ok: true } } })
    const costs = await fetch(`${app.url()}/v1/costs?from=2026-11-24T00:00:00+05:45`)
    const body = (await costs.json()) as { meta: Row }
    assert.deepEqual([body.meta['from'], body.meta['tz']], ['2026-11-24T00:00:00+05:45', 'Asia/Kathmandu'])
  })
})
