// Every route of the collector and the API, found by asking the server itself: none may be open by oversight. A new route must be
// entered here with the scopes that open it.

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { LedgerError } from '#core/errors.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { createHttpServer } from '#platform/http.ts'
import { registerApi } from '../../../services/api/app.ts'
import { createCollectorMetrics } from '../../../services/collector/metrics.ts'
import { registerCollector } from '../../../services/collector/routes.ts'
import { booksOf, testBook } from '../../api/fixture.ts'
import { silentLog, testRegistry } from '../../support/silent.ts'
import { bearer, keysOf, NOW, newKey } from './kit.ts'

const SCOPES = ['ingest', 'read', 'admin'] as const
type Scope = (typeof SCOPES)[number]

/** What each route lets in; 'open' needs no key. */
const EXPECTED: Readonly<Record<string, 'open' | readonly Scope[]>> = {
  'GET /healthz': 'open',
  'GET /readyz': 'open',
  'GET /metrics': 'open',
  // The page and what it loads: nothing of the ledger is in it.
  'GET /docs': 'open',
  'GET /docs/': 'open',
  'GET /docs/*': 'open',
  'GET /docs/json': 'open',
  'GET /docs/yaml': 'open',
  'GET /docs/static/index.html': 'open',
  'GET /docs/static/swagger-initializer.js': 'open',
  'POST /v1/events': ['ingest', 'admin'],
  'POST /v1/quote': ['ingest', 'read', 'admin'],
  'GET /v1/costs': ['read', 'admin'],
  'GET /v1/costs/timeseries': ['read', 'admin'],
  'GET /v1/coverage': ['read', 'admin'],
  'GET /v1/events': ['read', 'admin'],
  'GET /v1/explain': ['read', 'admin'],
  'GET /v1/events/:id': ['read', 'admin'],
  'GET /v1/prices': ['read', 'admin'],
  'GET /v1/dead-letters': ['read', 'admin'],
  'GET /v1/dead-letters/:id': ['read', 'admin'],
  'GET /v1/changes': ['read', 'admin'],
}

const KEYS = Object.fromEntries(SCOPES.map(scope => [scope, newKey({ scopes: [scope] })]))

async function everything(t: TestContext): Promise<FastifyInstance> {
  const registry = testRegistry()
  const log = silentLog()
  const clock = { now: () => NOW }
  const server = createHttpServer({
    host: '127.0.0.1',
    log,
    metrics: registry,
    keys: keysOf(t, Object.values(KEYS)),
  })
  const away = async (): Promise<never> => {
    throw new LedgerError('warehouse_unavailable')
  }
  registerCollector(server, {
    eventLog: { append: away },
    codec: createUsageEventCodec(loadSchemaStore()),
    topic: 'usage',
    deadLetterTopic: 'dead',
    retentionDays: 400,
    clock,
    newEventId: () => 'id',
    log,
    metrics: createCollectorMetrics(registry),
  })
  registerApi(server, {
    warehouse: {
      user: 'reader',
      query: away,
      insert: away,
      insertObjects: away,
      command: away,
      ping: away,
      close: async () => {},
    },
    clock,
    books: booksOf(testBook()),
    defaultZone: 'UTC',
    log,
  })
  t.after(() => server.close())
  await server.ready()
  return server
}

/** `GET /v1/costs` and so on, HEAD as well, from the router's own tree. */
function routesOf(server: FastifyInstance): string[] {
  const routes: string[] = []
  const path: string[] = []
  for (const line of server.printRoutes({ commonPrefix: false }).split('\n')) {
    const [, indent = '', part, methods] = /^([│ ]*)[├└]── (.+?)(?: \(([A-Z, ]+)\))?$/.exec(line) ?? []
    if (part === undefined) continue
    path.splice(indent.length / 4, path.length, part)
    for (const method of methods?.split(', ') ?? []) routes.push(`${method} ${path.join('')}`)
  }
  return routes
}

test('every route refuses who has no key, and who has one with another scope', async t => {
  const server = await everything(t)
  const routes = routesOf(server)
  const withoutHead = routes.filter(route => !route.startsWith('HEAD '))
  assert.deepEqual([...withoutHead].sort(), Object.keys(EXPECTED).sort())

  for (const route of routes) {
    const [method, path = ''] = route.split(' ') as ['GET' | 'HEAD' | 'POST', string]
    const expected = EXPECTED[route.replace('HEAD', 'GET')]
    const url = path.replace(':id', 'x').replace('*', 'static/index.css')
    const ask = async (headers: Record<string, string>) =>
      (await server.inject({ method, url, headers, ...(method === 'POST' ? { payload: {} } : {}) }))
        .statusCode

    const stranger = await ask({})
    if (expected === 'open') assert.notEqual(stranger, 401, route)
    else assert.equal(stranger, 401, route)
    assert.ok(expected, route)
    for (const [scope, { key }] of Object.entries(KEYS)) {
      const status = await ask(bearer(key))
      const opens: boolean = expected === 'open' || expected.some(name => name === scope)
      assert.equal(status === 403, !opens, `${route} with ${scope}: ${status}`)
      assert.notEqual(status, 401, route)
    }
  }
})
