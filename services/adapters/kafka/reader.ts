// The half of a subscription that belongs to the group: a member whose fetches wait to be polled, and that knows for each of its
// partitions where reading goes on. kafkajs's own idea of that is not relied on: it may be of an earlier generation, of a topic
// that was made anew, or beyond what a rebalance threw away. Each generation begins with our positions, and a fetch that does
// not go on there is not taken.

import type { Batch, EachBatchPayload, Kafka } from 'kafkajs'
import { LedgerError } from '#core/errors.ts'
import type { Logger } from '#platform/log.ts'
import type { Clock } from '#ports/clock.ts'
import { createSignal, type Signal } from '../polling/signal.ts'
import type { ClusterView } from './cluster-view.ts'
import { type Cursor, type Cursors, createCursors } from './cursors.ts'
import { toLogError } from './errors.ts'
import { keepAlive } from './heartbeat.ts'
import { createIncoming, type Incoming } from './incoming.ts'
import { type Assignment, createMember } from './member.ts'
import { createOutage } from './outage.ts'
import type { Position, Positions } from './positions.ts'
import { recordOf } from './records.ts'

/** What may be fetched ahead of the polls, bytes. */
const INCOMING_BYTES = 16 * 2 ** 20

/** A fetch that waits looks this often (ms) whether it is still wanted. */
const LOOK_MS = 250

/** Between attempts to learn where the group stands, ms. */
const RETRY_MS = 500

/**
 * A dead member is missed after 15 s; heartbeats of their own make longer sessions needless. A rebalance waits for what is
 * being handed out, so it is given more. Fetches wait a little for more: fewer and larger batches.
 */
const TIMING = {
  sessionTimeout: 15_000,
  heartbeatInterval: 3_000,
  rebalanceTimeout: 120_000,
  metadataMaxAge: 30_000,
  minBytes: 64 * 1024,
  maxWaitTimeInMs: 300,
  maxBytesPerPartition: 2 ** 20,
  maxBytes: 10 * 2 ** 20,
} as const

/** The offset that was asked for: it covers what lies between it and the first record. kafkajs passes it on, untyped. */
type FetchedBatch = Batch & { readonly fetchedOffset: string }

export interface ReaderOptions {
  /** A client of its own for each consumer. */
  readonly kafka: () => Kafka
  readonly group: string
  readonly topics: readonly string[]
  readonly view: ClusterView
  readonly positions: Positions
  readonly clock: Clock
  readonly log: Logger
  readonly onFatal?: ((error: Error) => void) | undefined
}

export interface Reader {
  /** What was fetched and is still good. */
  readonly incoming: Incoming<Cursor>
  readonly cursors: Cursors
  /** Something changed that somebody waits for: records, room, a generation, the end. */
  readonly changed: Signal
  /** Counts the reasons to forget what was fetched: what was taken in another epoch must not be given out. */
  epoch(): number
  /**
   * Whether the topics are still those that were fetched from; else reading begins anew.
   * @throws LedgerError `log_unavailable`
   */
  verify(): Promise<boolean>
  /** Makes durable how far positions moved. Throws LedgerError, or what kafkajs says when the generation is gone. */
  store(): Promise<void>
  /** Leaves the group. */
  close(): Promise<void>
}

