// A member of a consumer group, for as long as it is wanted. kafkajs gives up after some failures and restarts after others; here
// every end is followed by a new consumer after a pause, so a group is never left by accident with the process looking alive.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Consumer, ConsumerConfig, EachBatchPayload, Kafka } from 'kafkajs'
import type { Logger } from '#platform/log.ts'
import type { Clock } from '#ports/clock.ts'
import { toLogError } from './errors.ts'
import { createOutage } from './outage.ts'

const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 10_000

/** A member that disconnects before it has joined leaves a ghost that blocks the group for a whole session; ms. */
const JOIN_PATIENCE_MS = 20_000

/** Handlers at once, at most: a partition whose handler waits must not hold up another. */
const HANDLERS = 64

/** Partitions by topic. */
export type Assignment = Readonly<Record<string, readonly number[]>>

/** Offsets [first, last] hold nothing for a reader: marks of transactions, or what a compaction removed. */
export interface Gap {
  readonly topic: string
  readonly partition: number
  readonly first: number
  readonly last: number
}

export interface MemberOptions {
  readonly kafka: Kafka
  readonly config: ConsumerConfig
  readonly topics: readonly string[]
  readonly log: Logger
  readonly clock: Clock
  /** A generation begins; it holds until the next, or until `ended`. Another `memberId` tells that the old one was expelled. */
  readonly joined: (assignment: Assignment, memberId: string) => void
  /** The member is in no group for now. */
  readonly ended?: () => void
  readonly eachBatch: (payload: EachBatchPayload) => Promise<void>
  readonly passed?: (gap: Gap) => void
  /** An end that a restart does not mend (no rights, a defect). Without it, a new consumer is tried all the same. */
  readonly onFatal?: ((error: Error) => void) | undefined
}

export interface Member {
  /** The consumer of now; undefined between two of them. */
  consumer(): Consumer | undefined
  /** Leaves the group. May be called again. */
  close(): Promise<void>
}

interface End {
  readonly error: unknown
  readonly fatal: boolean
}

/** Begins at once and goes on until it is closed. */
export function createMember(options: MemberOptions): Member {
  const { kafka, config, topics, log, clock } = options
  const outage = createOutage(`let ${config.groupId} read`, log, clock)
  const closing = new AbortController()
  const closed = new Promise<undefined>(resolve => {
    closing.signal.addEventListener('abort', () => resolve(undefined))
  })
  let current: Consumer | undefined
  let pause = FIRST_PAUSE_MS

  async function live(): Promise<void> {
    while (!closing.signal.aborted) {
      const end = await liveOnce()
      if (!end || closing.signal.aborted) return
      const error = toLogError(end.error)
      outage.began(error)
      if (end.fatal && options.onFatal) return options.onFatal(error)
      await sleep(pause, undefined, { signal: closing.signal }).catch(() => undefined)
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS)
    }
  }

  /** Resolves with what ended it, or with nothing once the member is closed. */
  async function liveOnce(): Promise<End | undefined> {
    let wouldRestart = false
    const consumer = kafka.consumer({
      ...config,
      allowAutoTopicCreation: false,
      retry: {
        // Asked for those ends alone that kafkajs would mend by itself.
        restartOnFailure: async () => {
          wouldRestart = true
          return false
        },
      },
    })
    const crashed = new Promise<End>(resolve => {
      consumer.on(consumer.events.CRASH, ({ payload }) =>
        resolve({ error: payload.error, fatal: !wouldRestart }),
      )
    })
    listen(consumer)
    current = consumer
    try {
      await consumer.connect()
      await consumer.subscribe({ topics: [...topics], fromBeginning: true })
      await Promise.race([
        run(consumer),
        closed.then(() => sleep(JOIN_PATIENCE_MS, undefined, { ref: false })),
      ])
      return await Promise.race([crashed, closed])
    } catch (error) {
      return { error, fatal: false }
    } finally {
      current = undefined
      options.ended?.()
      await consumer.disconnect().catch(() => undefined)
    }
  }

  function listen(consumer: Consumer): void {
    const { GROUP_JOIN, START_BATCH_PROCESS } = consumer.events
    consumer.on(GROUP_JOIN, ({ payload }) => {
      outage.over()
      pause = FIRST_PAUSE_MS
      options.joined(payload.memberAssignment, payload.memberId)
    })
    // The only trace of a fetch whose records were all filtered out.
    consumer.on(START_BATCH_PROCESS, ({ payload }) => {
      if (payload.batchSize > 0) return
      const { topic, partition, firstOffset, lastOffset } = payload
      options.passed?.({
        topic,
        partition,
        first: Number(firstOffset ?? lastOffset),
        last: Number(lastOffset),
      })
    })
  }

  /** Resolves when the group is joined, or the consumer has crashed. */
  const run = (consumer: Consumer): Promise<void> =>
    consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: HANDLERS,
      eachBatch: options.eachBatch,
    })

  const living = live()
  return {
    consumer: () => current,
    close() {
      closing.abort()
      return living
    },
  }
}
