// One member of a consumer group behind the port: kafkajs pushes batches, the port is polled; kafkajs commits what was handed out,
// the port only the contiguous prefix of what is dealt with. A batch is given out only after the topic that it came from was
// found to be still the same.

import type { LogBatch, OffsetRange, PollOptions, Subscription } from '#ports/event-log.ts'
import { createGathering, type Gathering } from '../polling/gathering.ts'
import { oneAtATime } from '../polling/one-at-a-time.ts'
import type { Cursor } from './cursors.ts'
import { isGenerationGone, toLogError } from './errors.ts'
import type { Extent } from './incoming.ts'
import { createReader, type ReaderOptions } from './reader.ts'

/** How long (ms) a commit waits for the group to have settled again, and looks how often. */
const SETTLE_MS = 30_000
const LOOK_MS = 250

/** A reader at the end of a topic that is made anew, as long as the old one, would not notice: so it looks this often, ms. */
const VERIFY_MS = 5_000

/** What a poll has gathered and not given out yet. */
interface Gathered {
  readonly epoch: number
  readonly gathering: Gathering<Cursor>
  readonly extents: Map<Cursor, Extent>
}

export function createSubscription(options: ReaderOptions & { readonly onClose: () => void }): Subscription {
  const { group, topics, positions } = options
  const reader = createReader(options)
  const { incoming, cursors, changed } = reader
  let held: Gathered | undefined
  let verifiedAt = performance.now()
  const polling = oneAtATime(`group ${group}`, read)
  let closed = false
  let leaving: Promise<void> | undefined

  async function read(limits: PollOptions): Promise<LogBatch[]> {
    await gather(limits)
    if (closed || (!held && performance.now() < verifiedAt + VERIFY_MS)) return []
    if (!(await reader.verify())) return []
    verifiedAt = performance.now()
    return closed || held?.epoch !== reader.epoch() ? [] : giveOut(held)
  }

  async function gather(limits: PollOptions): Promise<void> {
    let deadline = performance.now() + limits.waitMs
    let lingering = false
    for (;;) {
      // A generation that began meanwhile fetches all of it again.
      if (held?.epoch !== reader.epoch()) held = undefined
      if (!incoming.isEmpty()) {
        held ??= { epoch: reader.epoch(), gathering: createGathering(limits), extents: new Map() }
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

  async function commit(ranges: readonly OffsetRange[]): Promise<void> {
    if (closed) return
    cursors.settle(ranges)
    const deadline = performance.now() + SETTLE_MS
    for (;;) {
      try {
        return await reader.store()
      } catch (error) {
        // During a rebalance: again in the next generation, if these partitions are still ours then.
        if (!isGenerationGone(error) || performance.now() > deadline || closed) throw toLogError(error)
        await changed.wait(LOOK_MS)
      }
    }
  }

  async function progress(topic: string) {
    if (!topics.includes(topic)) throw new RangeError(`group ${group} does not read topic ${topic}`)
    const { positions: all } = await positions.of(group, topic)
    return all.map(({ logId, partition, committed, end }) => ({ logId, partition, committed, end }))
  }

  async function leave(): Promise<void> {
    closed = true
    await reader.close()
    await polling.idle()
    options.onClose()
  }

  return {
    poll: polling.run,
    commit,
    progress,
    close() {
      leaving ??= leave()
      return leaving
    },
  }
}
