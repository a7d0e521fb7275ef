// A member of a consumer group, for as long as it is wanted. kafkajs gives up after some failures and restarts after others; here
// every end is followed by a new consumer after a pause, so a group is never left by accident with the process looking alive.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka, TopicOffsets } from 'kafkajs'
import { LedgerError } from '#core/errors.ts'
import type { Logger } from '#platform/log.ts'
import type { Clock } from '#ports/clock.ts'
import type { ClusterView } from './cluster-view.ts'
import { toLogError } from './errors.ts'
import { createOutage } from './outage.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000

/**
 * How long (ms) the end waits for a join that is under way: a member that disconnects before it has joined leaves a ghost that
 * blocks the group for a whole session. Without a join, it waits for the connection to close.
 */
const JOIN_PATIENCE_MS = 20_000
const PATIENCE_MS = 1_000

/** Handlers at once, at most: a partition whose handler waits must not hold up another. */
const HANDLERS = 64

/** Partitions by topic. */
export type Assignment = Readonly<Record<string, readonly number[]>>

export interface MemberOptions {
  /** A client of its own for each consumer: members of one group that share a client forget each other's positions. */
  readonly kafka: () => Kafka
  readonly config: ConsumerConfig
  readonly topics: readonly string[]
  readonly view: ClusterView
  readonly log: Logger
  readonly clock: Clock
  /** A generation begins; it holds until the next, or until `ended`. Another `memberId` tells that the old one was expelled. */
  readonly joined: (assignment: Assignment, memberId: string) => void
  /** The member is in no group for now. */
  readonly ended: () => void
  readonly eachBatch: (payload: EachBatchPayload) => Promise<void>
  /** An end that a restart does not mend (no rights, a defect). Without it, a new consumer is tried all the same. */
  readonly onFatal?: ((error: Error) => void) | undefined
}

export interface Member {
  /** The next fetch of the partition begins there. Changes nothing while the member is in no group. */
  seek(topic: string, partition: number, offset: number): void
  /** Throws LedgerError `log_unavailable` while there is no group, or what kafkajs says. */
  commit(topics: TopicOffsets[]): Promise<void>
  /** Leaves the group. May be called again. */
  close(): Promise<void>
}

interface End {
  readonly error: unknown
  /** kafkajs would have given up. */
  readonly final: boolean
}

/** Begins at once and goes on until it is closed. */
export function createMember(options: MemberOptions): Member {
  const { config, topics, view, log, clock } = options
  const outage = createOutage(`let ${config.groupId} read`, log, clock)
  const closing = new AbortController()
  const closed = new Promise<undefined>(resolve => {
    closing.signal.addEventListener('abort', () => resolve(undefined))
  })
  let current: Consumer | undefined
  let commitNow: EachBatchPayload['commitOffsetsIfNecessary'] | undefined
  let pause = FIRST_PAUSE_MS

  async function live(): Promise<void> {
    while (!closing.signal.aborted) {
      const end = await liveOnce()
      const verdict = end && (await Promise.race([judge(end), closed]))
      if (!verdict || closing.signal.aborted) return
      const { error, fatal } = verdict
      outage.began(error)
      if (fatal && options.onFatal) return options.onFatal(error)
      await sleep(pause, undefined, { signal: closing.signal }).catch(() => undefined)
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    }
  }

  /** kafkajs also ends for good when brokers go at the wrong moment: only while they answer is that what it looks like. */
  async function judge({ error, final }: End): Promise<{ error: LedgerError; fatal: boolean }> {
    const told = await view.checkGroup(config.groupId).then(() => error, toLogError)
    const known = toLogError(told)
    return { error: known, fatal: known.code === 'log_denied' || (final && told === error) }
  }

  /** Resolves with what ended it, or with nothing once the member is closed. */
  async function liveOnce(): Promise<End | undefined> {
    let final = true
    const consumer = options.kafka().consumer({
      ...config,
      allowAutoTopicCreation: false,
      retry: {
        // Asked for those ends alone that kafkajs would mend by itself.
        restartOnFailure: async () => {
          final = false
          return false
        },
      },
    })
    const crashed = new Promise<End>(resolve => {
      consumer.on(consumer.events.CRASH, ({ payload }) => resolve({ error: payload.error, final }))
    })
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      outage.over()
      pause = FIRST_PAUSE_MS
      options.joined(payload.memberAssignment, payload.memberId)
    })
    current = consumer
    let patience = PATIENCE_MS
    const joined = join(consumer, () => {
      patience = JOIN_PATIENCE_MS
    })
    try {
      await Promise.race([joined, closed])
      return await Promise.race([crashed, closed])
    } catch (error) {
      return { error, final: false }
    } finally {
      current = undefined
      commitNow = undefined
      options.ended()
      const left = joined.catch(() => undefined).then(() => consumer.disconnect().catch(() => undefined))
      await Promise.race([left, sleep(patience, undefined, { ref: false })])
    }
  }

  /** Resolves when the group is joined, the consumer has crashed, or the member was closed before. */
  async function join(consumer: Consumer, begins: () => void): Promise<void> {
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    if (closing.signal.aborted) return
    begins()
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: HANDLERS,
      eachBatch(payload) {
        if (current === consumer) commitNow = payload.commitOffsetsIfNecessary
        return options.eachBatch(payload)
      },
    })
  }

  const living = live()
  return {
    seek(topic, partition, offset) {
      try {
        current?.seek({ topic, partition, offset: String(offset) })
      } catch {
        // It has crashed and is about to be replaced.
      }
    },
    async commit(offsets) {
      if (!commitNow)
        throw new LedgerError('log_unavailable', `${config.groupId} is not joined at the moment`)
      await commitNow({ topics: offsets })
    },
    close() {
      closing.abort()
      return living
    },
  }
}
