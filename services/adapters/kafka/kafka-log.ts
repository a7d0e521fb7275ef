// The event log on Apache Kafka, through kafkajs: what a cluster has where `npm start` has a log on disk. It keeps the same
// promises; what kafkajs does otherwise is dealt with in the files beside this one.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import { LedgerError } from '#core/errors.ts'
import type { Logger } from '#platform/log.ts'
import type { Clock } from '#ports/clock.ts'
import type { EventLog, NewRecord, Subscription } from '#ports/event-log.ts'
import { createAppender } from './appender.ts'
import { createClients, type KafkaConnection } from './client.ts'
import { createClusterView } from './cluster-view.ts'
import { hasNoCoordinatorYet, toLogError } from './errors.ts'
import { createLeadership } from './leadership.ts'
import { createPositions } from './positions.ts'
import { createSubscription } from './subscription.ts'
import { createTopics } from './topics.ts'

/** How long (ms) a new cluster is given to find coordinators for its groups, and how often it is looked at. */
const COORDINATOR_MS = 30_000
const LOOK_MS = 250

export interface KafkaLogOptions extends KafkaConnection {
  /** Of topics that are made. */
  readonly partitions: number
  /** Made sure of before the log is open. */
  readonly topics?: readonly string[]
  /** Begins the names of the groups in which leaders are found: several ledgers may share the brokers. */
  readonly deployment: string
  readonly clock: Clock
  readonly log: Logger
  /** A subscription ended in a way that a new consumer does not mend. Without it, one is tried all the same, with pauses. */
  readonly onFatal?: (error: Error) => void
}

/**
 * Connects, and makes sure of the topics.
 * @throws LedgerError `log_unavailable`; `log_denied` where waiting cannot help
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<EventLog> {
  const { clock, log, deployment } = options
  const { impatient, patient } = createClients(options, log)
  const view = createClusterView(impatient)
  const appender = createAppender(impatient, { log, clock })
  const admins = createAdmins()
  const topics = createTopics({ admin: admins.get, view, partitions: options.partitions, log })
  const positions = createPositions({ admin: admins.get, renew: admins.renew, view })
  /** Topics that were made sure of, or are being. */
  const known = new Map<string, Promise<unknown>>()
  const open = new Set<{ close(): Promise<void> }>()
  let closing: Promise<void> | undefined

  /** One admin client; a broken one is replaced when it is next needed. */
  function createAdmins() {
    let connected: Promise<Admin> | undefined
    async function connect(): Promise<Admin> {
      const admin = impatient.admin()
      await admin.connect()
      return admin
    }
    async function renew(): Promise<void> {
      const old = connected
      connected = undefined
      await (await old?.catch(() => undefined))?.disconnect().catch(() => undefined)
    }
    async function get(): Promise<Admin> {
      checkOpen()
      connected ??= connect().catch(error => {
        connected = undefined
        throw error
      })
      return connected
    }
    return { get, renew }
  }

  async function ensure(name: string): Promise<void> {
    const ensured = known.get(name) ?? topics.ensure(name)
    known.set(name, ensured)
    try {
      await ensured
    } catch (error) {
      known.delete(name)
      throw error
    }
  }

  function checkOpen(): void {
    if (closing) throw new LedgerError('log_unavailable', 'it is closed')
  }

  async function append(topic: string, records: readonly NewRecord[]): Promise<void> {
    checkOpen()
    if (records.some(record => record.key === '')) throw new TypeError('a record needs a key')
    try {
      await ensure(topic)
    } catch (error) {
      throw new LedgerError('log_unavailable', toLogError(error).message, { cause: error })
    }
    await appender.append(topic, records)
  }

  async function subscribe({ group, topics: names }: { group: string; topics: readonly string[] }) {
    checkOpen()
    for (const name of names) await ensure(name)
    for (const name of names) await whenPlaced(group, name)
    checkOpen()
    const subscription: Subscription = createSubscription({
      kafka: patient,
      group,
      topics: names,
      view,
      positions,
      clock,
      log,
      onFatal: options.onFatal,
      onClose: () => open.delete(subscription),
    })
    open.add(subscription)
    return subscription
  }

  /** A consumer that starts before the coordinator of its group would crash a few times. */
  async function whenPlaced(group: string, topic: string): Promise<void> {
    const deadline = performance.now() + COORDINATOR_MS
    for (;;) {
      try {
        await positions.of(group, topic)
        return
      } catch (error) {
        if (!hasNoCoordinatorYet(error) || performance.now() > deadline) throw error
        await sleep(LOOK_MS)
      }
    }
  }

  async function health(): Promise<{ ok: true } | { ok: false; reason: string }> {
    if (closing) return { ok: false, reason: 'the event log is closed' }
    try {
      const names = [...known.keys()]
      const found = await view.topics(names)
      const missing = names.find(name => !found.has(name))
      if (missing) return { ok: false, reason: `topic ${missing} does not exist` }
      const headless = [...found].find(([, { leaderless }]) => leaderless > 0)
      return headless
        ? { ok: false, reason: `topic ${headless[0]} has partitions without a leader` }
        : { ok: true }
    } catch (error) {
      return { ok: false, reason: toLogError(error).message }
    }
  }

  async function shutDown(): Promise<void> {
    await Promise.all([...open].map(one => one.close()))
    await appender.close()
    await admins.renew()
    await view.close()
  }

  const { clusterId } = await view.describe()
  try {
    for (const name of options.topics ?? []) await ensure(name)
  } catch (error) {
    await shutDown()
    throw error
  }

  return {
    id: `kafka:${clusterId}`,
    append,
    subscribe,
    lead(job) {
      const leadership = createLeadership({
        kafka: patient,
        view,
        topics,
        group: `${deployment}-${job}`,
        log,
        clock,
        onFatal: options.onFatal,
      })
      const own = {
        isLeader: leadership.isLeader,
        close() {
          open.delete(own)
          return leadership.close()
        },
      }
      open.add(own)
      return own
    },
    health,
    close() {
      closing ??= shutDown()
      return closing
    },
  }
}
