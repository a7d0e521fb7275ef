// A cluster on this machine: each service as its own process, with the commands and the environment that a deployment gives it,
// over the shared broker (KAFKA_BROKERS) and, in place of a ClickHouse server, the embedded engine as a process of its own.
// Topics and groups are the test's own. For tests under `needsKafka`.

import { type ChildProcess, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { createWarehouse } from '#adapters/clickhouse/client.ts'
import type { Warehouse, WarehouseUser } from '#ports/warehouse.ts'
import { kafkaBrokers, kafkaClient, uniqueName } from './kafka.ts'
import {
  BIN,
  type CommandResult,
  cleanEnv,
  eventually,
  runCommand,
  scratchDirectory,
} from './ledger-process.ts'

export type ServiceKind = 'collector' | 'consumer' | 'aggregator' | 'alerter' | 'api'

/** Which account of the warehouse a service is given. */
const ACCOUNTS: Readonly<Record<ServiceKind, WarehouseUser | undefined>> = {
  collector: undefined,
  consumer: 'writer',
  aggregator: 'aggregator',
  alerter: 'reader',
  api: 'reader',
}

export interface RunningProcess {
  readonly pid: number
  /** What it wrote so far, both outputs. */
  log(): string
  /** Waits for a text in what it writes; rejects when it ends without. */
  says(pattern: RegExp, timeoutMs?: number): Promise<RegExpExecArray>
  signal(signal: NodeJS.Signals): void
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL. */
  kill(): Promise<void>
  /** Resolves with the exit code when it ends by itself. */
  readonly exited: Promise<number | null>
}

export interface ClusterService extends RunningProcess {
  /** The kind, and which of its kind: `consumer-2`. */
  readonly name: string
  /** Where it listens. */
  readonly url: string
  /** Waits until /readyz says so. */
  ready(timeoutMs?: number): Promise<void>
}

export interface Cluster {
  /** `spendledger warehouse`, in place of a ClickHouse server. */
  readonly engine: RunningProcess
  /** In the order of their start, ended ones included. */
  readonly services: readonly ClusterService[]
  /** Starts one more; resolves when it listens. */
  start(kind: ServiceKind, settings?: NodeJS.ProcessEnv): Promise<ClusterService>
  /** `spendledger migrate`, as the writer. */
  migrate(): Promise<CommandResult>
  /** Runs a command as somebody beside the cluster does; default account: aggregator. */
  spendledger(
    args: readonly string[],
    options?: { user?: WarehouseUser; input?: string },
  ): Promise<CommandResult>
  /** A connection as one user; the same one each time. */
  warehouse(user: WarehouseUser): Warehouse
  /** Of the first collector, and of the first API. */
  readonly collectorUrl: string
  readonly apiUrl: string
  readonly topic: string
  readonly deadLetterTopic: string
  readonly group: string
  /** What every process is given, without an account of the warehouse. */
  readonly env: NodeJS.ProcessEnv
  /** `CLICKHOUSE_URL` of a user. */
  clickhouseUrl(user: WarehouseUser): string
}

export interface ClusterOptions {
  /** How many, default 1 each; the alerter is left out unless asked for. */
  readonly collectors?: number
  readonly consumers?: number
  readonly aggregators?: number
  readonly alerters?: number
  readonly apis?: number
  /** Environment of every process. */
  readonly settings?: NodeJS.ProcessEnv
}

const START_TIMEOUT_MS = 60_000

type Test = Pick<TestContext, 'after'>

/** A cluster that is migrated and ready: 202 from the collector is the next thing that happens. */
export async function startCluster(t: Test, options: ClusterOptions = {}): Promise<Cluster> {
  const { collectors = 1, consumers = 1, aggregators = 1, alerters = 0, apis = 1, settings = {} } = options
  const cluster = await createCluster(t, settings)
  const migrated = await cluster.migrate()
  if (migrated.code !== 0) throw new Error(`migrate failed:\n${migrated.stdout}${migrated.stderr}`)
  const counts = {
    collector: collectors,
    consumer: consumers,
    aggregator: aggregators,
    alerter: alerters,
    api: apis,
  }
  const kinds = Object.entries(counts).flatMap(([kind, n]) => Array<ServiceKind>(n).fill(kind as ServiceKind))
  const services = await Promise.all(kinds.map(kind => cluster.start(kind)))
  await Promise.all(services.map(service => service.ready()))
  return cluster
}

/** A warehouse without a schema and brokers without topics: nothing is started or prepared yet. */
export async function createCluster(t: Test, settings: NodeJS.ProcessEnv = {}): Promise<Cluster> {
  const brokers = kafkaBrokers()
  if (!brokers) throw new Error('KAFKA_BROKERS is unset: a test of a cluster begins with needsKafka()')
  const directory = await scratchDirectory(t)
  const id = uniqueName('cluster')
  const [topic, deadLetterTopic, group] = [`${id}.usage`, `${id}.dead`, id]
  t.after(() => deleteTopics([topic, deadLetterTopic]))

  const common = { SPENDLEDGER_DATA_DIR: directory, SPENDLEDGER_PORT: '0', LOG_FORMAT: 'json' }
  const engine = startProcess(t, ['warehouse'], cleanEnv({ ...common, SPENDLEDGER_SQL_PORT: '0' }), directory)
  const [, sqlUrl = ''] = await engine.says(/ClickHouse \S+ at (http:\S+),/)
  const passwords = {
    writer: await readPassword(directory, 'writer'),
    aggregator: await readPassword(directory, 'aggregator'),
    reader: await readPassword(directory, 'reader'),
  }

  const env = cleanEnv({
    ...common,
    KAFKA_BROKERS: brokers.join(','),
    KAFKA_TOPIC: topic,
    KAFKA_DLQ_TOPIC: deadLetterTopic,
    KAFKA_GROUP_ID: group,
    KAFKA_PARTITIONS: '4',
    ...settings,
  })
  const clickhouseUrl = (user: WarehouseUser): string =>
    `${sqlUrl.replace('://', `://${user}:${passwords[user]}@`)}/spendledger`

  const services: ClusterService[] = []
  const connections = new Map<WarehouseUser, Warehouse>()
  t.after(() => Promise.all([...connections.values()].map(warehouse => warehouse.close())))

  async function start(kind: ServiceKind, more: NodeJS.ProcessEnv = {}): Promise<ClusterService> {
    const account = ACCOUNTS[kind]
    const own = account ? { CLICKHOUSE_URL: clickhouseUrl(account) } : {}
    const running = startProcess(t, [kind], { ...env, ...own, ...more }, directory)
    const [, url = ''] = await running.says(/listening on (http:[^\s"]+)/)
    const number = services.filter(({ name }) => name.startsWith(kind)).length + 1
    const service = {
      ...running,
      name: `${kind}-${number}`,
      url,
      async ready(timeoutMs = START_TIMEOUT_MS) {
        const state = async () => (await fetch(`${url}/readyz`)).text()
        await eventually(`${kind} is ready`, state, body => body.startsWith('{"ok":true'), timeoutMs)
      },
    }
    services.push(service)
    return service
  }

  const urlOf = (kind: ServiceKind): string => {
    const service = services.find(({ name }) => name.startsWith(kind))
    if (!service) throw new Error(`the cluster has no ${kind}`)
    return service.url
  }

  function spendledger(
    args: readonly string[],
    { user = 'aggregator', input = '' }: { user?: WarehouseUser; input?: string } = {},
  ): Promise<CommandResult> {
    const kind = args[0] === 'send' ? 'collector' : 'api'
    const there = services.some(({ name }) => name.startsWith(kind))
    const url = there ? { SPENDLEDGER_URL: urlOf(kind) } : {}
    return runCommand(args, { ...env, ...url, CLICKHOUSE_URL: clickhouseUrl(user) }, input)
  }

  function warehouse(user: WarehouseUser): Warehouse {
    const open = connections.get(user) ?? createWarehouse({ url: sqlUrl, user, password: passwords[user] })
    connections.set(user, open)
    return open
  }

  return {
    engine,
    services,
    start,
    migrate: () => spendledger(['migrate'], { user: 'writer' }),
    spendledger,
    warehouse,
    get collectorUrl() {
      return urlOf('collector')
    },
    get apiUrl() {
      return urlOf('api')
    },
    topic,
    deadLetterTopic,
    group,
    env,
    clickhouseUrl,
  }
}

const readPassword = async (directory: string, user: WarehouseUser): Promise<string> =>
  (await readFile(join(directory, `${user}.password`), 'utf8')).trim()

async function deleteTopics(topics: readonly string[]): Promise<void> {
  const admin = kafkaClient().admin()
  await admin.connect()
  // Only those that are there: a broker is asked for others again and again.
  const there = await admin.listTopics()
  const ours = topics.filter(topic => there.includes(topic))
  if (ours.length > 0) await admin.deleteTopics({ topics: ours })
  await admin.disconnect()
}

/** Starts `spendledger ...`; it is ended after the test if it still runs. */
function startProcess(t: Test, args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): RunningProcess {
  const child: ChildProcess = spawn(process.execPath, [BIN, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let written = ''
  const exited = new Promise<number | null>(resolve => child.once('exit', code => resolve(code)))
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', chunk => (written += chunk))
  async function end(signal: NodeJS.Signals): Promise<number | null> {
    // One that was stopped hears of nothing but SIGKILL and SIGCONT.
    if (signal !== 'SIGKILL') child.kill('SIGCONT')
    child.kill(signal)
    return exited
  }
  t.after(() => end('SIGKILL'))
  return {
    pid: child.pid ?? 0,
    log: () => written,
    async says(pattern, timeoutMs = START_TIMEOUT_MS) {
      let ended: number | null | undefined
      exited.then(code => (ended = code))
      await eventually(
        `${args[0]} says ${pattern}`,
        async () => written,
        text => pattern.test(text) || ended !== undefined,
        timeoutMs,
      )
      const found = pattern.exec(written)
      if (!found) throw new Error(`${args[0]} ended with ${ended} before it said ${pattern}:\n${written}`)
      return found
    },
    signal: signal => child.kill(signal),
    stop: () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL')
    },
    exited,
  }
}
