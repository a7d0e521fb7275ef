// Refused events are kept as dead letters too, because some senders never read answers. Capped, so that a broken sender in a
// loop cannot fill the log; what is over the cap is counted.

import { contentId, createDeadLetter, type DeadLetter, MAX_KEPT_BYTES, toRecord } from '#core/dead-letter.ts'
import { rateLimited } from '#platform/log.ts'
import type { CollectorContext } from './context.ts'
import type { Refused } from './judge.ts'

type RefusedText = Refused & { readonly text: string }

export type KeepRefused = (refused: readonly RefusedText[]) => Promise<void>

const LETTERS_PER_MINUTE = 1_000
const BYTES_PER_MINUTE = 8 * 1024 * 1024
const MINUTE_MS = 60_000

/** Keeps up to 1,000 letters and 8 MiB a minute. Never rejects: the verdict on the good events does not depend on it. */
export function createKeepRefused(context: CollectorContext): KeepRefused {
  const complain = rateLimited(context.log, 30_000, context.clock)
  let windowStart = 0
  let letters = 0
  let bytes = 0

  /** Whether a letter of this size fits into this minute; if so, it counts. */
  function admit(size: number): boolean {
    const now = context.clock.now()
    if (now - windowStart >= MINUTE_MS) {
      windowStart = now
      letters = 0
      bytes = 0
    }
    if (letters === LETTERS_PER_MINUTE || bytes + size > BYTES_PER_MINUTE) return false
    letters += 1
    bytes += size
    return true
  }

  function letterOf({ refusal, eventId, named }: Refused, event: Uint8Array): DeadLetter {
    const refusedAt = context.clock.now()
    return createDeadLetter({
      id: named ? contentId(event) : context.newEventId(refusedAt),
      refusal,
      stage: 'collector',
      bytes: event,
      origin: null,
      eventId,
      refusedAt,
    })
  }

  return async refused => {
    const kept: DeadLetter[] = []
    for (const each of refused) {
      context.metrics.rejected.inc({ reason: each.refusal.code })
      const event = Buffer.from(each.text)
      if (admit(Math.min(event.length, MAX_KEPT_BYTES))) kept.push(letterOf(each, event))
    }
    context.metrics.lettersNotKept.inc(refused.length - kept.length)
    if (kept.length === 0) return
    try {
      await context.eventLog.append(context.deadLetterTopic, kept.map(toRecord))
    } catch (error) {
      context.metrics.lettersNotKept.inc(kept.length)
      complain.warn(
        'dead letters',
        { err: error },
        'cannot keep refused events as dead letters at the moment',
      )
    }
  }
}
