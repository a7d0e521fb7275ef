// Embedded mode: every service in one process, over a log on disk and a ClickHouse engine in a child process. It only puts
// parts together; each part is the one that cluster mode runs.

import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { Counter } from 'prom-client'
import { createWarehouse } from '#adapters/clickhouse/client.ts'
import type { EngineServer } from '#adapters/clickhouse/server/server.ts'
import { openEmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import { watchEmbeddedLog } from '#adapters/embedded-log/metrics.ts'
import { HOUR_MS } from '#core/hours.ts'
import { uuidV7 } from '#core/identity.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import type { Config } from '#platform/config.ts'
import { createHttpServer } from '#platform/http.ts'
import { listen } from '#platform/http-listen.ts'
import type { App } from '#platform/lifecycle.ts'
import type { Logger } from '#platform/log.ts'
import { createMetrics, type Registry } from '#platform/metrics.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import type { Clock } from '#ports/clock.ts'
import type { Warehouse, WarehouseUser } from '#ports/warehouse.ts'
import { createAggregator } from '../aggregator/app.ts'
import { readDroppedBefore } from '../aggregator/retention.ts'
import { registerApi } from '../api/app.ts'
import { createCollectorMetrics } from '../collector/metrics.ts'
import { registerCollector } from '../collector/routes.ts'
import { createConsumer } from '../consumer/app.ts'
import { lockDataDir, prepareWarehouse, startEngine } from './warehouse.ts'

export interface EmbeddedOptions {
  readonly config: Config
  readonly log: Logger
  readonly clock: Clock
}

/** What runs where, once it runs. */
export interface Running {
  readonly url: string
  readonly engine: EngineServer
}

/** An App that also tells, once started, where it is reached. */
export function createEmbedded(options: EmbeddedOptions): App & { running(): Running } {
  const { config, log, clock } = options
  const closing: (() => Promise<unknown> | unknown)[] = []
  let running: Running | undefined

  /** Remembers how to undo what was just started; undone in reverse order. */
  const onStop = (undo: () => Promise<unknown> | unknown) => closing.push(undo)

  async function start(signal?: AbortSignal): Promise<void> {
    const lock = await lockDataDir(config, 'spendledger up', log, signal)
    onStop(() => lock.release())

    const starting = {
      engine: startEngine(config, log, signal).then(engine => {
        onStop(() => engine.stop())
        return engine
      }),
      eventLog: openLog(config, log, clock).then(eventLog => {
        onStop(() => eventLog.close())
        return eventLog
      }),
      book: loadPriceBook(),
    }
    // All of them first, so that what did start can be stopped when another did not.
    await Promise.allSettled(Object.values(starting))
    const [engine, eventLog, book] = await Promise.all([starting.engine, starting.eventLog, starting.book])

    const connect = (user: WarehouseUser): Warehouse => {
      const warehouse = createWarehouse({ url: engine.url, user, password: engine.passwords[user] })
      onStop(() => warehouse.close())
      return warehouse
    }
    const writer = connect('writer')
    const aggregatorWarehouse = connect('aggregator')
    const reader = connect('reader')

    const { applied, sequence } = await prepareWarehouse(writer, book)
    if (applied.length > 0) log.info({ migrations: applied }, 'brought the warehouse to the newest schema')

    const registry = createMetrics({ service: 'embedded' })
    watchEmbeddedLog(eventLog, registry)
    watchEngine(engine, registry)
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

    const consumer = createConsumer({
      ...shared,
      warehouse: writer,
      pricing: { book, sequence },
      group: config.kafkaGroupId,
    })
    await consumer.start()
    onStop(() => consumer.stop())

    const aggregator = createAggregator({ ...shared, warehouse: aggregatorWarehouse })
    await aggregator.start()
    onStop(() => aggregator.stop())

    const server = createHttpServer({
      host: config.host,
      log,
      metrics: registry,
      checks: { log: () => eventLog.health(), warehouse: () => writer.ping() },
    })
    registerCollector(server, {
      ...shared,
      newEventId: now => uuidV7(now, randomBytes(10)),
      metrics: createCollectorMetrics(registry),
    })
    registerApi(server, { warehouse: reader, clock, book, defaultZone: config.timezone, log })
    const url = await listen(server, { host: config.host, port: config.port })
    onStop(() => server.close())
    running = { url, engine }
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

/** An engine that keeps dying is brought back each time; this is how an operator learns of it. */
function watchEngine(engine: EngineServer, registry: Registry): void {
  const restarts = new Counter({
    name: 'spendledger_engine_restarts_total',
    help: 'How often the embedded ClickHouse died and was started again',
    registers: [registry],
  })
  engine.onStateChange(state => {
    if (state === 'restarting') restarts.inc()
  })
}

const openLog = (config: Config, log: Logger, clock: Clock) =>
  openEmbeddedLog({
    dir: join(config.dataDir, 'log'),
    clock,
    log,
    retention: { maxAgeMs: config.eventLogRetentionHours * HOUR_MS, maxBytes: config.eventLogMaxBytes },
  })
