// Who works, of several processes that could: the member that holds the only partition of a topic that never has a record.
// The brokers see to it that one does, and notice within seconds when it is gone.

import type { Kafka } from 'kafkajs'
import type { Logger } from '#platform/log.ts'
import type { Clock } from '#ports/clock.ts'
import type { Leadership } from '#ports/event-log.ts'
import type { ClusterView } from './cluster-view.ts'
import { toLogError } from './errors.ts'
import { leaderAssigner } from './leader-assigner.ts'
import { createMember, type Member } from './member.ts'
import { createOutage } from './outage.ts'
import type { Topics } from './topics.ts'

export const LEADER_TOPIC = 'spendledger.leader'

/** Shorter than a reader's: nothing here ever takes long. Fetches of an empty topic are heartbeats too. */
const TIMING = {
  sessionTimeout: 10_000,
  heartbeatInterval: 2_000,
  rebalanceTimeout: 15_000,
  maxWaitTimeInMs: 2_000,
} as const

/** Between attempts to make sure of the topic, ms. */
const RETRY_MS = 2_000

export function createLeadership(options: {
  readonly kafka: () => Kafka
  readonly view: ClusterView
  readonly topics: Topics
  readonly group: string
  readonly log: Logger
  readonly clock: Clock
  /** See MemberOptions. */
  readonly onFatal?: ((error: Error) => void) | undefined
}): Leadership {
  const { kafka, view, topics, group, log, clock, onFatal } = options
  const outage = createOutage(`let ${group} find a leader`, log, clock)
  let leads = false
  let member: Member | undefined
  let closed = false
  let timer: NodeJS.Timeout | undefined

  async function join(): Promise<void> {
    try {
      await topics.ensure(LEADER_TOPIC, 1)
    } catch (error) {
      outage.began(toLogError(error))
      if (!closed) timer = setTimeout(join, RETRY_MS)
      return
    }
    outage.over()
    if (closed) return
    member = createMember({
      kafka,
      config: { groupId: group, ...TIMING, partitionAssigners: [leaderAssigner(LEADER_TOPIC, () => leads)] },
      topics: [LEADER_TOPIC],
      view,
      log,
      clock,
      joined(assignment) {
        leads = assignment[LEADER_TOPIC]?.includes(0) ?? false
      },
      ended() {
        leads = false
      },
      eachBatch: async ({ batch, resolveOffset }) => resolveOffset(batch.lastOffset()),
      onFatal,
    })
  }

  const joining = join()
  return {
    isLeader: () => leads,
    async close() {
      closed = true
      clearTimeout(timer)
      await joining
      await member?.close()
      leads = false
    },
  }
}
