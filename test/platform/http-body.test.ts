import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { InjectOptions } from 'fastify'
import { BODY_LIMIT } from '#platform/http-body.ts'
import { createServer, listening, rawRequest } from './http-fixture.ts'

const JSON_HEADERS = { 'content-type': 'application/json' }
const GZIP_HEADERS = { ...JSON_HEADERS, 'content-encoding': 'gzip' }

interface Case {
  readonly name: string
  readonly body?: InjectOptions['payload']
  readonly headers?: Record<string, string>
  readonly url?: string
  readonly status: number
  readonly code?: string
  readonly got?: unknown
}

function cases(list: readonly Case[]): void {
  for (const { name, body, headers = JSON_HEADERS, url = '/json', status, code, got } of list) {
    test(name, async t => {
      const app = createServer(t)
      const answer = await app.inject({
        method: 'POST',
        url,
        headers,
        ...(body === undefined ? {} : { payload: body }),
      })
      assert.equal(answer.statusCode, status, answer.body)
      if (code !== undefined) {
        assert.equal(answer.json().code, code)
        assert.match(String(answer.headers['content-type']), /^application\/problem\+json/)
      }
      if (got !== undefined) assert.deepEqual(answer.json().body, got)
    })
  }
}

const notParseable = { status: 400, code: 'body_not_parseable' }
const wrongType = { status: 415, code: 'unsupported_media_type' }
const badGzip = { status: 400, code: 'bad_compression' }
const tooLarge = { status: 413, code: 'body_too_large' }

