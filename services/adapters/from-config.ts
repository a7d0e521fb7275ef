// Adapters as the configuration asks for them: one place decides what `KAFKA_BROKERS` and `CLICKHOUSE_URL` mean, so that a
// service, `spendledger up` and a command reach the same log and the same warehouse.

import { readFile } from 'node:fs/promises'
import { LedgerError } from '#core/errors.ts'
import type { Config } from '#platform/config.ts'
import { ALONE } from '#platform/leader-watch.ts'
import { endProcess } from '#platform/lifecycle.ts'
import type { Logger } from '#platform/log.ts'
import { createNeed, type Need } from '#platform/need.ts'
import { type Clock, systemClock } from '#ports/clock.ts'
import type { EventLog, Leadership } from '#ports/event-log.ts'
import type { Warehouse, WarehouseUser } from '#ports/warehouse.ts'
import { type ClickHouseOptions, createWarehouse } from './clickhouse/client.ts'
import { readMigrations, requireSchema } from './clickhouse/migrations.ts'
import { passwordFile } from './clickhouse/server/passwords.ts'

export interface LogDependencies {
  readonly clock: Clock
  readonly log: Logger
  /** Topics that are created if they are missing; default: those of events and of dead letters. */
  readonly topics?: readonly string[]
  /** Of topics that are created; default: as configured. */
  readonly partitions?: number
  /** A consumer ended for good; without it, a new one takes its place. */
  readonly onFatal?: (error: Error) => void
}

/**
 * The event log of the configured brokers. Connects once.
 * @throws LedgerError `log_unavailable`, which may pass, or `log_denied`
 */
export async function eventLogFrom(config: Config, dependencies: LogDependencies): Promise<EventLog> {
  const { kafkaBrokers, kafkaSaslMechanism, kafkaSaslUsername, kafkaSaslPassword } = config
  if (!kafkaBrokers) throw new LedgerError('internal', 'no brokers are configured')
  const ca = config.kafkaSslCa === undefined ? undefined : await readFile(config.kafkaSslCa, 'utf8')
  // Loaded where it is used: embedded mode starts without it.
  const { openKafkaLog } = await import('./kafka/kafka-log.ts')
  return openKafkaLog({
    brokers: kafkaBrokers,
    ...(config.kafkaSsl ? { ssl: ca === undefined ? {} : { ca } } : {}),
    ...(kafkaSaslMechanism && kafkaSaslUsername && kafkaSaslPassword
      ? {
          sasl: {
            mechanism: kafkaSaslMechanism,
            username: kafkaSaslUsername,
            password: kafkaSaslPassword.reveal(),
          },
        }
      : {}),
    partitions: config.kafkaPartitions,
    topics: [config.kafkaTopic, config.kafkaDlqTopic],
    deployment: config.kafkaGroupId,
    ...dependencies,
  })
}

/**
 * What an aggregator or alerter needs to know whether it is the one that works. Without brokers it is: nobody could say that
 * there is another.
 */
export function leadershipFrom(config: Config, job: string, log: Logger): Need<Leadership> {
  const alone = config.kafkaBrokers === undefined
  if (alone) log.info(`KAFKA_BROKERS is unset, so this ${job} works without looking for others`)
  let eventLog: EventLog | undefined
  return createNeed({
    what: alone ? 'nobody else' : brokersOf(config),
    open: async () => {
      if (alone) return ALONE
      const { LEADER_TOPIC } = await import('./kafka/leadership.ts')
      const opened = await eventLogFrom(config, {
        clock: systemClock,
        log,
        topics: [LEADER_TOPIC],
        // One, because whoever holds it leads.
        partitions: 1,
        onFatal: endProcess(log),
      })
      eventLog = opened
      const { isLeader } = opened.lead(job)
      return { isLeader, close: () => opened.close() }
    },
    health: async () => eventLog?.health() ?? { ok: true },
    log,
  })
}

/** How the configured brokers are called where one waits for them. */
export const brokersOf = (config: Config): string => `Kafka at ${config.kafkaBrokers?.join(',')}`

/** A server that takes longer is asked again later; a stop need not wait for it. */
const CONNECT_MS = 5_000

/**
 * The warehouse of the configuration. Connects once. With `CLICKHOUSE_URL` as its account, whatever the user; without, as that
 * user of the embedded engine which runs on this machine.
 *
 * @throws LedgerError `warehouse_unavailable`, which may pass, or `warehouse_denied`
 */
export async function warehouseFrom(config: Config, user: WarehouseUser): Promise<Warehouse> {
  const access = config.clickhouseUrl ? await serverAccess(config) : await embeddedAccess(config, user)
  const warehouse = createWarehouse({ ...access, user })
  try {
    await warehouse.query('SELECT 1', { timeoutMs: CONNECT_MS })
    return warehouse
  } catch (error) {
    await warehouse.close()
    throw explained(error, config, access)
  }
}

/**
 * The same, once it has the schema of this program.
 * @throws besides: NotYet that names the command which brings the schema
 */
export async function migratedWarehouseFrom(config: Config, user: WarehouseUser): Promise<Warehouse> {
  const warehouse = await warehouseFrom(config, user)
  try {
    await requireSchema(warehouse, await readMigrations())
    return warehouse
  } catch (error) {
    await warehouse.close()
    throw error
  }
}

type Access = Omit<ClickHouseOptions, 'user'>

/** How the configured warehouse is called where one waits for it. */
export const warehouseOf = (config: Config): string => `ClickHouse at ${addressOf(config)}`

const addressOf = (config: Config): string =>
  config.clickhouseUrl ? new URL(config.clickhouseUrl.reveal()).origin : `http://127.0.0.1:${config.sqlPort}`

async function serverAccess(config: Config): Promise<Access> {
  const given = new URL(config.clickhouseUrl?.reveal() ?? '')
  return {
    url: given.origin,
    account: decodeURIComponent(given.username) || 'default',
    password: decodeURIComponent(given.password),
    database: given.pathname.slice(1),
    ...(config.clickhouseSslCa === undefined ? {} : { ca: await readFile(config.clickhouseSslCa, 'utf8') }),
  }
}

async function embeddedAccess(config: Config, user: WarehouseUser): Promise<Access> {
  const file = passwordFile(config.dataDir, user)
  const password = await readFile(file, 'utf8').catch(cause => {
    throw new LedgerError('warehouse_unavailable', `no ${file}; SPENDLEDGER_DATA_DIR says where`, { cause })
  })
  return { url: addressOf(config), password: password.trim() }
}

/** What to do about it: drivers and servers only say what happened to them. */
function explained(error: unknown, config: Config, access: Access): unknown {
  if (!(error instanceof LedgerError)) return error
  if (error.code === 'warehouse_denied') {
    const detail = config.clickhouseUrl
      ? `wrong user, password or rights in CLICKHOUSE_URL (${access.account} at ${access.url})`
      : `the server at ${access.url} belongs to another data directory: set SPENDLEDGER_DATA_DIR and SPENDLEDGER_SQL_PORT`
    return new LedgerError('warehouse_denied', detail, { cause: error })
  }
  return error
}