export function createReader(options: ReaderOptions): Reader {
  const { group, topics, view, positions, clock, log } = options
  const cursors = createCursors()
  const incoming = createIncoming<Cursor>(INCOMING_BYTES)
  const changed = createSignal()
  const outage = createOutage(`say where ${group} stands`, log, clock)
  /** By topic: which one its offsets count in, as of this epoch. */
  const logIds = new Map<string, string>()
  let assignment: Assignment = {}
  let memberId = ''
  let epoch = 0
  /** The epoch whose beginnings are known. */
  let readyEpoch = -1
  let closed = false

  const member = createMember({
    kafka: options.kafka,
    config: { groupId: group, ...TIMING },
    topics,
    view,
    log,
    clock,
    joined(assigned, id) {
      cursors.assign(assigned, id !== memberId)
      assignment = assigned
      memberId = id
      log.info({ group, partitions: assigned }, 'reads these partitions from now on')
      void begin()
    },
    ended: forget,
    eachBatch,
    onFatal: options.onFatal,
  })

  function forget(): void {
    epoch += 1
    incoming.clear()
    changed.notify()
  }

  /** Reads on from where the group stands and from what was delivered, whatever was fetched so far. */
  async function begin(): Promise<void> {
    forget()
    const mine = epoch
    while (epoch === mine && !closed) {
      try {
        const found = await Promise.all(topics.map(topic => positions.of(group, topic)))
        if (epoch !== mine || closed) return
        for (const [index, { view, positions }] of found.entries())
          resume(topics[index] ?? '', view.logId, positions)
        outage.over()
        readyEpoch = mine
        changed.notify()
        return
      } catch (error) {
        outage.began(toLogError(error))
        await changed.wait(RETRY_MS)
      }
    }
  }

  function resume(topic: string, logId: string, all: readonly Position[]): void {
    const before = logIds.get(topic)
    logIds.set(topic, logId)
    const assigned = assignment[topic] ?? []
    const own = all.filter(({ partition }) => assigned.includes(partition))
    if (own.length < assigned.length) throw new Error(`some partitions of ${topic} have no position yet`)
    if (before !== undefined && before !== logId)
      log.warn({ topic }, 'the topic was made anew: reading it from the beginning')
    else if (own.some(({ misplaced }) => misplaced))
      log.warn({ topic }, 'positions of another log: reading from the beginning')
    for (const position of own) {
      sayMissed(topic, position)
      const { partition, fetched } = cursors.resume(topic, position)
      member.seek(topic, partition, fetched)
    }
  }

  function sayMissed(topic: string, { logId, partition, low, missed }: Position): void {
    const known = cursors.get(topic, partition)
    const ours = known?.logId === logId ? low - known.prefix.end : 0
    const offsets = Math.max(missed, ours)
    if (offsets > 0) log.error({ topic, partition, offsets }, 'records were deleted before they were read')
  }

  async function eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, heartbeat, resolveOffset, isRunning, isStale } = payload
    const mine = epoch
    const alive = keepAlive(heartbeat, changed.notify)
    const wanted = (): boolean => !closed && epoch === mine && isRunning() && !isStale() && !alive.lost()
    try {
      while (wanted() && !(readyEpoch === mine && incoming.hasRoom())) await changed.wait(LOOK_MS)
      if (!wanted()) return
      if (take(batch as FetchedBatch)) resolveOffset(batch.lastOffset())
      else void begin()
    } finally {
      alive.stop()
    }
  }

  function take(batch: FetchedBatch): boolean {
    const extent = { first: Number(batch.fetchedOffset), last: Number(batch.lastOffset()) }
    const cursor = cursors.accept(batch, extent)
    if (!cursor) return false
    const now = clock.now()
    incoming.add(cursor, { ...extent, records: batch.messages.map(message => recordOf(message, now)) })
    changed.notify()
    return true
  }

  async function verify(): Promise<boolean> {
    if (readyEpoch !== epoch) return false
    const mine = epoch
    const found = await view.topics(topics)
    if (epoch !== mine || closed) return false
    const gone = topics.find(topic => !found.has(topic))
    if (gone) throw new LedgerError('log_unavailable', `topic ${gone} does not exist any more`)
    if (topics.every(topic => found.get(topic)?.logId === logIds.get(topic))) return true
    void begin()
    return false
  }

  async function store(): Promise<void> {
    const moved = cursors.moved()
    const names = [...new Set(moved.map(({ cursor }) => cursor.topic))]
    const partitionsOf = (name: string) =>
      moved
        .filter(({ cursor }) => cursor.topic === name)
        .map(({ cursor: { partition, logId }, position }) => ({
          partition,
          offset: String(position),
          metadata: logId,
        }))
    if (moved.length === 0) return
    await member.commit(names.map(topic => ({ topic, partitions: partitionsOf(topic) })))
    for (const { cursor, position } of moved) cursor.committed = Math.max(cursor.committed, position)
  }

  return {
    incoming,
    cursors,
    changed,
    epoch: () => epoch,
    verify,
    store,
    close() {
      closed = true
      changed.notify()
      return member.close()
    },
  }
}
