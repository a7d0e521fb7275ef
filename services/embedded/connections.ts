// What `spendledger up` runs over: for each of log and warehouse its own, in the data directory, unless another is configured.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Counter } from 'prom-client'
import { createWarehouse } from '#adapters/clickhouse/client.ts'
import type { EngineServer } from '#adapters/clickhouse/server/server.ts'
import { type EmbeddedLog, openEmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import { watchEmbeddedLog } from '#adapters/embedded-log/metrics.ts'
import { brokersOf, eventLogFrom, warehouseFrom, warehouseOf } from '#adapters/from-config.ts'
import { HOUR_MS } from '#core/hours.ts'
import type { Config } from '#platform/config.ts'
import type { Logger } from '#platform/log.ts'
import type { Registry } from '#platform/metrics.ts'
import { SETTINGS } from '#platform/settings.ts'
import { waitFor } from '#platform/wait-for.ts'
import type { Clock } from '#ports/clock.ts'
import type { EventLog } from '#ports/event-log.ts'
import type { Warehouse, WarehouseUser } from '#ports/warehouse.ts'
import { moveLeftovers } from './leftovers.ts'
import { startEngine } from './warehouse.ts'

export interface ConnectionOptions {
  readonly config: Config
  readonly log: Logger
  readonly clock: Clock
  readonly registry: Registry
  readonly signal: AbortSignal
  /** Remembers how to undo what was just started. */
  readonly onStop: (undo: () => Promise<unknown>) => void
}

/** A warehouse to connect to, as each of its users. */
export interface Server {
  readonly url: string
  connect(user: WarehouseUser): Promise<Warehouse>
}

/** Starts the engine, or waits for the server that is configured. */
export async function openServer(options: ConnectionOptions): Promise<Server> {
  const { config, log, registry, signal, onStop } = options
  async function closedAtStop(opening: Promise<Warehouse> | Warehouse): Promise<Warehouse> {
    const warehouse = await opening
    onStop(() => warehouse.close())
    return warehouse
  }
  if (config.clickhouseUrl) {
    await (await waitFor(warehouseOf(config), () => warehouseFrom(config, 'writer'), { log, signal })).close()
    return {
      url: new URL(config.clickhouseUrl.reveal()).origin,
      connect: user => closedAtStop(warehouseFrom(config, user)),
    }
  }
  const engine = await startEngine(config, log, signal)
  onStop(() => engine.stop())
  watchEngine(engine, registry)
  const { url, passwords } = engine
  return { url, connect: user => closedAtStop(createWarehouse({ url, user, password: passwords[user] })) }
}

/** Opens the log in the data directory, or waits for the brokers that are configured and brings them what is left in it. */
export async function openLog(options: ConnectionOptions): Promise<EventLog> {
  const { config, log, clock, registry, signal, onStop } = options
  if (!config.kafkaBrokers) {
    const eventLog = await openOwnLog(config, log, clock)
    onStop(() => eventLog.close())
    watchEmbeddedLog(eventLog, registry)
    return eventLog
  }
  const eventLog = await waitFor(brokersOf(config), () => eventLogFrom(config, { clock, log }), {
    log,
    signal,
  })
  onStop(() => eventLog.close())
  await emptyOwnLog(config, { log, clock, signal, to: eventLog })
  return eventLog
}

const ownLogDir = (config: Config): string => join(config.dataDir, 'log')

const openOwnLog = (config: Config, log: Logger, clock: Clock): Promise<EmbeddedLog> =>
  openEmbeddedLog({
    dir: ownLogDir(config),
    clock,
    log,
    retention: { maxAgeMs: config.eventLogRetentionHours * HOUR_MS, maxBytes: config.eventLogMaxBytes },
  })

const distinct = (...names: readonly string[]): string[] => [...new Set(names)]

/** Nobody reads a log on disk any more once there are brokers: what its consumer has not stored would be lost. */
async function emptyOwnLog(
  config: Config,
  options: {
    readonly log: Logger
    readonly clock: Clock
    readonly signal: AbortSignal
    readonly to: EventLog
  },
): Promise<void> {
  if (!existsSync(ownLogDir(config))) return
  const { log, clock, signal, to } = options
  const { kafkaTopic, kafkaDlqTopic, kafkaGroupId } = SETTINGS
  const groups = distinct(config.kafkaGroupId, kafkaGroupId.default)
  const from = await openOwnLog(config, log, clock)
  try {
    const moved = await moveLeftovers({
      from,
      to,
      // Names may have been set together with the brokers.
      routes: [
        { topics: distinct(config.kafkaTopic, kafkaTopic.default), groups, to: config.kafkaTopic },
        {
          topics: distinct(config.kafkaDlqTopic, kafkaDlqTopic.default),
          groups: groups.map(group => `${group}-dead`),
          to: config.kafkaDlqTopic,
        },
      ],
      log,
      signal,
    })
    if (moved > 0) log.info({ records: moved }, `moved what ${ownLogDir(config)} still held to Kafka`)
  } finally {
    await from.close()
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
