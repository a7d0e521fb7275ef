// Leaders are named before they lead, and a topic is made before every broker knows it. An append in between would be refused
// by some partitions and repeated in others; kafkajs itself does not ask again.

import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin } from 'kafkajs'

const WAIT_MS = 10_000
const PAUSE_MS = 50

const PASSING: readonly unknown[] = [
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'UNKNOWN_TOPIC_OR_PARTITION',
]

/**
 * Resolves when every partition of a topic that was just made, or made wider, has a leader that answers.
 * @throws what kafkajs threw, when it does not pass within 10 s
 */
export async function leadersOf(admin: Pick<Admin, 'fetchTopicOffsets'>, topic: string): Promise<void> {
  const deadline = performance.now() + WAIT_MS
  for (;;) {
    try {
      await admin.fetchTopicOffsets(topic)
      return
    } catch (error) {
      if (!PASSING.includes((error as { type?: unknown }).type) || performance.now() > deadline) throw error
      await sleep(PAUSE_MS)
    }
  }
}
