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
  /** `positionId` or `contentId` where what comes again is the same event; anything else is a letter of its own. */
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

/** The id of a record's letter. */
export const positionId = ({ log_id, topic, partition, offset }: LogPosition): string =>
  `${log_id}/${topic}/${partition}/${offset}`

/**
 * The id of the letter of an event that names itself. One that does not may be any number of calls with the same bytes, and
 * needs an id that was never used.
 */
export const contentId = (bytes: Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`

export function createDeadLetter(input: {
  id: string
  refusal: Refusal
  stage: DeadLetter['stage']
  bytes: Uint8Array
  origin: LogPosition | null
  eventId: string
  refusedAt: number
}): DeadLetter {
  const { refusal, bytes } = input
  return {
    dead_letter_id: input.id,
    refused_at: input.refusedAt,
    stage: input.stage,
    reason: refusal.code,
    field: shownField(refusal),
    got: refusal.got,
    expected: refusal.expected,
    message: refusalMessage(refusal),
    event_id: input.eventId,
    origin: input.origin,
    bytes_base64: Buffer.from(bytes.subarray(0, MAX_KEPT_BYTES)).toString('base64'),
    bytes_total: bytes.length,
  }
}

/** The letter for a topic that takes no more: `bytes_total` still says how many there were. */
export const withoutBytes = (letter: DeadLetter): DeadLetter => ({ ...letter, bytes_base64: '' })

/** The letter as a record of the dead-letter topic. */
export const toRecord = (letter: DeadLetter): { key: string; value: Uint8Array } => ({
  key: letter.dead_letter_id,
  value: Buffer.from(JSON.stringify(letter)),
})

/** Whole ms; what a table that forgets by date can hold. */
const EARLIEST_REFUSED_AT = Date.UTC(2020, 0, 1)
const LATEST_REFUSED_AT = Date.UTC(2100, 0, 1)

/**
 * The version of a letter's row. The earliest refusal stays, so that a replay says the same time whenever it is repeated;
 * and any version in microseconds, which the mark of a replay has, is greater.
 */
export const copyVersion = ({ refused_at }: DeadLetter): number => LATEST_REFUSED_AT - refused_at

/** The letter that a record of the dead-letter topic holds; undefined for anything else that was written to the topic. */
export function fromRecord(value: Uint8Array): DeadLetter | undefined {
  try {
    const letter: unknown = JSON.parse(Buffer.from(value).toString('utf8'))
    return isDeadLetter(letter) ? letter : undefined
  } catch {
    return undefined
  }
}

const TEXTS = ['reason', 'field', 'got', 'expected', 'message', 'event_id', 'bytes_base64'] as const

function isDeadLetter(value: unknown): value is DeadLetter {
  const letter: Partial<Record<keyof DeadLetter, unknown>> = Object(value)
  return (
    isName(letter.dead_letter_id) &&
    isWhole(letter.refused_at, EARLIEST_REFUSED_AT, LATEST_REFUSED_AT) &&
    (letter.stage === 'collector' || letter.stage === 'consumer') &&
    TEXTS.every(name => typeof letter[name] === 'string') &&
    (letter.origin === null || isPosition(letter.origin)) &&
    isWhole(letter.bytes_total, 0, Number.MAX_SAFE_INTEGER)
  )
}

function isPosition(value: unknown): value is LogPosition {
  const position: Partial<Record<keyof LogPosition, unknown>> = Object(value)
  return (
    isName(position.log_id) &&
    isName(position.topic) &&
    isWhole(position.partition, 0, 2 ** 32 - 1) &&
    isWhole(position.offset, 0, Number.MAX_SAFE_INTEGER)
  )
}

const isName = (value: unknown): boolean => typeof value === 'string' && value !== ''

const isWhole = (value: unknown, least: number, most: number): boolean =>
  Number.isInteger(value) && Number(value) >= least && Number(value) <= most
