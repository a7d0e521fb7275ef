// Refused events are kept as dead letters too, because some senders never read answers. Capped, so that a broken sender in a
// loop cannot fill the log; what is over the cap is counted.

import { createDeadLetter, toRecord } from '#core/dead-letter.ts'
import { rateLimited } from '#platform/log.ts'
import type { CollectorContext } from './context.ts'
import type { Refused } from './judge.ts'

export type KeepRefused = (refused: readonly (Refused & { text: string })[]) => Promise<void>

const LETTERS_PER_MINUTE = 1_000
const MINUTE_MS = 60_000

/** Keeps up to 1,000 letters a minute. Never rejects: the verdict on the good events does not depend on it. */
export function createKeepRefused(context: CollectorContext): KeepRefused {
  const complain = rateLimited(context.log, 30_000, context.clock)
  let windowStart = 0
  let kept = 0

  /** How many of `wanted` fit into this minute. */
  function allowance(wanted: number): number {
    const now = context.clock.now()
    if (now - windowStart >= MINUTE_MS) {
      windowStart = now
      kept = 0
    }
    const allowed = Math.min(wanted, LETTERS_PER_MINUTE - kept)
    kept += allowed
    return allowed
  }

  return async refused => {
    for (const { refusal } of refused) context.metrics.rejected.inc({ reason: refusal.code })
    const allowed = allowance(refused.length)
    context.metrics.lettersNotKept.inc(refused.length - allowed)
    if (allowed === 0) return
    const letters = refused.slice(0, allowed).map(({ refusal, eventId, text }) =>
      createDeadLetter({
        refusal,
        stage: 'collector',
        bytes: Buffer.from(text),
        origin: null,
        eventId,
        refusedAt: context.clock.now(),
      }),
    )
    try {
      await context.eventLog.append(context.deadLetterTopic, letters.map(toRecord))
    } catch (error) {
      context.metrics.lettersNotKept.inc(allowed)
      complain.warn(
        'dead letters',
        { err: error },
        'cannot keep refused events as dead letters at the moment',
      )
    }
  }
}
