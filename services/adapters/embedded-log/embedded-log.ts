// The event log in one process, on one disk: what `npm start` uses where a cluster has Apache Kafka. An append is answered
// after the sync that made it durable; if this file answers earlier, a power cut loses accepted events.

import { chmod, mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { LedgerError } from '#core/errors.ts'
import { MINUTE_MS } from '#core/hours.ts'
import type { Clock } from '#ports/clock.ts'
import type { AppendOptions, EventLog, NewRecord, Subscription } from '#ports/event-log.ts'
import { createSignal } from '../polling/signal.ts'
import { recordBytes } from './block.ts'
import { type Catalog, loadCatalog, type Partition } from './catalog.ts'
import { createHolders } from './holders.ts'
import { identify } from './identity.ts'
import { createRetention } from './retention.ts'
import { measureRoom, type SpaceLimits } from './space.ts'
import { openStore } from './store.ts'
import { createSubscription } from './subscription.ts'
import type { Transaction } from './transaction.ts'
import { createWriter, type WriterLimits, type WriterStats } from './writer.ts'

export interface EmbeddedLogOptions {
  readonly dir: string
  readonly clock: Clock
  readonly retention: SpaceLimits & {
    /** Consumed records are kept this long for replays, ms; less long when space is short. Others always stay. */
    readonly maxAgeMs: number
  }
  /** Partitions of a topic that is new; a topic keeps the number that it was made with. Default 4. */
  readonly partitions?: number
  readonly log?: { warn(about: object, text: string): void }
  readonly limits?: Partial<WriterLimits>
}

export interface EmbeddedLogStats extends WriterStats {
  /** Bytes of the file that are in use. */
  readonly usedBytes: number
  /** Bytes that the file holds for what comes; a file never shrinks. */
  readonly freeBytes: number
  /** Bytes that may be in use. */
  readonly maxBytes: number
  /** By topic: how many records are kept. */
  readonly records: ReadonlyMap<string, number>
}

export interface EmbeddedLog extends EventLog {
  stats(): EmbeddedLogStats
  /** Drops consumed records that are too old, in short writes. Runs by itself every minute. */
  trim(): Promise<void>
}

const DEFAULT_PARTITIONS = 4
const DEFAULT_LIMITS: WriterLimits = { transactionBytes: 4 * 2 ** 20, queueBytes: 64 * 2 ** 20 }

/** Health asks for this much: with less an ordinary append may still fit, the next one will not. */
const SMALL_APPEND_BYTES = 64 * 1024

/** Events may name people; LMDB makes its files readable for everybody. */
const OWNER_ONLY = 0o700

/** Kafka's rule for names, so that a log can move to a cluster. */
const NAME = /^[A-Za-z0-9._-]{1,249}$/

/**
 * Opens the log in `dir`, or makes one. No other process may have it open; the caller sees to that. A group has one member at
 * a time here, which reads all partitions: `subscribe` rejects while the group's subscription is open.
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EmbeddedLog> {
  const { clock, retention: limits, log, partitions = DEFAULT_PARTITIONS } = options
  const dir = resolve(options.dir)
  await mkdir(dir, { recursive: true, mode: OWNER_ONLY })
  await chmod(dir, OWNER_ONLY)
  const store = openStore(dir, limits.maxBytes)
  const catalog: Catalog = new Map()
  const id = await load().catch(async error => {
    await store.close()
    throw error
  })

  const holders = createHolders(clock)
  const retention = createRetention(store, catalog, holders)
  const written = createSignal()
  const room = measureRoom(store, dir, limits)
  const writer = createWriter({
    store,
    catalog,
    retention,
    room,
    clock,
    partitions,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    onWritten: written.notify,
    onPassed: warnOfPassed,
  })
  /** By group; undefined while it joins. */
  const members = new Map<string, Subscription | undefined>()
  const warnedOf = new Set<string>()
  let warnedAt = Number.NEGATIVE_INFINITY
  let closing: Promise<void> | undefined
  let trimming: Promise<void> | undefined
  const timer = setInterval(() => {
    trim().catch(error => log?.warn({ err: error }, 'old records could not be dropped from the event log'))
  }, MINUTE_MS)
  timer.unref()

  async function load(): Promise<string> {
    const id = await identify(store, dir)
    loadCatalog(store, catalog)
    return id
  }

  function checkUse(...names: readonly string[]): void {
    if (closing) throw new LedgerError('log_unavailable', 'it is closed')
    const wrong = names.find(name => !NAME.test(name))
    if (wrong !== undefined) throw new TypeError(`not a name of a topic or group: ${wrong}`)
  }

  async function append(
    topic: string,
    records: readonly NewRecord[],
    options?: AppendOptions,
  ): Promise<void> {
    checkUse(topic)
    if (records.some(record => record.key === '')) throw new TypeError('a record needs a key')
    if (records.length === 0) return
    const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0)
    try {
      await writer.append(bytes, transaction => transaction.append(topic, records), options)
    } catch (error) {
      warn(error)
      throw error
    }
  }

  /** At most once a minute: a full log refuses thousands of appends a second. */
  function warn(error: unknown): void {
    if (clock.now() - warnedAt < MINUTE_MS) return
    warnedAt = clock.now()
    log?.warn({ err: error }, 'the event log refuses appends')
  }

  /** Once a group: each of its partitions is passed at a time of its own. */
  function warnOfPassed(group: string): void {
    if (warnedOf.has(group)) return
    warnedOf.add(group)
    log?.warn(
      { group },
      'a group that has not subscribed since the event log was opened keeps no records any more; if it comes back, it begins with the oldest that are kept',
    )
  }

  async function subscribe({ group, topics }: { group: string; topics: readonly string[] }) {
    checkUse(group, ...topics)
    if (members.has(group)) throw new Error(`group ${group} has a member in this process already`)
    members.set(group, undefined)
    try {
      const begun = hasBegun(group, topics)
      holders.join(group, topics)
      if (!begun) await writer.update(transaction => introduce(group, topics, transaction))
      checkUse()
    } catch (error) {
      members.delete(group)
      throw error
    }
    const subscription = createSubscription({
      logId: id,
      store,
      writer,
      written,
      group,
      topics: topics.flatMap(name => catalog.get(name) ?? []),
      onClose: () => members.delete(group),
    })
    members.set(group, subscription)
    return subscription
  }

  /** Whether the group stands everywhere, and no drop that is under way can pass it. */
  const hasBegun = (group: string, topics: readonly string[]): boolean =>
    topics.every(
      name =>
        holders.holds(group, name) &&
        catalog.get(name)?.partitions.every(({ positions }) => positions.has(group)),
    )

  /** Writes down where the group begins: from now on nothing is dropped before it was read. */
  function introduce(group: string, topics: readonly string[], transaction: Transaction): void {
    for (const partition of topics.flatMap(name => transaction.topic(name).partitions)) {
      if (!partition.positions.has(group)) transaction.setPosition(group, partition, partition.head)
    }
  }

  async function health(): Promise<{ ok: true } | { ok: false; reason: string }> {
    if (closing) return { ok: false, reason: 'the event log is closed' }
    try {
      // Goes the way of an append and writes nothing: what would refuse one now refuses this.
      await writer.append(SMALL_APPEND_BYTES, () => undefined)
      return { ok: true }
    } catch (error) {
      return { ok: false, reason: reasonOf(error) }
    }
  }

  function trim(): Promise<void> {
    trimming ??= dropExpired().finally(() => {
      trimming = undefined
    })
    return trimming
  }

  async function dropExpired(): Promise<void> {
    const cutoff = clock.now() - limits.maxAgeMs
    while (!closing && retention.expired(cutoff)) {
      await writer.update(transaction => {
        // Looked up again: a drop that made room may have come in between.
        const drop = retention.expired(cutoff)
        if (drop) transaction.drop(drop)
      })
    }
  }

  async function shutDown(): Promise<void> {
    clearInterval(timer)
    for (const member of members.values()) await member?.close()
    await writer.idle()
    await store.close()
  }

  return {
    id,
    append,
    subscribe,
    lead: () => ({ isLeader: () => true, close: async () => undefined }),
    health,
    trim,
    stats() {
      const { used, free } = store.usage()
      const records = new Map([...catalog].map(([name, topic]) => [name, kept(topic.partitions)]))
      return { ...writer.stats(), usedBytes: used, freeBytes: free, maxBytes: limits.maxBytes, records }
    },
    close() {
      closing ??= shutDown()
      return closing
    },
  }
}

const kept = (partitions: readonly Partition[]): number =>
  partitions.reduce((sum, { head, end }) => sum + end - head, 0)

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause ? `${error.message}: ${error.cause}` : error.message
}
