// What the tests of the HTTP layer share: a server with one route for each kind of body, and raw sockets, because clients
// do not let one send what must be refused.

import { connect } from 'node:net'
import type { TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { createHttpServer, type HttpServerOptions } from '#platform/http.ts'
import { NDJSON_TYPE } from '#platform/http-body.ts'
import { listen } from '#platform/http-listen.ts'
import { createLogger } from '#platform/log.ts'
import { createMetrics } from '#platform/metrics.ts'

export interface LogLines {
  readonly lines: Record<string, unknown>[]
  write(line: string): void
}

export function collectLines(): LogLines {
  const lines: Record<string, unknown>[] = []
  return { lines, write: line => lines.push(JSON.parse(line)) }
}

type ServerOptions = Partial<HttpServerOptions> & { stream?: LogLines }

/** A server whose /json and /ndjson answer with the body that the handler got. */
export function createServer(t: TestContext, options: ServerOptions = {}): FastifyInstance {
  const { stream = collectLines(), ...rest } = options
  const app = createHttpServer({
    host: '127.0.0.1',
    log: createLogger({ level: 'debug', format: 'json', service: 'test', stream }),
    metrics: createMetrics({ service: 'test' }),
    ...rest,
  })
  app.post('/json', async request => ({ body: request.body }))
  app.post('/ndjson', { config: { contentTypes: [NDJSON_TYPE] } }, async request => ({ body: request.body }))
  app.delete('/thing', async () => ({ gone: true }))
  t.after(() => {
    app.server.closeAllConnections()
    return app.close()
  })
  return app
}

export async function listening(t: TestContext, options: ServerOptions = {}) {
  const app = createServer(t, options)
  const url = await listen(app, { host: '127.0.0.1', port: 0 })
  return { app, url, port: Number(new URL(url).port) }
}

/** Sends bytes and collects what comes back until the server closes or `waitMs` has passed. */
export function rawRequest(port: number, bytes: string | Buffer, waitMs = 1_000): Promise<string> {
  return new Promise(resolve => {
    let answer = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    const timer = setTimeout(() => socket.destroy(), waitMs)
    socket.setEncoding('utf8')
    socket.on('data', chunk => {
      answer += chunk
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(answer)
    })
  })
}
