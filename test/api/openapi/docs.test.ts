// The pages as a browser meets them: everything they load is here, nothing else may be loaded, and no key is needed to read them.

import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { parse } from 'yaml'
import type { ApiKeys } from '#platform/api-keys/api-keys.ts'
import { createHttpServer } from '#platform/http.ts'
import { registerDocsRoutes } from '../../../services/api/routes/docs.ts'
import { bearer, keysOf, newKey } from '../../platform/api-keys/kit.ts'
import type { Cleanup } from '../../support/engine.ts'
import { silentLog, testRegistry } from '../../support/silent.ts'
import { document } from './validator.ts'

function createServer(t: Cleanup, keys?: ApiKeys) {
  const server = createHttpServer({ host: '127.0.0.1', log: silentLog(), metrics: testRegistry(), keys })
  registerDocsRoutes(server)
  t.after(async () => server.close())
  return server
}

/** What a page loads by itself, as paths. */
const loadedBy = (html: string, page: string): string[] =>
  [...html.matchAll(/<(?:script|link)\b[^>]*?\b(?:src|href)="([^"]+)"/g)].map(([, to = '']) => {
    const url = new URL(to, `http://127.0.0.1${page}`)
    assert.equal(url.host, '127.0.0.1', `${to} is elsewhere`)
    return url.pathname
  })

for (const page of ['/docs', '/docs/']) {
  test(`${page} is a page whose scripts, styles and icons are here`, async t => {
    const server = createServer(t)
    const { statusCode, headers, payload } = await server.inject(page)
    assert.equal(statusCode, 200)
    assert.equal(headers['content-type'], 'text/html; charset=utf-8')
    const loaded = loadedBy(payload, page)
    const types = new Map([
      ['.js', /^(?:application|text)\/javascript/],
      ['.css', /^text\/css/],
      ['.png', /^image\/png/],
    ])
    for (const path of loaded) {
      const answer = await server.inject(path)
      assert.equal(answer.statusCode, 200, path)
      const type = types.get(/\.\w+$/.exec(path)?.[0] ?? '')
      // Browsers run nothing that is served as another type.
      assert.match(String(answer.headers['content-type']), type ?? /none/, path)
      assert.equal(answer.headers['x-content-type-options'], 'nosniff', path)
    }
    assert.ok(loaded.filter(path => path.endsWith('.js')).length >= 3, loaded.join())
    assert.ok(
      loaded.some(path => path.endsWith('.css')),
      loaded.join(),
    )
  })
}

test('the page may run and ask nothing but this server', async t => {
  const { headers, payload } = await createServer(t).inject('/docs')
  const policy = new Map(
    String(headers['content-security-policy'])
      .split(';')
      .map(part => part.trim().split(' '))
      .map(([name = '', ...sources]) => [name, sources.join(' ')]),
  )
  assert.equal(policy.get('default-src'), "'none'")
  for (const name of ['script-src', 'style-src', 'connect-src'])
    assert.equal(policy.get(name), "'self'", name)
  for (const name of ['base-uri', 'form-action', 'frame-ancestors']) assert.equal(policy.get(name), "'none'")
  // With this policy a browser would ignore them: the page must do without.
  assert.doesNotMatch(payload, /<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=/)
})

test('the page asks for the document beside it, and has no field for another', async t => {
  const { payload } = await createServer(t).inject('/docs/static/swagger-initializer.js')
  assert.match(payload, /url: resolveUrl\('\.\/json'\)/)
  assert.match(payload, /"layout":"BaseLayout"/)
  assert.match(payload, /validatorUrl: null/)
})

test('/docs/json and /docs/yaml are the same document', async t => {
  const server = createServer(t)
  const json = await server.inject('/docs/json')
  assert.equal(json.statusCode, 200)
  assert.deepEqual(json.json(), document)
  const yaml = await server.inject('/docs/yaml')
  assert.equal(yaml.statusCode, 200)
  assert.deepEqual(parse(yaml.payload), document)
  assert.doesNotMatch(yaml.payload, /: [&*]a\d/)
})

test('where keys are asked for, the pages are open all the same, and what is not there is not told', async t => {
  const known = newKey({ scopes: ['read'] })
  const server = createServer(t, keysOf(t, [known]))
  for (const url of ['/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/static/swagger-ui.css']) {
    for (const method of ['GET', 'HEAD'] as const) {
      assert.equal((await server.inject({ method, url })).statusCode, 200, `${method} ${url}`)
    }
  }
  assert.equal((await server.inject('/docs/nothing')).statusCode, 401)
  assert.equal((await server.inject({ url: '/docs/nothing', headers: bearer(known.key) })).statusCode, 404)
})

test('pages lead out of their directory nowhere, and answer no foreign host', async t => {
  const server = createServer(t)
  for (const path of ['..%2fpackage.json', '%2e%2e/package.json', '..%5cpackage.json']) {
    const { statusCode, payload } = await server.inject(`/docs/static/${path}`)
    assert.ok(statusCode >= 400, `${path}: ${statusCode}`)
    assert.doesNotMatch(payload, /fastify/, path)
  }
  const { statusCode } = await server.inject({ url: '/docs', headers: { host: 'evil.example' } })
  assert.equal(statusCode, 403)
})

test('paths that lead nowhere were errors of ours: they are not found, as from a socket that sends them as they are', async t => {
  const server = createServer(t)
  const { port, hostname } = new URL(await server.listen({ host: '127.0.0.1', port: 0 }))
  for (const path of [
    '/docs/static/../../package.json',
    '/docs/static/%2e%2e/package.json',
    '/docs/static/x%00y',
  ]) {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request({ hostname, port, path }, answer => resolve(answer.resume().statusCode))
        .once('error', reject)
        .end()
    })
    assert.equal(status, 404, path)
  }
})
