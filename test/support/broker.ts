// A broker of a test's own, for tests that kill, stop or configure it; others use the shared one (kafka.ts). It runs on a
// free port and a scratch directory, keeps both over its restarts, and is gone after the test. It is started and ended by
// infra/kafka/local-broker.sh, which checks that a pid is really this broker's.

import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BrokerScript, brokerScript } from './broker-script.ts'
import type { Cleanup } from './engine.ts'
import { kafkaBrokers, kafkaRequired, LOCAL_BROKER, missing, type Need } from './kafka.ts'
import { cleanEnv } from './ledger-process.ts'
import { addScramUsers, type Login, OUTSIDER, prepareSecurity, USER } from './secure-broker.ts'

export interface OwnBroker {
  /** host:port each, the same after every start */
  readonly brokers: readonly string[]
  /** SIGKILL: nothing is flushed, clients see their connections reset. */
  kill(): Promise<void>
  /** Resolves when it answers; after a kill that takes some 7 s. */
  start(): Promise<void>
  /** A clean shutdown. */
  stop(): Promise<void>
  /** The process, for SIGSTOP and SIGCONT; a new one after each start. */
  pid(): Promise<number>
}

/**
 * A broker whose `brokers` is a TLS port, where clients log in by PLAIN or SCRAM-SHA-512.
 *
 * Whoever logs in may do anything with a topic or group, until a rule names it; then only those whom a rule allows. So to
 * have the outsider denied on a topic, allow the topic to the main user, as administrator:
 *
 *   const admin = kafkaClient({ brokers: [...broker.adminBrokers] }).admin()
 *   await admin.createAcls({ acl: [{
 *     resourceType: AclResourceTypes.TOPIC, resourceName: topic, resourcePatternType: ResourcePatternTypes.LITERAL,
 *     principal: `User:${broker.username}`, host: '*',
 *     operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.ALLOW }] })
 *
 * with the enumerations of kafkajs. AclResourceTypes.GROUP does the same for a consumer group. The right to create a topic is
 * gone only when both have a rule: the topic, and the resource `kafka-cluster` of AclResourceTypes.CLUSTER.
 */
export interface SecureBroker extends OwnBroker, Login {
  /** The authority to trust, PEM. */
  readonly ca: string
  /** A second user, for denials. */
  readonly outsider: Login
  /** The port without TLS and login; whoever connects there is administrator. */
  readonly adminBrokers: readonly string[]
}

export interface BrokerOptions {
  /** Further broker properties, which win. {port} and {controller_port} stand for its ports. */
  readonly extra?: Readonly<Record<string, string>>
}

/**
 * For tests with brokers of their own: `test('...', needsOwnBroker(), async t => ...)`. They too run only where a shared
 * broker was named or required: fetching Kafka is nothing that `npm test` does unasked.
 *
 * @throws when REQUIRE_KAFKA=1 and a broker cannot be started
 */
export function needsOwnBroker(): Need {
  if (!kafkaBrokers() && !kafkaRequired()) {
    return missing('starts a broker: set KAFKA_BROKERS, e.g. by infra/kafka/local-broker.sh start')
  }
  const check = spawnSync(LOCAL_BROKER, ['check'], { env: cleanEnv({}), encoding: 'utf8' })
  return check.status === 0 ? {} : missing(`starts a broker: ${check.stderr.trim()}`)
}

/**
 * Starts a broker; it is killed after the test, and its directory removed. node:test runs `after` hooks in the order in which
 * they were registered, so clients of this broker that mind its end are closed in the test itself.
 */
export function startBroker(
  t: Cleanup,
  options: BrokerOptions & { readonly sasl: true },
): Promise<SecureBroker>
export function startBroker(t: Cleanup, options?: BrokerOptions): Promise<OwnBroker>
export async function startBroker(
  t: Cleanup,
  { extra = {}, sasl = false }: BrokerOptions & { readonly sasl?: boolean } = {},
): Promise<OwnBroker | SecureBroker> {
  const script = await brokerScript(t)
  if (!sasl) return handle(...(await boot(script, extra)))
  const { ca, address, properties } = await prepareSecurity(script.directory)
  const [run, plain] = await boot(script, { ...properties, ...extra })
  await addScramUsers(plain)
  return { ...handle(run, address), ...USER, ca, outsider: OUTSIDER, adminBrokers: [plain] }
}

type Run = (command: string) => Promise<string>

/** Starts the broker; its commands, for a handle, and the address of its plain port. */
async function boot(script: BrokerScript, extra: Readonly<Record<string, string>>): Promise<[Run, string]> {
  const file = join(script.directory, 'extra.properties')
  const lines = Object.entries(extra).map(([name, value]) => `${name}=${value}\n`)
  await writeFile(file, lines.join(''), { mode: 0o600 })
  const run: Run = async command => {
    const { code, stdout, stderr } = await script.run(command, { KAFKA_EXTRA: file })
    if (code !== 0) throw new Error(`local-broker.sh ${command}: ${stderr}`)
    return stdout
  }
  return [run, await run('start')]
}

function handle(run: Run, address: string): OwnBroker {
  return {
    brokers: [address],
    async kill() {
      await run('kill')
    },
    async start() {
      await run('start')
    },
    async stop() {
      await run('stop')
    },
    async pid() {
      return Number(/pid (\d+)/.exec(await run('status'))?.[1])
    },
  }
}