const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`
const exactly = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2))

cases([
  { name: 'a JSON object is parsed', body: '{"a":1}', status: 200, got: { a: 1 } },
  { name: 'a JSON array is parsed', body: '[{"a":1}]', status: 200, got: [{ a: 1 }] },
  { name: 'an empty JSON body is refused', body: '', status: 400, code: 'body_empty' },
  { name: 'a JSON body of blanks is refused', body: ' \n\t ', ...notParseable },
  { name: 'a byte order mark before JSON is skipped', body: '\ufeff{"a":1}', status: 200, got: { a: 1 } },
  { name: 'truncated JSON is refused', body: '{"a":1', ...notParseable },
  { name: 'garbage after JSON is refused', body: '{"a":1}x', ...notParseable },
  { name: 'two JSON documents are refused', body: '{"a":1}{"a":2}', ...notParseable },
  { name: 'NaN and Infinity are refused', body: '{"a":NaN,"b":Infinity}', ...notParseable },
  { name: 'comments in JSON are refused', body: '{"a":1} // one', ...notParseable },
  { name: 'single quotes are refused', body: "{'a':1}", ...notParseable },
  { name: 'of duplicate keys the last one counts', body: '{"a":1,"a":2}', status: 200, got: { a: 2 } },
  { name: '__proto__ is refused', body: '{"__proto__":{"x":1}}', ...notParseable },
  {
    name: '__proto__ with an escaped letter is refused',
    body: '{"\\u005f_proto__":{"x":1}}',
    ...notParseable,
  },
  {
    name: 'constructor.prototype is refused',
    body: '{"constructor":{"prototype":{"x":1}}}',
    ...notParseable,
  },
  { name: 'invalid UTF-8 in JSON is refused', body: Buffer.from([0x22, 0xff, 0xfe, 0x22]), ...notParseable },
  {
    name: 'a UTF-8 character that is cut off is refused',
    body: Buffer.from('"€').subarray(0, 3),
    ...notParseable,
  },
  { name: 'UTF-16 is refused', body: Buffer.from('{"a":"é"}', 'utf16le'), ...notParseable },
  { name: 'a body of exactly 1 MiB is taken', body: exactly(BODY_LIMIT), status: 200 },
  { name: 'a body of 1 MiB and a byte is refused', body: exactly(BODY_LIMIT + 1), ...tooLarge },
])

test('JSON of 100,000 levels does not crash the server', async t => {
  const app = createServer(t)
  app.post('/count', async () => 'ok')
  const answer = await app.inject({ method: 'POST', url: '/count', headers: JSON_HEADERS, payload: deep })
  assert.equal(answer.statusCode, 200)
})

const ndjson = { url: '/ndjson', headers: { 'content-type': 'application/x-ndjson' } }
cases([
  { name: 'NDJSON arrives as text', ...ndjson, body: '{"a":1}\n{"b"', status: 200, got: '{"a":1}\n{"b"' },
  {
    name: 'a byte order mark before NDJSON is skipped',
    ...ndjson,
    body: '\ufeff{}\n',
    status: 200,
    got: '{}\n',
  },
  { name: 'an empty NDJSON body is refused', ...ndjson, body: '', status: 400, code: 'body_empty' },
  { name: 'invalid UTF-8 in NDJSON is refused', ...ndjson, body: Buffer.from([0xc3, 0x28]), ...notParseable },
])

const typed = (type: string) => ({ body: '{}', headers: { 'content-type': type } })
cases([
  { name: 'a type in capitals is the same type', ...typed('Application/JSON'), status: 200 },
  { name: 'charset utf-8 is taken', ...typed('application/json; charset=utf-8'), status: 200 },
  {
    name: 'charset "UTF-8" in quotes and capitals is taken',
    ...typed('application/json;charset="UTF-8"'),
    status: 200,
  },
  { name: 'charset utf-7 is refused', ...typed('application/json;charset=utf-7'), ...wrongType },
  { name: 'charset latin-1 is refused', ...typed('application/json; charset=iso-8859-1'), ...wrongType },
  {
    name: 'a parameter other than charset is refused',
    ...typed('application/json; profile=x'),
    ...wrongType,
  },
  {
    name: 'a tab before the semicolon is refused',
    ...typed('application/json\t; charset=utf-8'),
    ...wrongType,
  },
  { name: 'text/plain is refused, as browsers send it unasked', ...typed('text/plain'), ...wrongType },
  {
    name: 'a form is refused, as browsers send it unasked',
    ...typed('application/x-www-form-urlencoded'),
    ...wrongType,
  },
  {
    name: 'multipart is refused, as browsers send it unasked',
    ...typed('multipart/form-data; boundary=x'),
    ...wrongType,
  },
  {
    name: 'JSON hidden in the parameters of text/plain is refused',
    ...typed('text/plain; application/json'),
    ...wrongType,
  },
  { name: 'two types in one header are refused', ...typed('application/json, text/plain'), ...wrongType },
  { name: 'a type that only begins with ours is refused', ...typed('application/jsonp'), ...wrongType },
  { name: 'NDJSON is refused where a route takes JSON', ...typed('application/x-ndjson'), ...wrongType },
  {
    name: 'JSON is refused where a route takes NDJSON',
    ...typed('application/json'),
    url: '/ndjson',
    ...wrongType,
  },
  { name: 'a body without a type is refused', body: '{}', headers: {}, ...wrongType },
  { name: 'a POST without body and type is refused, as browsers send it unasked', headers: {}, ...wrongType },
])

test('a DELETE without a body needs no type', async t => {
  const answer = await createServer(t).inject({ method: 'DELETE', url: '/thing' })
  assert.equal(answer.statusCode, 200)
})

test('an unknown path is 404 whatever its type', async t => {
  const answer = await createServer(t).inject({ method: 'POST', url: '/nothing', payload: 'x' })
  assert.equal(answer.json().code, 'not_found')
})

const member = gzipSync('{"a":1}')
const brokenChecksum = Buffer.from(member)
brokenChecksum.writeUInt8(brokenChecksum.readUInt8(member.length - 8) ^ 1, member.length - 8)
const gzip = { headers: GZIP_HEADERS }
const encoded = (encoding: string) => ({
  headers: { ...JSON_HEADERS, 'content-encoding': encoding },
  body: member,
})

cases([
  { name: 'gzip is decompressed', ...gzip, body: member, status: 200, got: { a: 1 } },
  {
    name: 'gzip NDJSON is decompressed',
    url: '/ndjson',
    headers: { ...ndjson.headers, 'content-encoding': 'gzip' },
    body: gzipSync('{}\n'),
    status: 200,
    got: '{}\n',
  },
  { name: 'GZIP in capitals is gzip', ...encoded('GZIP'), status: 200 },
  {
    name: 'identity is no encoding',
    headers: { ...JSON_HEADERS, 'content-encoding': 'identity' },
    body: '{"a":1}',
    status: 200,
  },
  {
    name: 'two gzip members are one body',
    ...gzip,
    body: Buffer.concat([gzipSync('{"a"'), gzipSync(':1}')]),
    status: 200,
    got: { a: 1 },
  },
  { name: 'gzip of exactly 1 MiB is taken', ...gzip, body: gzipSync(exactly(BODY_LIMIT)), status: 200 },
  {
    name: 'gzip of 1 MiB and a byte is refused',
    ...gzip,
    body: gzipSync(exactly(BODY_LIMIT + 1)),
    ...tooLarge,
  },
  { name: 'truncated gzip is refused', ...gzip, body: member.subarray(0, -4), ...badGzip },
  { name: 'gzip that is cut in its header is refused', ...gzip, body: member.subarray(0, 5), ...badGzip },
  { name: 'gzip with a wrong checksum is refused', ...gzip, body: brokenChecksum, ...badGzip },
  {
    name: 'a gzip header on a plain body is refused',
    ...gzip,
    body: Buffer.from('\x1f\x8b{"a":1}', 'latin1'),
    ...badGzip,
  },
  { name: 'a plain body declared as gzip is refused', ...gzip, body: '{"a":1}', ...badGzip },
  { name: 'an empty body declared as gzip is refused', ...gzip, body: '', ...badGzip },
  {
    name: 'garbage after gzip is refused',
    ...gzip,
    body: Buffer.concat([member, Buffer.from('x')]),
    ...badGzip,
  },
  {
    name: 'garbage behind zero bytes after gzip is refused',
    ...gzip,
    body: Buffer.concat([member, Buffer.from('\0x')]),
    ...badGzip,
  },
  {
    name: 'a truncated second member is refused',
    ...gzip,
    body: Buffer.concat([member, member.subarray(0, 12)]),
    ...badGzip,
  },
  { name: 'gzip in gzip is refused', ...gzip, body: gzipSync(member), ...notParseable },
  { name: 'gzip of nothing is an empty body', ...gzip, body: gzipSync(''), status: 400, code: 'body_empty' },
  { name: 'gzip that is not declared is refused', body: member, ...notParseable },
  { name: 'brotli is refused, not read as plain', ...encoded('br'), ...wrongType },
  { name: 'zstd is refused', ...encoded('zstd'), ...wrongType },
  { name: 'deflate is refused', ...encoded('deflate'), ...wrongType },
  { name: 'double encoding is refused', ...encoded('gzip, gzip'), ...wrongType },
  { name: 'gzip with identity is refused', ...encoded('identity, gzip'), ...wrongType },
])

test('a gzip bomb is refused in bounded memory', async t => {
  const app = createServer(t)
  const bomb = gzipSync(Buffer.alloc(64 * BODY_LIMIT))
  const before = process.memoryUsage.rss()
  const answers = await Promise.all(
    Array.from({ length: 8 }, () =>
      app.inject({ method: 'POST', url: '/json', headers: GZIP_HEADERS, payload: bomb }),
    ),
  )
  assert.deepEqual(new Set(answers.map(answer => answer.statusCode)), new Set([413]))
  assert.ok(
    process.memoryUsage.rss() - before < 100 * BODY_LIMIT,
    'eight bombs of 64 MiB take less than 100 MiB',
  )
})

test('arbitrary bytes are never a server error, as gzip or as JSON', async t => {
  const app = createServer(t)
  const bytes = fc.uint8Array({ maxLength: 64 }).map(array => Buffer.from(array))
  const bodies = fc.oneof(
    bytes,
    bytes.map(tail => Buffer.concat([member.subarray(0, 10), tail])),
  )
  await fc.assert(
    fc.asyncProperty(bodies, fc.constantFrom(JSON_HEADERS, GZIP_HEADERS), async (payload, headers) => {
      const answer = await app.inject({ method: 'POST', url: '/json', headers, payload })
      assert.ok(answer.statusCode < 500, answer.body)
    }),
    { numRuns: 200 },
  )
})

const head = (port: number, ...lines: string[]) =>
  ['POST /json HTTP/1.1', `Host: 127.0.0.1:${port}`, 'Connection: close', ...lines, '', ''].join('\r\n')

const framing: readonly [name: string, lines: readonly string[], body: string, expected: RegExp][] = [
  [
    'a chunked body is taken',
    ['Content-Type: application/json', 'Transfer-Encoding: chunked'],
    '2\r\n{}\r\n0\r\n\r\n',
    /^HTTP\/1\.1 200 /,
  ],
  [
    'two content types are refused',
    ['Content-Type: application/json', 'content-type: text/plain', 'Content-Length: 2'],
    '{}',
    /^HTTP\/1\.1 415 /,
  ],
  [
    'the same content type twice is refused',
    ['Content-Type: application/json', 'Content-Type: application/json', 'Content-Length: 2'],
    '{}',
    /^HTTP\/1\.1 415 /,
  ],
  [
    'content encoding gzip twice is refused',
    [
      'Content-Type: application/json',
      'Content-Encoding: gzip',
      'Content-Encoding: gzip',
      'Content-Length: 2',
    ],
    '{}',
    /^HTTP\/1\.1 415 /,
  ],
  [
    'chunks of the wrong size are refused',
    ['Content-Type: application/json', 'Transfer-Encoding: chunked'],
    '5\r\n{}\r\n0\r\n\r\n',
    /^HTTP\/1\.1 400 /,
  ],
  [
    'two content lengths are refused',
    ['Content-Type: application/json', 'Content-Length: 2', 'Content-Length: 3'],
    '{}',
    /^HTTP\/1\.1 400 /,
  ],
  [
    'content length beside chunks is refused',
    ['Content-Type: application/json', 'Content-Length: 2', 'Transfer-Encoding: chunked'],
    '2\r\n{}\r\n0\r\n\r\n',
    /^HTTP\/1\.1 400 /,
  ],
  [
    'a body shorter than its content length is never taken',
    ['Content-Type: application/json', 'Content-Length: 10'],
    '{}',
    /^$|^HTTP\/1\.1 4/,
  ],
  [
    'a content length of 2 GB is refused at once',
    ['Content-Type: application/json', 'Content-Length: 2000000000'],
    '{',
    /^HTTP\/1\.1 413 /,
  ],
]

for (const [name, lines, body, expected] of framing) {
  test(name, async t => {
    const { port } = await listening(t)
    assert.match(await rawRequest(port, head(port, ...lines) + body, 500), expected)
  })
}

test('a body longer than its content length ends the connection with 400', async t => {
  const { port } = await listening(t)
  const lines = ['Content-Type: application/json', 'Content-Length: 2']
  const answer = await rawRequest(port, `${head(port, ...lines)}{}garbage`, 500)
  assert.match(answer, /^HTTP\/1\.1 400 /)
})
