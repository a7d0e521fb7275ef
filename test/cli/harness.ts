// Runs commands as functions: what they print is kept, time passes at once, and the environment is empty but for what a test
// says. `serve` is a server on loopback that answers as it is told.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable, Writable } from 'node:stream'
import type { TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { Io, Output } from '../../services/cli/io.ts'
import { run } from '../../services/cli/main.ts'

export interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
  /** How long (ms) the command paused each time; it did not really wait. */
  readonly pauses: readonly number[]
}

export interface Setting {
  readonly env?: Readonly<Record<string, string>>
  readonly stdin?: string | Buffer
  /** Whether a person looks at both outputs. */
  readonly terminal?: boolean
  /** How wide that terminal says it is. */
  readonly columns?: number
  readonly now?: number
}

export async function runCommand(argv: readonly string[], setting: Setting = {}): Promise<Ran> {
  const { env = {}, stdin = '', terminal = false, columns, now = Date.UTC(2026, 10, 24, 10) } = setting
  const [stdout, stderr] = [keep(terminal, columns), keep(terminal, columns)]
  const pauses: number[] = []
  const io: Io = {
    stdin: Readable.from([Buffer.from(stdin)]),
    stdout: stdout.output,
    stderr: stderr.output,
    env,
    fetch,
    clock: { now: () => now },
    sleep: async ms => pauses.push(ms),
    takeSignals: () => {},
  }
  const code = await run(argv, io)
  return { code, out: stdout.text(), err: stderr.text(), pauses }
}

function keep(isTTY: boolean, columns?: number): { output: Output; text: () => string } {
  const chunks: Buffer[] = []
  const output = new Writable({
    write(chunk, _encoding, done) {
      chunks.push(Buffer.from(chunk))
      done()
    },
  })
  return {
    output: Object.assign(output, { isTTY, ...(columns === undefined ? {} : { columns }) }),
    text: () => Buffer.concat(chunks).toString('utf8'),
  }
}

export interface Received {
  readonly method: string
  /** Path with query. */
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly raw: Buffer
  /** Decompressed. */
  readonly body: string
}

/** What to do with a request; the server answers itself when this returns an answer. */
export type Reply = (request: Received, response: ServerResponse) => Answer | undefined

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

export interface TestServer {
  readonly url: string
  readonly port: number
  readonly received: readonly Received[]
}

/** Objects are answered as JSON, texts as they are. */
export async function serve(t: TestContext, reply: Reply): Promise<TestServer> {
  const received: Received[] = []
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(chunk as Buffer)
    const raw = Buffer.concat(chunks)
    const { method = '', url = '', headers } = incoming
    const text = headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw
    const request = { method, url, headers, raw, body: text.toString('utf8') }
    received.push(request)
    const answer = reply(request, response)
    if (!answer) return
    const json = typeof answer.body !== 'string'
    response.writeHead(answer.status ?? 200, {
      ...(json ? { 'content-type': 'application/json' } : {}),
      ...answer.headers,
    })
    response.end(json ? JSON.stringify(answer.body) : answer.body)
  })
  const port = await listen(server)
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${port}`, port, received }
}

function listen(server: Server): Promise<number> {
  return new Promise(resolve => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}

/** A port on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listen(server)
  await new Promise(resolve => server.close(resolve))
  return port
}
