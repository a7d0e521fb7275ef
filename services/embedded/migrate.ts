// What services wait for and never do themselves: the newest schema, a number for the price book, and the topics.

import { createWarehouse } from '#adapters/clickhouse/client.ts'
import { migrate, readMigrations } from '#adapters/clickhouse/migrations.ts'
import { brokersOf, eventLogFrom, warehouseFrom, warehouseOf } from '#adapters/from-config.ts'
import { LEADER_TOPIC } from '#adapters/kafka/leadership.ts'
import type { Config } from '#platform/config.ts'
import { createLogger, type Logger } from '#platform/log.ts'
import { type Pricing, readPricing } from '#platform/price-books.ts'
import { waitFor } from '#platform/wait-for.ts'
import { type Clock, systemClock } from '#ports/clock.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { identityOf, registerBook } from '../consumer/book-version.ts'
import { lockDataDir, startEngine } from './warehouse.ts'

export interface Prepared {
  /** Names of the migrations that were missing. */
  readonly applied: readonly string[]
  /** The number of the price book. */
  readonly sequence: number
}

/** Brings the schema up to date and gives the price book its number. Several processes may do so at once. */
export async function prepareWarehouse(writer: Warehouse, pricing: Pricing): Promise<Prepared> {
  const applied = await migrate(writer, await readMigrations())
  return { applied, sequence: await registerBook(writer, identityOf(pricing), pricing.book) }
}

/** Where the warehouse is, and what was done to it and to the brokers. */
export interface Migrated extends Prepared {
  readonly warehouse: string
  /** Topics that are there now; none without brokers. */
  readonly topics: readonly string[]
}

/**
 * Prepares the configured warehouse and brokers.
 * @param waitMs how long either may take to come up
 */
export async function migrateAll(config: Config, waitMs: number): Promise<Migrated> {
  const log = createLogger({ level: config.logLevel, format: config.logFormat, service: 'migrate' })
  const pricing = await readPricing(config.prices)
  const waiting = new AbortController()
  const { signal } = waiting
  const timer = setTimeout(() => waiting.abort(), waitMs)
  const preparing = config.clickhouseUrl
    ? prepareServer(config, pricing, log, signal)
    : prepareEngine(config, pricing, signal)
  const making = makeTopics(config, { log, clock: systemClock }, signal)
  const both = Promise.all([preparing, making])
  both.catch(() => waiting.abort())
  // Both of them first: what one failed at is said once the other has let go of what it opened.
  await Promise.allSettled([preparing, making])
  clearTimeout(timer)
  const [prepared, topics] = await both
  return { ...prepared, warehouse: warehouseOf(config), topics }
}

async function prepareServer(
  config: Config,
  pricing: Pricing,
  log: Logger,
  signal: AbortSignal,
): Promise<Prepared> {
  const writer = await waitFor(warehouseOf(config), () => warehouseFrom(config, 'writer'), { log, signal })
  try {
    return await prepareWarehouse(writer, pricing)
  } finally {
    await writer.close()
  }
}

/** The engine that runs already, or one that is started for this. */
async function prepareEngine(config: Config, pricing: Pricing, signal: AbortSignal): Promise<Prepared> {
  const running = await warehouseFrom(config, 'writer').catch(() => undefined)
  if (running) {
    try {
      return await prepareWarehouse(running, pricing)
    } finally {
      await running.close()
    }
  }
  const log = createLogger({ level: 'warn', format: config.logFormat, service: 'migrate' })
  const lock = await lockDataDir(config, 'spendledger migrate', log, signal)
  try {
    const engine = await startEngine(config, log, signal)
    const writer = createWarehouse({ url: engine.url, user: 'writer', password: engine.passwords.writer })
    try {
      return await prepareWarehouse(writer, pricing)
    } finally {
      await writer.close()
      await engine.stop()
    }
  } finally {
    lock.release()
  }
}

async function makeTopics(
  config: Config,
  dependencies: { readonly log: Logger; readonly clock: Clock },
  signal: AbortSignal,
): Promise<string[]> {
  if (!config.kafkaBrokers) return []
  const ours = [config.kafkaTopic, config.kafkaDlqTopic]
  async function make(topics: readonly string[], partitions: number): Promise<void> {
    const open = () => eventLogFrom(config, { ...dependencies, topics, partitions })
    const eventLog = await waitFor(brokersOf(config), open, { log: dependencies.log, signal })
    await eventLog.close()
  }
  await make(ours, config.kafkaPartitions)
  // One partition, because whoever holds it leads.
  await make([LEADER_TOPIC], 1)
  return [...ours, LEADER_TOPIC]
}
