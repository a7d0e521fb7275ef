// The document beside the server: the same routes, the same scopes, the same parameters with the same values, in both
// directions. The server is asked from outside; no list of the code is compared with itself.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { SCOPES } from '#platform/api-keys/scopes.ts'
import { bearer, keysOf, newKey } from '../../platform/api-keys/kit.ts'
import { createFullServer, NOW } from './server.ts'
import { type Operation, operations, type Parameter } from './validator.ts'

const server = createFullServer({ after })

/** "GET /v1/events/{id}" of everything that is registered, from the tree that Fastify prints; the pages are no part of the API. */
async function registered(of: FastifyInstance): Promise<string[]> {
  await of.ready()
  const above: string[] = []
  return of
    .printRoutes({ commonPrefix: false })
    .split('\n')
    .flatMap(line => {
      const [, indent = '', part = '', methods = ''] =
        /^([\s│]*)[├└]── (\S*) \(([A-Z, ]+)\)$/.exec(line) ?? []
      assert.ok(part !== '' || line.trim() === '', `cannot read the route ${line}`)
      above.length = indent.length / 4
      above.push(part)
      const path = above.join('').replace(/:(\w+)/g, '{$1}')
      return methods === '' ? [] : methods.split(', ').map(method => `${method} ${path}`)
    })
    .filter(route => !route.startsWith('HEAD ') && !/ \/docs(?:\/|$)/.test(route))
}

const answerTo = async (
  operation: Operation,
  query = '',
  headers: Readonly<Record<string, string>> = {},
  of = server,
) => {
  const { method, path } = operation
  const post = method === 'POST'
  const { statusCode, payload } = await of.inject({
    method: post ? 'POST' : 'GET',
    url: `${path.replace('{id}', 'x')}${query}`,
    headers: { ...headers, ...(post ? { 'content-type': 'application/json' } : {}) },
    ...(post ? { payload: '{}' } : {}),
  })
  const { code = '', detail = '' } = payload.startsWith('{') ? JSON.parse(payload) : {}
  return { status: statusCode, code: String(code), detail: String(detail) }
}

const refuses = async (operation: Operation, query: string): Promise<boolean> =>
  (await answerTo(operation, query)).code === 'bad_query'

const inQuery = ({ parameters }: Operation): Parameter[] => parameters.filter(one => one.in === 'query')

const asked = operations.filter(operation => inQuery(operation).length > 0)

const ANY_TAG = 'tag'

describe('the OpenAPI document and the server', () => {
  it('have the same routes', async () => {
    const documented = operations.map(({ method, path }) => `${method} ${path}`)
    assert.deepEqual(documented.toSorted(), (await registered(server)).toSorted())
  })

  it('ask for the same scopes', async t => {
    const keys = SCOPES.map(scope => ({ scope, ...newKey({ scopes: [scope] }) }))
    const guarded = createFullServer(t, { keys: keysOf(t, keys, { now: () => NOW }) })
    for (const operation of operations) {
      const { operationId, security } = operation
      const needed = security.flatMap(Object.values).flat()
      const { status } = await answerTo(operation, '', {}, guarded)
      assert.equal(status === 401, needed.length > 0, `${operationId} without a key: ${status}`)
      for (const { scope, key } of keys) {
        const allowed = needed.length === 0 || scope === 'admin' || needed.includes(scope)
        const answer = await answerTo(operation, '', bearer(key), guarded)
        assert.equal(answer.status !== 403, allowed, `${operationId} with ${scope}: ${answer.status}`)
      }
    }
  })

  it('know the same query parameters', async () => {
    for (const operation of asked) {
      const known = new Set<string>()
      // A list over time has parameters of its own.
      for (const more of ['', '&granularity=day']) {
        const { code, detail } = await answerTo(operation, `?zzzzzzzzzz=1${more}`)
        assert.equal(code, 'bad_query', operation.operationId)
        const [, names = ''] = /(?:there are|expected) (.+)$/.exec(detail) ?? []
        for (const name of names.split(', ')) known.add(name)
      }
      const documented = inQuery(operation)
        .map(({ name }) => name)
        .filter(name => name !== ANY_TAG)
      assert.deepEqual(documented.toSorted(), [...known].toSorted(), operation.operationId)
    }
  })

  it('take tags in the same places', async () => {
    for (const operation of asked) {
      const documented = inQuery(operation).some(({ name }) => name === ANY_TAG)
      assert.equal(!(await refuses(operation, '?tag.experiment=b')), documented, operation.operationId)
    }
  })

  it('take the same values where there is a list of them', async () => {
    let tried = 0
    for (const operation of asked) {
      for (const { name, schema } of inQuery(operation)) {
        const values = schema.enum ?? schema.items?.enum
        if (!values) continue
        tried += 1
        for (const value of values) {
          assert.ok(
            !(await refuses(operation, `?${name}=${value}`)),
            `${operation.operationId} ${name}=${value}`,
          )
        }
        assert.ok(await refuses(operation, `?${name}=nothing`), `${operation.operationId} ${name}`)
      }
    }
    assert.ok(tried > 20, `only ${tried} parameters have a list`)
  })

  it('have the same limits', async () => {
    for (const operation of asked) {
      for (const { name, schema } of inQuery(operation)) {
        if (schema.maximum === undefined) continue
        assert.ok(!(await refuses(operation, `?${name}=${schema.maximum}`)), operation.operationId)
        assert.ok(await refuses(operation, `?${name}=${schema.maximum + 1}`), operation.operationId)
        assert.ok(await refuses(operation, `?${name}=0`), operation.operationId)
      }
    }
  })
})
