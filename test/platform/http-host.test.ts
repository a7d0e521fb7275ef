import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createHostCheck, hostName, isLoopback } from '#platform/http-host.ts'
import { createServer, listening, rawRequest } from './http-fixture.ts'

test('loopback is 127.0.0.0/8, ::1 and localhost, and nothing that looks like them', () => {
  for (const host of [
    '127.0.0.1',
    '127.8.8.8',
    '::1',
    '::ffff:127.0.0.1',
    'localhost',
    'LOCALHOST',
    'a.localhost',
  ]) {
    assert.equal(isLoopback(host), true, host)
  }
  for (const host of [
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    '127.0.0.1.example.com',
    'localhost.example.com',
    'notlocalhost',
  ]) {
    assert.equal(isLoopback(host), false, host)
  }
})

test('the name in a Host header comes without port and brackets', () => {
  assert.equal(hostName('Example.com:4318'), 'example.com')
  assert.equal(hostName('[::1]:4318'), '::1')
  assert.equal(hostName('127.0.0.1'), '127.0.0.1')
})

test('a malformed Host header has no name', () => {
  for (const header of [
    '',
    ':4318',
    'a b',
    'localhost@evil.com',
    'localhost/',
    'localhost:port',
    '[evil]',
    '[::1',
    'a,b',
  ]) {
    assert.equal(hostName(header), undefined, header)
  }
})

test('a server on loopback answers loopback names only', () => {
  const allowed = createHostCheck('127.0.0.1')
  for (const header of ['localhost:4318', '127.0.0.1:4318', '[::1]:9000', 'localhost'])
    assert.ok(allowed(header), header)
  for (const header of ['evil.com', 'evil.com:4318', '192.168.1.5:4318', undefined])
    assert.ok(!allowed(header), header)
})

test('further names are allowed when given', () => {
  const allowed = createHostCheck('127.0.0.1', ['Ledger.internal'])
  assert.ok(allowed('ledger.internal:4318'))
  assert.ok(!allowed('other.internal'))
})

test('on an address that keys protect every name passes, unless names are given', () => {
  assert.ok(createHostCheck('0.0.0.0')('ledger.example.com'))
  assert.ok(!createHostCheck('0.0.0.0', ['ledger.example.com'])('evil.com'))
})

test('a foreign Host is refused with 403 on every path', async t => {
  const app = createServer(t)
  for (const url of ['/healthz', '/metrics', '/nothing']) {
    const answer = await app.inject({ url, headers: { host: 'evil.com:4318' } })
    assert.equal(answer.statusCode, 403)
    assert.equal(answer.json().code, 'host_not_allowed')
  }
})

test('two Host headers are refused, whichever comes first', async t => {
  const { port } = await listening(t)
  const good = `Host: 127.0.0.1:${port}`
  for (const hosts of [`${good}\r\nHost: evil.com`, `Host: evil.com\r\n${good}`]) {
    const answer = await rawRequest(port, `GET /healthz HTTP/1.1\r\n${hosts}\r\nConnection: close\r\n\r\n`)
    assert.match(answer, /^HTTP\/1\.1 40[03] /)
  }
})

test('a request without a Host header is refused', async t => {
  const { port } = await listening(t)
  assert.match(
    await rawRequest(port, 'GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n'),
    /^HTTP\/1\.1 400 /,
  )
  assert.match(await rawRequest(port, 'GET /healthz HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 403 /)
})
