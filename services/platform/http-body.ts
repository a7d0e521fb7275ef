// What bodies are taken: which content types, which compression, how large, which bytes. Exact content types keep web pages
// of other sites out (a browser asks before it sends these), and one type with one parser leaves nothing to play types
// against each other (CVE-2025-32442, CVE-2026-25223). Sizes are those after decompression, so that a bomb stays a request.

import { isUtf8 } from 'node:buffer'
import { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { type Gunzip, gunzip } from 'node:zlib'
import type { FastifyInstance, FastifyRequest, RequestPayload } from 'fastify'
import { LedgerError, shown } from '#core/errors.ts'

/** Bytes after decompression. */
export const BODY_LIMIT = 2 ** 20

export const JSON_TYPE = 'application/json'
export const NDJSON_TYPE = 'application/x-ndjson'

const DEFAULT_TYPES: readonly string[] = [JSON_TYPE]

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The content types that a route takes, without parameters; default: JSON only. */
    contentTypes?: readonly string[]
  }
}

const WITH_BODY = new Set(['POST', 'PUT', 'PATCH', 'DELETE', 'QUERY'])

/** One type, and as its only parameter the charset utf-8. */
const CONTENT_TYPE = /^([a-z]+\/[a-z0-9.+-]+)(?: ?; ?charset=(?:utf-8|"utf-8"))?$/i

/** How often a header was sent; Node itself shows the first of several content types and hosts and hides the rest. */
export function countHeader(request: FastifyRequest, name: string): number {
  const { rawHeaders } = request.raw
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.toLowerCase() === name) count += 1
  return count
}

function hasBody(request: FastifyRequest): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = request.headers
  return coding !== undefined || length !== '0'
}

/** Whether the sender may still be sending: then the connection cannot carry another request after an early answer. */
export const isBodyPending = (request: FastifyRequest): boolean => hasBody(request) && !request.raw.complete

function checkContentType(request: FastifyRequest): void {
  const header = request.headers['content-type']
  if (request.method === 'DELETE' && header === undefined && !hasBody(request)) return
  const accepted = request.routeOptions.config.contentTypes ?? DEFAULT_TYPES
  const type = CONTENT_TYPE.exec(header ?? '')?.[1]?.toLowerCase()
  if (type !== undefined && accepted.includes(type) && countHeader(request, 'content-type') === 1) return
  const got = header === undefined ? 'no content type' : shown(header)
  throw new LedgerError(
    'unsupported_media_type',
    `got ${got}, expected one ${accepted.join(' or ')}, in utf-8`,
  )
}

interface Inflated {
  readonly buffer: Buffer
  readonly engine: Gunzip
}

// With `info` the callback gets an object, which the types of Node 20 do not know.
const inflate = promisify(gunzip) as unknown as (
  body: Buffer,
  options: { info: true; maxOutputLength: number },
) => Promise<Inflated>

/** Decompresses one body of gzip members (RFC 1952) that ends where the last member ends. */
async function decompress(body: Buffer, limit: number): Promise<Buffer> {
  let inflated: Inflated
  try {
    inflated = await inflate(body, { info: true, maxOutputLength: limit })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new LedgerError(code === 'ERR_BUFFER_TOO_LARGE' ? 'body_too_large' : 'bad_compression', undefined, {
      cause: error,
    })
  }
  // zlib ignores what follows zero bytes after the last member.
  if (inflated.engine.bytesWritten !== body.length) {
    throw new LedgerError('bad_compression', 'there are bytes after its end')
  }
  return inflated.buffer
}

/** All bytes of a stream, at most `limit`, counted as they come. */
async function readAll(
  request: FastifyRequest,
  stream: AsyncIterable<Buffer>,
  limit: number,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stream) {
    length += chunk.length
    request.bodyBytes = length
    if (length > limit) throw new LedgerError('body_too_large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, length)
}

type Payload = RequestPayload & AsyncIterable<Buffer>

/** Puts the decompressed body in the place of a gzip body; refuses every other encoding and combinations of them. */
async function decode(request: FastifyRequest, payload: Payload): Promise<RequestPayload> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase()
  if (encoding === undefined || encoding === 'identity') return payload
  if (encoding !== 'gzip') {
    throw new LedgerError(
      'unsupported_media_type',
      `content-encoding ${shown(encoding)}, expected gzip or none`,
    )
  }
  const limit = request.routeOptions.bodyLimit ?? BODY_LIMIT
  const body = await readAll(request, payload, limit)
  const decoded = Readable.from(await decompress(body, limit))
  // From here on, the bytes that came out count and not those that came in.
  request.bodyBytes = 0
  // Fastify compares this with Content-Length.
  return Object.assign(decoded, { receivedEncodedLength: body.length })
}

/** The text of a body. Broken UTF-8 is refused: decoding would quietly put U+FFFD into names and ids. */
function textOf(body: Buffer): string {
  if (body.length === 0) throw new LedgerError('body_empty')
  if (!isUtf8(body)) throw new LedgerError('body_not_parseable', 'it is not valid UTF-8')
  const text = body.toString('utf8')
  return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
}

/** Makes a server take JSON (parsed) and NDJSON (as a string), and nothing else. */
export function addBodyHandling(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser(JSON_TYPE, { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    parseJson(request, textOf(body), done)
  })
  app.addContentTypeParser(NDJSON_TYPE, { parseAs: 'buffer' }, (_request, body: Buffer, done) => {
    done(null, textOf(body))
  })
  app.addHook('onRequest', async request => {
    if (!request.is404 && WITH_BODY.has(request.method)) checkContentType(request)
  })
  app.addHook('preParsing', async (request, _reply, payload) => decode(request, payload as Payload))
}
