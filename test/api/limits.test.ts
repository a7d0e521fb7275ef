// What is too much or makes no sense gets a clear answer for bounded work, and never an error of the server.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { compileCosts } from '../../services/api/query/compile.ts'
import { MAX_EVENTS_READ } from '../../services/api/query/limits.ts'
import { startEngine } from '../support/engine.ts'
import { createTestApi, storeEvents, testBook, usageEvent } from './fixture.ts'
import { question } from './query/questions.ts'

const NOW = Date.parse('2026-11-24T10:07:00Z')
const USERS = 1_000_000

type Row = Record<string, unknown>

const engine = await startEngine({ after })
const api = createTestApi({ after }, { warehouse: engine.warehouse('reader'), now: NOW })

const times = (n: number, text: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => text(i)).join('&')

async function problem(path: string, code: string, detail: RegExp): Promise<void> {
  const { status, body, headers } = await api.get(path)
  assert.deepEqual([status, body['code']], [400, code], `${path.slice(0, 200)}: ${JSON.stringify(body)}`)
  assert.match(String(headers['content-type']), /problem\+json/)
  assert.match(String(body['detail']), detail)
  assert.ok(String(body['detail']).length < 2_000)
}

describe('bad input', () => {
  before(async () => {
    const events = ['a', 'b', 'c'].map((event_id, i) =>
      usageEvent({ event_id, occurred_at: NOW - (i + 1) * 60_000, feature: 'chat', tokens: { input: 10 } }),
    )
    await storeEvents(engine, events, testBook())
    await engine.warehouse('writer').command(`INSERT INTO usage_by_user
(quarter, tenant_id, user_id, feature, model, calls, cost_usd, version)
SELECT '2026-11-01 10:00:00', 'acme', toString(number), 'chat', 'small', 1, toDecimal128(number, 12), 1 FROM numbers(${USERS})`)
  })

  it('names that do not exist are answered with those that do, and the one that was meant', async () => {
    await problem(
      '/v1/costs?metrics=cost',
      'bad_query',
      /no metric "cost"; did you mean cost_usd .*There are calls, requests/,
    )
    await problem('/v1/costs?group_by=modle', 'bad_query', /did you mean model\? There are feature, team/)
    await problem('/v1/costs?modle=x', 'bad_query', /did you mean model\?/)
  })

  it('times that make no sense', async () => {
    await problem('/v1/costs?tz=Europe/Berlyn', 'bad_query', /tz is "Europe\/Berlyn"/)
    await problem('/v1/costs?from=2026-11-24&to=2026-11-23', 'bad_query', /is not before to/)
    await problem('/v1/costs?from=1926-11-24', 'bad_query', /a time from 2000 to 2099/)
    await problem('/v1/costs?from=99999d', 'bad_query', /a time from 2000 to 2099/)
  })

  it('a hundred years are a question, unless they are asked for by the day or compared', async () => {
    const century = 'from=2000-01-01&to=2099-12-31'
    const { status, body } = await api.get(
      `/v1/costs/timeseries?${century}&granularity=month&group_by=feature`,
    )
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal((body['total'] as Row)['calls'], 3)
    for (const path of ['costs', 'events', 'changes', 'dead-letters', 'coverage']) {
      assert.equal((await api.get(`/v1/${path}?${century}`)).status, 200, path)
    }
    await problem(`/v1/costs/timeseries?${century}`, 'bad_query', /more than 10000 buckets of one day/)
    await problem(`/v1/costs?${century}&compare=previous`, 'bad_query', /begins before 2000/)
  })

  it('as many buckets as there may be are one question, compared as well', async () => {
    const hours = 'from=2025-10-05T00:00&to=2026-11-25T00:00&tz=Europe/Berlin&granularity=hour'
    const { status, body } = await api.get(`/v1/costs/timeseries?${hours}&compare=previous`)
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal((body['total'] as Row)['calls'], 3)
  })

  it('ten thousand values of filters', async () => {
    await problem(
      `/v1/costs?${times(10_000, i => `user_id=${i}`)}`,
      'bad_query',
      /is 10000, expected at most 500/,
    )
    await problem(
      `/v1/costs?${times(10_000, i => `tag.t${i}=x`)}`,
      'bad_query',
      /is 10000, expected at most 500/,
    )
    await problem(`/v1/events?${times(501, i => `user_id=${i}`)}`, 'bad_query', /is 501/)
    await problem(`/v1/dead-letters?${times(501, i => `event_id=${i}`)}`, 'bad_query', /is 501/)
    await problem(
      `/v1/costs?${times(26, i => `tag.t${i}=x`)}`,
      'bad_query',
      /number of filters is 26, expected at most 25/,
    )
    const most = [
      times(25, i => times(20, n => `tag.${'k'.repeat(20)}${i}=${'v'.repeat(20)}${n}`)),
      times(10, i => `group_by=tag.t${i}`),
      'compare=previous',
      'from=2026-11-23',
    ].join('&')
    const { status, text } = await api.get(`/v1/costs/timeseries?${most}`)
    assert.equal(status, 200, text.slice(0, 500))
  })

  it('a million groups are cut to the dearest, and their total is of all', async () => {
    const { status, body } = await api.get(
      '/v1/costs?group_by=user_id,tenant_id&from=2026-11-01&to=2026-11-02&limit=3',
    )
    assert.equal(status, 200, JSON.stringify(body))
    const { data, total, meta } = body as { data: Row[]; total: Row; meta: Row }
    assert.deepEqual(
      data.map(row => row['user_id']),
      [USERS - 1, USERS - 2, USERS - 3].map(String),
    )
    assert.deepEqual([total['calls'], total['cost_usd']], [USERS, String((USERS * (USERS - 1)) / 2)])
    assert.equal(meta['truncated'], true)
    assert.deepEqual(meta['scanned'] && (meta['scanned'] as Row)['rows'], USERS)
  })

  it('a million users are counted', async () => {
    const { body } = await api.get('/v1/costs?metrics=active_users&from=2026-11-01&to=2026-11-02')
    assert.equal((body['total'] as Row)['active_users'], USERS)
  })

  it('cursors that were tampered with, or are of another list', async () => {
    const { body } = await api.get('/v1/events?limit=1')
    const cursor = String(body['next_cursor'])
    assert.equal((await api.get(`/v1/events?limit=1&cursor=${cursor}`)).status, 200)
    const other = cursor.startsWith('W') ? `X${cursor.slice(1)}` : `W${cursor.slice(1)}`
    for (const query of [
      `cursor=${other}`,
      `cursor=${cursor.slice(0, -2)}`,
      `cursor=${cursor}&feature=chat`,
      `cursor=${cursor}&order=top`,
      `cursor=${cursor}&from=8d`,
      `cursor=${cursor}&cursor=${cursor}`,
      'cursor=',
      `cursor=${'A'.repeat(10_000)}`,
    ]) {
      await problem(`/v1/events?limit=1&${query}`, 'bad_query', /cursor is /)
    }
    await problem(`/v1/dead-letters?cursor=${cursor}`, 'bad_query', /cursor is /)
    await problem(`/v1/changes?cursor=${cursor}`, 'bad_query', /cursor is /)
    await problem(`/v1/prices?cursor=${cursor}`, 'bad_query', /cursor is /)
  })

  it('events of more than 92 days that would be too many are refused before they are read', async () => {
    const { sql, params } = compileCosts(question('group_by=session_id&from=2026-01-01&to=2026-11-25'))
    const smaller = sql.replace(String(MAX_EVENTS_READ), '2')
    assert.notEqual(smaller, sql)
    await assert.rejects(
      engine.warehouse('reader').query(smaller, { params }),
      error => error instanceof LedgerError && error.code === 'query_too_large',
    )
  })
})

describe('a question that is too large', () => {
  it('is told what to narrow, without the words of the warehouse', async t => {
    const warehouse = {
      query: async () => {
        throw new LedgerError('query_too_large', 'it would take longer than one question may', {
          cause: new Error('Code: 159. DB::Exception: /var/lib/secret'),
        })
      },
    } as unknown as Warehouse
    const narrow = createTestApi(t, { warehouse, now: NOW })
    for (const path of [
      'costs',
      'costs/timeseries',
      'coverage',
      'events',
      'events/x',
      'changes',
      'dead-letters',
    ]) {
      const { status, body, text } = await narrow.get(`/v1/${path}`)
      assert.deepEqual([status, body['code']], [400, 'query_too_large'], path)
      assert.match(
        String(body['detail']),
        /it would take longer than one question may; choose a shorter window/,
      )
      assert.doesNotMatch(text, /DB::|secret/)
    }
  })
})
