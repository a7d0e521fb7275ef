// Where a group stands, from the brokers. A position is committed together with the id of the topic that it counts in: one that
// was committed in another topic of the same name, or lies beyond the end, is not a position here, and the topic is read again
// from the beginning. Re-reading is harmless; believing it would skip what lies before.

import type { Admin } from 'kafkajs'
import type { PartitionProgress } from '#ports/event-log.ts'
import type { ClusterView, TopicView } from './cluster-view.ts'
import { toLogError } from './errors.ts'

export interface Position extends PartitionProgress {
  /** The oldest offset that is kept. */
  readonly low: number
  /** Whether what the group committed means nothing here. Nothing committed is no such case: a group begins somewhere. */
  readonly misplaced: boolean
  /** How many offsets were deleted before the group came to them. */
  readonly missed: number
}

interface Committed {
  readonly partition: number
  readonly offset: string
  readonly metadata?: string | null
}

export interface Positions {
  /** @throws LedgerError `log_unavailable`, `log_denied` */
  of(group: string, topic: string): Promise<{ view: TopicView; positions: Position[] }>
}

export function createPositions(options: {
  admin: () => Promise<Admin>
  /** Connects anew: an admin client never hears of partitions that were added, nor of a topic that was made anew. */
  renew: () => Promise<void>
  view: ClusterView
}): Positions {
  const { view, renew } = options

  async function ask(group: string, topic: string) {
    const admin = await options.admin()
    const [ofTopic] = await admin.fetchOffsets({ groupId: group, topics: [topic] })
    return { committed: ofTopic?.partitions ?? [], ends: await admin.fetchTopicOffsets(topic) }
  }

  async function find(group: string, topic: string): Promise<{ view: TopicView; positions: Position[] }> {
    try {
      const known = (await view.topics([topic])).get(topic)
      if (!known) throw new Error(`topic ${topic} does not exist`)
      let { committed, ends } = await ask(group, topic)
      if (ends.length !== known.partitions) {
        await renew()
        ;({ committed, ends } = await ask(group, topic))
      }
      const positions = ends.map(end =>
        place(
          known.logId,
          end,
          committed.find(({ partition }) => partition === end.partition),
        ),
      )
      return { view: known, positions: positions.sort((a, b) => a.partition - b.partition) }
    } catch (error) {
      await renew()
      // kafkajs does not say why it finds no coordinator.
      await view.checkGroup(group)
      throw toLogError(error)
    }
  }

  /** One at a time: a question that fails replaces the client, and would take it from under another. */
  let last: Promise<unknown> = Promise.resolve()
  return {
    of(group, topic) {
      const found = last.then(() => find(group, topic))
      last = found.catch(() => undefined)
      return found
    },
  }
}

function place(
  logId: string,
  ends: { partition: number; low: string; high: string },
  committed: Committed | undefined,
): Position {
  const low = Number(ends.low)
  const end = Number(ends.high)
  const offset = Number(committed?.offset ?? -1)
  // A tool that sets positions leaves no id: somebody meant it.
  const other = Boolean(committed?.metadata) && committed?.metadata !== logId
  const misplaced = offset >= 0 && (other || offset > end)
  return {
    logId,
    partition: ends.partition,
    low,
    end,
    misplaced,
    missed: offset < 0 || misplaced ? 0 : Math.max(0, low - offset),
    committed: misplaced || offset < low ? low : offset,
  }
}
