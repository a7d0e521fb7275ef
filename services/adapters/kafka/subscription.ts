// One member of a consumer group behind the port: kafkajs pushes batches, the port is polled; kafkajs commits what was handed out,
// the port only the contiguous prefix of what is dealt with. A batch is given out only after the topic that it came from was
// found to be still the same.

import type { Batch, EachBatchPayload, Kafka } from 'kafkajs'
import { LedgerError } from '#core/errors.ts'
import type { Logger } from '#platform/log.ts'
import type { Clock } from '#ports/clock.ts'
import type { LogBatch, OffsetRange, PollOptions, Subscription } from '#ports/event-log.ts'
import { createGathering, type Gathering } from '../polling/gathering.ts'
import { createSignal } from '../polling/signal.ts'
import type { ClusterView } from './cluster-view.ts'
import { type Cursor, createCursors } from './cursors.ts'
import { isGenerationGone, toLogError } from './errors.ts'
import { keepAlive } from './heartbeat.ts'
import { createIncoming, type Extent } from './incoming.ts'
import { type Assignment, createMember, type Gap } from './member.ts'
import type { Positions } from './positions.ts'
import { recordOf } from './records.ts'

/** What may be fetched ahead of the polls, bytes of values. */
const INCOMING_BYTES = 16 * 2 ** 20

/** How long (ms) a commit waits for the group to have settled again, and looks how often. */
const SETTLE_MS = 30_000
const LOOK_MS = 250

/** Between attempts to learn where a generation begins, ms. */
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

/** What a poll has gathered and not given out yet. */
interface Gathered {
  readonly gathering: Gathering<Cursor>
  readonly extents: Map<Cursor, Extent>
}

export interface SubscriptionOptions {
  readonly kafka: Kafka
  readonly group: string
  readonly topics: readonly string[]
  readonly view: ClusterView
  readonly positions: Positions
  readonly clock: Clock
  readonly log: Logger
  readonly onFatal?: ((error: Error) => void) | undefined
  readonly onClose: () => void
}

