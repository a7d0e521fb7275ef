// Waiting for what a process needs from elsewhere. Nobody starts a cluster in order, so a service tries until the thing is
// there; it says so once, not with every attempt, and ends at once where waiting cannot help.

import { setTimeout as sleep } from 'node:timers/promises'
import { ERRORS, LedgerError } from '#core/errors.ts'
import { type Clock, systemClock } from '#ports/clock.ts'
import type { Logger } from './log.ts'
import { maskCredentials } from './secret.ts'

/** Something is there and not ready: what is missing, in words that say what to do. */
export class NotYet extends Error {
  override readonly name = 'NotYet'
}

export interface WaitOptions {
  readonly log: Logger
  /** Ends the waiting. */
  readonly signal: AbortSignal
  /** Told why it is not there, whenever that changes. */
  readonly onReason?: (reason: string) => void
  readonly clock?: Clock
  /** Resolves after that many ms, or when the signal aborts. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<unknown>
}

const FIRST_WAIT_MS = 200
const LONGEST_WAIT_MS = 5_000

const defaultPause = (ms: number, signal: AbortSignal) =>
  sleep(ms, undefined, { signal }).catch(() => undefined)

/**
 * Repeats an attempt, after 200 ms up to 5 s, until it succeeds. One line when the first fails, one for each other reason,
 * one when it is there.
 *
 * @param what completes "waiting for ..."
 * @returns rejects with what the attempt rejects with if that is no NotYet and no retryable LedgerError; with an Error that
 * names what was waited for, and why in vain, when the signal aborts
 */
export async function waitFor<T>(what: string, attempt: () => Promise<T>, options: WaitOptions): Promise<T> {
  const { log, signal, onReason, clock = systemClock, pause = defaultPause } = options
  const began = clock.now()
  const elapsed = () => `${Math.round((clock.now() - began) / 1_000)} s`
  const said = new Set<string>()
  let last: string | undefined
  for (let wait = FIRST_WAIT_MS; !signal.aborted; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      const there = await attempt()
      if (last !== undefined) log.info(`${what} is there after ${elapsed()}`)
      return there
    } catch (error) {
      if (!mayPass(error)) throw error
      const reason = reasonOf(error)
      if (!said.has(reason)) log.info(`waiting for ${what}: ${reason}`)
      if (reason !== last) onReason?.(reason)
      said.add(reason)
      last = reason
    }
    await pause(wait, signal)
  }
  const why = last === undefined ? '' : `: ${last}`
  throw new Error(`${what} was not there after ${elapsed()}${why}`, { cause: signal.reason })
}

const mayPass = (error: unknown): error is Error =>
  error instanceof NotYet || (error instanceof LedgerError && error.retryable)

/** The part of a message that says more than "it does not answer", in one line and without passwords. */
export function reasonOf(error: Error): string {
  const sentence = error instanceof LedgerError ? `${ERRORS[error.code].message}: ` : ''
  const { message } = error
  const detail = message.startsWith(sentence) ? message.slice(sentence.length) : message
  return maskCredentials(detail).replace(/\s+/g, ' ').trim()
}
