// What happens to one request, on one screen: read its events, charge its key, judge each, append the good ones, and only then
// answer. 202 is a promise: the log has the events durably.

import { LedgerError, shownField } from '#core/errors.ts'
import { failpoint } from '#platform/failpoint.ts'
import type { NewRecord } from '#ports/event-log.ts'
import type { CollectorContext } from './context.ts'
import { type JudgeOptions, judge, type Refused } from './judge.ts'
import type { KeepRefused } from './keep-refused.ts'
import { pinnedText } from './pin.ts'
import { type Body, type Candidate, readCandidates } from './read-candidates.ts'

/** One refused event of a request. */
export interface Rejection {
  /** Its place in the request, from 0. */
  readonly index: number
  readonly event_id: string
  readonly code: string
  /** The path of the field at fault; '' where it is the event as a whole. */
  readonly field: string
  readonly message: string
}

/** The answer to a request: what interfaces call `202 {"accepted", "rejected", "warnings"}`. */
export interface Receipt {
  readonly accepted: number
  readonly rejected: readonly Rejection[]
  readonly warnings: readonly { readonly index: number; readonly message: string }[]
}

export interface ReceiveOptions extends Omit<JudgeOptions, 'receivedAt'> {
  /** Hears how many events the request holds before anything is done with them; throws while its key is over its limits. */
  readonly admit: (events: number) => void
}

/**
 * Takes the events of one body.
 * @throws LedgerError for a whole request that cannot be read, what `admit` throws, and `log_full` or `log_unavailable`: then
 * nothing is promised
 */
export async function receive(
  context: CollectorContext,
  keepRefused: KeepRefused,
  body: Body,
  options: ReceiveOptions,
): Promise<Receipt> {
  const receivedAt = context.clock.now()
  const candidates = readCandidates(body)
  options.admit(candidates.length)
  const receipt = { accepted: 0, rejected: [] as Rejection[], warnings: [] as Receipt['warnings'][number][] }
  const records: NewRecord[] = []
  const refused: { candidate: Candidate; verdict: Refused }[] = []

  candidates.forEach((candidate, index) => {
    const verdict = judge(context, candidate, { ...options, receivedAt })
    if (verdict.kind === 'refused') {
      refused.push({ candidate, verdict })
      receipt.rejected.push({
        index,
        event_id: verdict.eventId,
        code: verdict.refusal.code,
        field: shownField(verdict.refusal),
        message: verdict.message,
      })
    } else {
      records.push(verdict.record)
      for (const message of verdict.warnings) receipt.warnings.push({ index, message })
    }
  })

  if (records.length > 0) await append(context, records)
  failpoint('after-append')
  receipt.accepted = records.length
  context.metrics.accepted.inc(records.length)
  await keepRefused(
    refused.map(({ candidate, verdict }) => ({ ...verdict, text: pinnedText(candidate, options.pinned) })),
  )
  return receipt
}

async function append(context: CollectorContext, records: readonly NewRecord[]): Promise<void> {
  const done = context.metrics.appendSeconds.startTimer()
  try {
    await context.eventLog.append(context.topic, records)
  } catch (error) {
    if (error instanceof LedgerError) throw error
    throw new LedgerError('log_unavailable', undefined, { cause: error })
  } finally {
    done()
  }
}
