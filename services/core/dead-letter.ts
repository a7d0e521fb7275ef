// A dead letter: what was refused, why, where it stood and its bytes. Written to the dead-letter topic first; the consumer
// alone copies that topic into the warehouse. As JSON, so that people can read the topic with any tool.

import { createHash } from 'node:crypto'
import { type Refusal, refusalMessage, shownField } from './errors.ts'

/** More bytes than this are cut; `bytes_total` says how many there were. */
export const MAX_KEPT_BYTES = 65_536

export interface LogPosition {
  readonly log_id: string
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

export interface DeadLetter {
  /** The log position, or the hash of the bytes where there is none: what comes again is the same letter. */
  readonly dead_letter_id: string
  /** ms */
  readonly refused_at: number
  readonly stage: 'collector' | 'consumer'
  readonly reason: string
  readonly field: string
  readonly got: string
  readonly expected: string
  readonly message: string
  /** '' where it could not be read */
  readonly event_id: string
  readonly origin: LogPosition | null
  readonly bytes_base64: string
  readonly bytes_total: number
}

export function createDeadLetter(input: {
  refusal: Refusal
  stage: DeadLetter['stage']
  bytes: Uint8Array
  origin: LogPosition | null
  eventId: string
  refusedAt: number
}): DeadLetter {
  const { refusal, bytes, origin } = input
  return {
    dead_letter_id: origin
      ? `${origin.log_id}/${origin.topic}/${origin.partition}/${origin.offset}`
      : `sha256:${createHash('sha256').update(bytes).digest('hex')}`,
    refused_at: input.refusedAt,
    stage: input.stage,
    reason: refusal.code,
    field: shownField(refusal),
    got: refusal.got,
    expected: refusal.expected,
    message: refusalMessage(refusal),
    event_id: input.eventId,
    origin,
    bytes_base64: Buffer.from(bytes.subarray(0, MAX_KEPT_BYTES)).toString('base64'),
    bytes_total: bytes.length,
  }
}

/** The letter as a record of the dead-letter topic. */
export const toRecord = (letter: DeadLetter): { key: string; value: Uint8Array } => ({
  key: letter.dead_letter_id,
  value: Buffer.from(JSON.stringify(letter)),
})
