// Embedded mode: every service in one process, over a log on disk and a ClickHouse engine in a child process, or over the Kafka
// and the ClickHouse server that are configured. It only puts parts together; each part is the one that cluster mode runs.

import { randomBytes, randomUUID } from 'node:crypto'
import { uuidV7 } from '#core/identity.ts'
import { openApiKeys } from '#platform/api-keys/api-keys.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import type { Config } from '#platform/config.ts'
import { readDroppedBefore } from '#platform/dropped-before.ts'
import { createHttpServer } from '#platform/http.ts'
import { listen } from '#platform/http-listen.ts'
import { ALONE } from '#platform/leader-watch.ts'
import type { App } from '#platform/lifecycle.ts'
import type { Logger } from '#platform/log.ts'
import { createMetrics } from '#platform/metrics.ts'
import { openPriceBooks } from '#platform/price-books.ts'
import type { Clock } from '#ports/clock.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { createAggregator } from '../aggregator/app.ts'
import { registerApi } from '../api/app.ts'
import { createCollectorMetrics } from '../collector/metrics.ts'
import { registerCollector } from '../collector/routes.ts'
import { createConsumer } from '../consumer/app.ts'
import { createNumberedBooks } from '../consumer/numbered-books.ts'
import { createRepricer } from '../consumer/reprice/repricer.ts'
import { openLog, openServer } from './connections.ts'
import { prepareWarehouse } from './migrate.ts'
import { lockDataDir } from './warehouse.ts'

export interface EmbeddedOptions {
  readonly config: Config
  readonly log: Logger
  readonly clock: Clock
}

/** What runs where, once it runs. */
export interface Running {
  readonly url: string
  readonly warehouse: { readonly url: string; readonly version: string }
}

/** An App that also tells, once started, where it is reached. */
export function createEmbedded(options: EmbeddedOptions): App & { running(): Running } {
  const { config, log, clock } = options
  const closing: (() => Promise<unknown> | unknown)[] = []
  const registry = createMetrics({ service: 'embedded' })
  let running: Running | undefined

  /** Remembers how to undo what was just started; undone in reverse order. */
  const onStop = (undo: () => Promise<unknown> | unknown) => closing.push(undo)

  async function start(signal?: AbortSignal): Promise<void> {
    const { apiKeysFile } = config
    const keys = apiKeysFile === undefined ? undefined : openApiKeys({ file: apiKeysFile, log, clock })
    if (keys) onStop(() => keys.close())
    const lock = await lockDataDir(config, 'spendledger up', log, signal)
    onStop(() => lock.release())

    const { server, eventLog, books } = await openAll(signal)
    onStop(() => books.close())
    const writer = await server.connect('writer')
    const aggregatorWarehouse = await server.connect('aggregator')
    const reader = await server.connect('reader')

    const pricing = books.current()
    const { applied, sequence } = await prepareWarehouse(writer, pricing)
    if (applied.length > 0) log.info({ migrations: applied }, 'brought the warehouse to the newest schema')

    const codec = createUsageEventCodec(loadSchemaStore())
    const shared = {
      eventLog,
      codec,
      clock,
      log,
      registry,
      topic: config.kafkaTopic,
      deadLetterTopic: config.kafkaDlqTopic,
      retentionDays: config.rawRetentionDays,
      notBefore: await readDroppedBefore(writer),
    }

    const numbered = createNumberedBooks({
      books,
      numbered: { pricing, sequence },
      warehouse: writer,
      log,
      clock,
    })
    await numbered.start()
    onStop(() => numbered.stop())

    const consumer = createConsumer({
      ...shared,
      warehouse: writer,
      pricing: numbered.current,
      group: config.kafkaGroupId,
    })
    await consumer.start(signal)
    onStop(() => consumer.stop())

    const aggregator = createAggregator({
      ...shared,
      warehouse: aggregatorWarehouse,
      ...(config.kafkaBrokers ? { leadership: eventLog.lead('aggregator') } : {}),
    })
    await aggregator.start()
    onStop(() => aggregator.stop())

    const repricer = createRepricer({
      warehouse: writer,
      pricing: numbered.current,
      retentionDays: config.rawRetentionDays,
      leadership: config.kafkaBrokers ? eventLog.lead('reprice') : ALONE,
      newRunId: randomUUID,
      clock,
      log,
    })
    await repricer.start()
    onStop(() => repricer.stop())

    const http = createHttpServer({
      host: config.host,
      log,
      metrics: registry,
      keys,
      checks: { log: () => eventLog.health(), warehouse: () => writer.ping() },
    })
    registerCollector(http, {
      ...shared,
      newEventId: now => uuidV7(now, randomBytes(10)),
      metrics: createCollectorMetrics(registry),
    })
    registerApi(http, { warehouse: reader, clock, books, defaultZone: config.timezone, log })
    const url = await listen(http, { host: config.host, port: config.port })
    onStop(() => http.close())
    running = { url, warehouse: { url: server.url, version: await versionOf(reader) } }
  }

  /** Log and warehouse at once; when one cannot be had, the other is not waited for. */
  async function openAll(signal?: AbortSignal) {
    const failed = new AbortController()
    const either = signal ? AbortSignal.any([signal, failed.signal]) : failed.signal
    const parts = { config, log, clock, registry, signal: either, onStop }
    const starting = {
      server: openServer(parts),
      eventLog: openLog(parts),
      books: openPriceBooks({ overlayFile: config.prices, log, registry }),
    }
    const all = Promise.all([starting.server, starting.eventLog, starting.books])
    all.catch(() => failed.abort())
    // All of them first, so that what did start can be stopped when another did not.
    await Promise.allSettled(Object.values(starting))
    const [server, eventLog, books] = await all
    return { server, eventLog, books }
  }

  async function stop(): Promise<void> {
    const failures: unknown[] = []
    for (let undo = closing.pop(); undo; undo = closing.pop()) {
      try {
        await undo()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  return {
    async start(signal) {
      try {
        await start(signal)
      } catch (error) {
        await stop()
        throw error
      }
    },
    stop,
    running() {
      if (!running) throw new Error('embedded mode is not running')
      return running
    },
  }
}

async function versionOf(warehouse: Warehouse): Promise<string> {
  const [row] = await warehouse.query<{ version: string }>('SELECT version() AS version')
  return row?.version ?? ''
}