export function createSubscription(options: SubscriptionOptions): Subscription {
  const { kafka, group, topics, view, positions, clock, log } = options
  const cursors = createCursors()
  const incoming = createIncoming<Cursor>(INCOMING_BYTES)
  /** Something changed that somebody waits for: records, room, a generation, the end. */
  const changed = createSignal()
  /** By topic: which one its offsets count in, as of this generation. */
  const logIds = new Map<string, string>()
  let held: Gathered | undefined
  let memberId = ''
  /** Counts generations and other reasons to forget what is on its way. */
  let epoch = 0
  /** The epoch whose beginnings are known. */
  let readyEpoch = -1
  let commitNow: EachBatchPayload['commitOffsetsIfNecessary'] | undefined
  let polling: Promise<LogBatch[]> | undefined
  let closed = false
  let leaving: Promise<void> | undefined

  const member = createMember({
    kafka,
    config: { groupId: group, ...TIMING },
    topics,
    log,
    clock,
    joined,
    ended() {
      commitNow = undefined
      epoch += 1
      changed.notify()
    },
    eachBatch,
    passed,
    onFatal: options.onFatal,
  })

  function joined(assignment: Assignment, id: string): void {
    cursors.assign(assignment, id !== memberId)
    memberId = id
    incoming.drop(() => true)
    held = undefined
    epoch += 1
    changed.notify()
    void begin(epoch, assignment)
  }

  /** Learns which topics these are, and sends partitions to the beginning whose position means nothing. */
  async function begin(mine: number, assignment: Assignment): Promise<void> {
    while (epoch === mine && !closed) {
      try {
        const found = await Promise.all(topics.map(topic => positions.of(group, topic)))
        if (epoch !== mine) return
        found.forEach(({ view: { logId }, positions: all }, index) => {
          const topic = topics[index] ?? ''
          logIds.set(topic, logId)
          const astray = all.filter(p => p.misplaced && assignment[topic]?.includes(p.partition))
          for (const { partition, low } of astray) seek(topic, partition, low)
          if (astray.length > 0)
            log.warn(
              { topic, partitions: astray.length },
              'positions of another log: reading from the beginning',
            )
        })
        readyEpoch = mine
        changed.notify()
        return
      } catch {
        await changed.wait(RETRY_MS)
      }
    }
  }

  function seek(topic: string, partition: number, low: number): void {
    member.consumer()?.seek({ topic, partition, offset: String(low) })
  }

  async function eachBatch(payload: EachBatchPayload): Promise<void> {
    const { batch, heartbeat, resolveOffset, isRunning, isStale } = payload
    if (closed || !isRunning() || isStale()) return
    const mine = epoch
    const alive = keepAlive(heartbeat, changed.notify)
    try {
      const wanted = (): boolean => !closed && epoch === mine && !alive.lost()
      while (wanted() && !(readyEpoch === mine && incoming.hasRoom())) await changed.wait(LOOK_MS)
      if (!wanted() || isStale()) return
      commitNow = payload.commitOffsetsIfNecessary
      const now = clock.now()
      take(batch, {
        first: Number((batch as FetchedBatch).fetchedOffset),
        last: Number(batch.lastOffset()),
        records: batch.messages.map(message => recordOf(message, now)),
      })
      resolveOffset(batch.lastOffset())
    } finally {
      alive.stop()
    }
  }

  /** In the middle of a generation, kafkajs goes on behind what was filtered out by itself. */
  function passed({ topic, partition, first, last }: Gap): void {
    if (closed || readyEpoch !== epoch) return
    const known = cursors.get(topic, partition)
    const from = known && !known.resumes ? known.fetched : first
    if (last >= from) take({ topic, partition }, { first: from, last, records: [] })
  }

  function take(
    place: { topic: string; partition: number },
    chunk: Parameters<typeof cursors.accept>[2],
  ): void {
    const logId = logIds.get(place.topic) ?? ''
    const { cursor, chunk: fresh, broken } = cursors.accept(place, logId, chunk)
    if (broken)
      incoming.drop(({ topic, partition }) => topic === place.topic && partition === place.partition)
    if (fresh) incoming.add(cursor, fresh)
    changed.notify()
  }

  async function poll(limits: PollOptions): Promise<LogBatch[]> {
    if (polling) throw new Error(`group ${group} polls already`)
    polling = read(limits)
    try {
      return await polling
    } finally {
      polling = undefined
    }
  }

  async function read(limits: PollOptions): Promise<LogBatch[]> {
    await gather(limits)
    if (closed || !held) return []
    const mine = epoch
    const found = await view.topics(topics)
    // A generation that began meanwhile fetches all of it again.
    if (closed || epoch !== mine || !held) return []
    const gone = topics.find(topic => !found.has(topic))
    if (gone) throw new LedgerError('log_unavailable', `topic ${gone} does not exist any more`)
    for (const topic of topics) {
      const logId = found.get(topic)?.logId ?? ''
      if (logId !== logIds.get(topic)) return restart(topic, logId)
    }
    return giveOut(held)
  }

  async function gather(limits: PollOptions): Promise<void> {
    let deadline = performance.now() + limits.waitMs
    let lingering = false
    for (;;) {
      if (!incoming.isEmpty()) {
        held ??= { gathering: createGathering(limits), extents: new Map() }
        incoming.moveTo(held.gathering, held.extents)
        changed.notify()
      }
      if (held && !lingering) {
        lingering = true
        deadline = performance.now() + limits.lingerMs
      }
      const left = deadline - performance.now()
      if (closed || held?.gathering.full() || left <= 0) return
      await changed.wait(left)
    }
  }

  function giveOut({ gathering, extents }: Gathered): LogBatch[] {
    held = undefined
    return [...extents].map(([cursor, extent]) => {
      cursors.deliver(cursor, extent)
      const { logId, topic, partition } = cursor
      return { logId, topic, partition, ...extent, records: gathering.batches.get(cursor) ?? [] }
    })
  }

  /** The topic was deleted and made anew: what was fetched by the old positions is read again, from the beginning. */
  async function restart(topic: string, logId: string): Promise<LogBatch[]> {
    const { positions: all } = await positions.of(group, topic)
    log.warn({ topic }, 'the topic was made anew: reading it from the beginning')
    epoch += 1
    held = undefined
    incoming.drop(() => true)
    cursors.forget(topic)
    for (const { partition, low } of all) seek(topic, partition, low)
    logIds.set(topic, logId)
    readyEpoch = epoch
    changed.notify()
    return []
  }

  async function commit(ranges: readonly OffsetRange[]): Promise<void> {
    if (closed) return
    cursors.settle(ranges)
    const deadline = performance.now() + SETTLE_MS
    for (;;) {
      const moved = cursors.moved()
      if (moved.length === 0) return
      try {
        return await store(moved)
      } catch (error) {
        // During a rebalance: again in the next generation, if these partitions are still ours then.
        if (!isGenerationGone(error) || performance.now() > deadline || closed) throw toLogError(error)
        await changed.wait(LOOK_MS)
      }
    }
  }

  async function store(moved: readonly { cursor: Cursor; position: number }[]): Promise<void> {
    if (!commitNow) throw new LedgerError('log_unavailable', `group ${group} is not joined at the moment`)
    const partitionsOf = (name: string) =>
      moved
        .filter(({ cursor }) => cursor.topic === name)
        .map(({ cursor: { partition, logId: metadata }, position }) => ({
          partition,
          offset: String(position),
          metadata,
        }))
    const names = [...new Set(moved.map(({ cursor }) => cursor.topic))]
    await commitNow({ topics: names.map(topic => ({ topic, partitions: partitionsOf(topic) })) })
    for (const { cursor, position } of moved) cursor.committed = Math.max(cursor.committed, position)
  }

  async function progress(topic: string) {
    if (!topics.includes(topic)) throw new RangeError(`group ${group} does not read topic ${topic}`)
    const { positions: all } = await positions.of(group, topic)
    return all.map(({ logId, partition, committed, end }) => ({ logId, partition, committed, end }))
  }

  async function leave(): Promise<void> {
    closed = true
    changed.notify()
    await member.close()
    await polling?.catch(() => undefined)
    options.onClose()
  }

  return {
    poll,
    commit,
    progress,
    close() {
      leaving ??= leave()
      return leaving
    },
  }
}
