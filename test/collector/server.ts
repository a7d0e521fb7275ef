// A collector behind a real server on a real port, and what a sender sees of it.

import { gzipSync } from 'node:zlib'
import { uuidV7 } from '#core/identity.ts'
import type { ApiKeys } from '#platform/api-keys/api-keys.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { createHttpServer } from '#platform/http.ts'
import { JSON_TYPE, NDJSON_TYPE } from '#platform/http-body.ts'
import { listen } from '#platform/http-listen.ts'
import type { Logger } from '#platform/log.ts'
import type { Problem } from '#platform/problem.ts'
import type { Clock } from '#ports/clock.ts'
import type { EventLog } from '#ports/event-log.ts'
import { createCollectorMetrics } from '../../services/collector/metrics.ts'
import type { Receipt } from '../../services/collector/pipeline.ts'
import { registerCollector } from '../../services/collector/routes.ts'
import type { Cleanup } from '../support/engine.ts'
import { silentLog, testRegistry } from '../support/silent.ts'

export const TOPIC = 'llm.usage.v1'
export const DEAD_TOPIC = 'llm.usage.v1.dead'

export interface Answer {
  readonly status: number
  readonly type: string
  /** Seconds; undefined where the answer does not say. */
  readonly retryAfter: number | undefined
  /** As sent. */
  readonly text: string
  readonly body: Partial<Receipt & Problem>
}

export interface PostOptions {
  /** Default: JSON. */
  readonly type?: string
  readonly gzip?: boolean
  readonly headers?: Readonly<Record<string, string>>
  /** As in `?strict=1`. */
  readonly query?: string
}

export interface Collector {
  readonly url: string
  /** Posts to /v1/events; what is neither text nor bytes goes as JSON. */
  post(body: unknown, options?: PostOptions): Promise<Answer>
  /** Posts lines as NDJSON. */
  postLines(lines: readonly string[], options?: PostOptions): Promise<Answer>
  /** The sum of a counter over its labels. */
  count(metric: string, labels?: Readonly<Record<string, string>>): Promise<number>
  /** What Prometheus gets. */
  metrics(): Promise<string>
}

export interface ServerOptions {
  /** Keys that the server asks for, with limits by its clock. */
  readonly keys?: (clock: Clock) => ApiKeys
  /** Default: silent. */
  readonly log?: Logger
}

/** Starts the collector over a log; it ends with the test. */
export async function serveCollector(
  t: Cleanup,
  {
    eventLog,
    clock,
    keys,
    log = silentLog(),
  }: { readonly eventLog: EventLog; readonly clock: Clock } & ServerOptions,
): Promise<Collector> {
  const registry = testRegistry()
  const server = createHttpServer({
    host: '127.0.0.1',
    log,
    clock,
    keys: keys?.(clock),
    metrics: registry,
    checks: { log: () => eventLog.health() },
  })
  let ids = 0
  registerCollector(server, {
    eventLog,
    codec: createUsageEventCodec(loadSchemaStore()),
    topic: TOPIC,
    deadLetterTopic: DEAD_TOPIC,
    retentionDays: 400,
    clock,
    newEventId: now => uuidV7(now, randomBytesOf(ids++)),
    log,
    metrics: createCollectorMetrics(registry),
  })
  const url = await listen(server, { host: '127.0.0.1', port: 0 })
  t.after(async () => {
    server.server.closeAllConnections()
    await server.close()
  })

  async function post(body: unknown, options: PostOptions = {}): Promise<Answer> {
    const { type = JSON_TYPE, gzip = false, headers = {}, query = '' } = options
    const plain = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
    const response = await fetch(`${url}/v1/events${query}`, {
      method: 'POST',
      headers: { 'content-type': type, ...(gzip ? { 'content-encoding': 'gzip' } : {}), ...headers },
      body: gzip ? gzipSync(plain) : plain,
    })
    const text = await response.text()
    const retryAfter = response.headers.get('retry-after')
    return {
      status: response.status,
      type: response.headers.get('content-type') ?? '',
      retryAfter: retryAfter === null ? undefined : Number(retryAfter),
      text,
      body: JSON.parse(text),
    }
  }

  async function count(metric: string, labels: Readonly<Record<string, string>> = {}): Promise<number> {
    const { values } = (await registry.getSingleMetric(metric)?.get()) ?? { values: [] }
    return values
      .filter(value => Object.entries(labels).every(([label, text]) => value.labels[label] === text))
      .reduce((sum, { value }) => sum + value, 0)
  }

  return {
    url,
    post,
    postLines: (lines, options) => post(lines.join('\n'), { type: NDJSON_TYPE, ...options }),
    count,
    metrics: () => registry.metrics(),
  }
}

/** Ten bytes that differ for each number. */
function randomBytesOf(number: number): Uint8Array {
  const bytes = Buffer.alloc(10)
  bytes.writeUInt32BE(number, 6)
  return bytes
}
