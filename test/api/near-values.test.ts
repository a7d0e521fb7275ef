// A filter that is misspelt over the real engine: what never was is told with what is near it, and what is merely not in the
// window is not.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { compileNames } from '../../services/api/answer/near-values.ts'
import { SOURCES } from '../../services/api/query/sources.ts'
import { startEngine } from '../support/engine.ts'
import { createTestApi, storeEvents, testBook, usageEvent } from './fixture.ts'

const NOW = Date.parse('2026-11-24T10:00:00Z')
const HOUR = 3_600_000
const DAY = 24 * HOUR

const engine = await startEngine({ after })
const warehouse = engine.warehouse('reader')
const api = createTestApi({ after }, { warehouse, now: NOW })

const FEATURES = ['doc-search', 'doc-search', 'doc-search-eu', 'chat', "x' OR 1=1 --", '__proto__']

const unknownIn = (body: Record<string, unknown>): unknown =>
  (body['meta'] as Record<string, unknown>)['unknown_values']

async function unknownOf(path: string, query: string): Promise<unknown> {
  const { status, body, text } = await api.get(`${path}?${query}`)
  assert.equal(status, 200, text)
  return unknownIn(body)
}

/** A warehouse that counts its statements about names, and may fail them. */
function watched(fail?: LedgerError): { readonly warehouse: Warehouse; readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    warehouse: {
      ...warehouse,
      query: async (sql, options) => {
        if (sql.includes('{given:')) {
          asked.push(sql)
          if (fail) throw fail
        }
        return warehouse.query(sql, options)
      },
    },
  }
}

describe('values of filters that never were', () => {
  before(async () => {
    const now = FEATURES.map((feature, i) =>
      usageEvent({
        event_id: `e${i}`,
        occurred_at: NOW - HOUR,
        feature,
        environment: 'prod',
        user_id: `u00${i}`,
        tenant_id: 'acme',
        session_id: `s${i}`,
        tokens: { input: 1 },
      }),
    )
    const old = usageEvent({ event_id: 'old', occurred_at: NOW - 90 * DAY, feature: 'summary' })
    await storeEvents(engine, [...now, old], testBook())
  })

  for (const path of ['/v1/costs', '/v1/costs/timeseries', '/v1/coverage', '/v1/events']) {
    it(`are told with what is near them (${path})`, async () => {
      assert.deepEqual(await unknownOf(path, 'feature=doc-serch'), {
        feature: { 'doc-serch': ['doc-search'] },
      })
      assert.deepEqual(await unknownOf(path, 'environment=production&user_id=u01&tenant_id=acme'), {
        environment: { production: ['prod'] },
        user_id: { u01: ['u001'] },
      })
    })
  }

  it('are told also where the answer comes from events', async () => {
    assert.deepEqual(await unknownOf('/v1/costs', 'feature=DOC_SEARCH&session_id=s1&attempt=7'), {
      feature: { DOC_SEARCH: ['doc-search', 'doc-search-eu'] },
    })
  })

  it('have an empty list where nothing is near', async () => {
    assert.deepEqual(await unknownOf('/v1/costs', 'feature=nothing-like-it&feature=%2d%2d'), {
      feature: { 'nothing-like-it': [], '--': [] },
    })
  })

  it('are not those that exist and have no calls in the window', async () => {
    assert.equal(await unknownOf('/v1/costs', 'feature=summary&from=7d'), undefined)
    assert.equal(await unknownOf('/v1/costs', 'feature=chat&user_id=u000'), undefined)
    assert.deepEqual(await unknownOf('/v1/costs', 'feature=summary&feature=sumary&from=7d'), {
      feature: { sumary: ['summary'] },
    })
  })

  it('are not the empty value, nor values of what rollups do not keep', async () => {
    assert.equal(await unknownOf('/v1/costs', 'feature=&session_id=none&tag.feature=none'), undefined)
  })

  it('are looked for where nothing matches, in JSON, once for each dimension, and never otherwise', async () => {
    const { asked, warehouse } = watched()
    const counted = createTestApi({ after }, { warehouse, now: NOW })
    await counted.get('/v1/costs?feature=chat&feature=doc-serch')
    await counted.get('/v1/costs?from=2020-01-01&to=2020-01-02')
    await counted.get('/v1/costs?feature=doc-serch&format=csv')
    await counted.get('/v1/events?feature=doc-serch&format=csv')
    assert.deepEqual(asked, [])
    await counted.get('/v1/costs?feature=doc-serch&feature=x&user_id=nobody&session_id=none')
    assert.equal(asked.length, 2)
  })

  it('that cannot be read take nothing from the answer', async () => {
    for (const code of ['query_too_large', 'warehouse_unavailable'] as const) {
      const { asked, warehouse } = watched(new LedgerError(code))
      const broken = createTestApi({ after }, { warehouse, now: NOW })
      for (const path of ['/v1/costs', '/v1/events']) {
        const { status, body } = await broken.get(`${path}?feature=doc-serch`)
        assert.deepEqual([status, unknownIn(body)], [200, undefined])
      }
      assert.equal(asked.length, 2)
    }
  })

  it('are values, whatever they are called', async () => {
    for (const value of ["x' OR 1=1 -", '{given:Array(String)}', '\\', '__proto_', 'a\0b', "') --"]) {
      const query = new URLSearchParams({ feature: value }).toString()
      const found = (await unknownOf('/v1/costs', query)) as Record<string, Record<string, string[]>>
      assert.deepEqual(Object.keys(found['feature'] ?? {}), [value])
    }
    assert.equal(await unknownOf('/v1/costs', 'feature=__proto__&session_id=none'), undefined)
    const [text] = SOURCES.map(source => compileNames(source, { name: 'feature', given: ['nEeDlE'] }).sql)
    assert.doesNotMatch(text ?? 'nEeDlE', /nEeDlE/)
  })

  it('are told of ten values, however many are asked for', async () => {
    const many = Array.from({ length: 500 }, (_, i) => `feature=doc-serch-${i}`).join('&')
    const found = (await unknownOf('/v1/costs', many)) as { readonly feature: object }
    assert.equal(Object.keys(found.feature).length, 10)
  })

  it('are a part of what is tagged', async () => {
    const path = '/v1/costs?feature=doc-serch&from=2026-11-01&to=2026-11-20'
    const { headers } = await api.get(path)
    const again = await api.get(path, { 'if-none-match': String(headers['etag']) })
    assert.equal(again.status, 304)
    await storeEvents(
      engine,
      [usageEvent({ event_id: 'new', occurred_at: NOW - HOUR, feature: 'doc-serch' })],
      testBook(),
    )
    const changed = await api.get(path, { 'if-none-match': String(headers['etag']) })
    assert.deepEqual([changed.status, unknownIn(changed.body)], [200, undefined])
  })
})
