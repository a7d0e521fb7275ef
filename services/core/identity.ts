// What counts once. Two observers of one attempt must arrive at the same event_id, and every copy of an event must get the
// same version wherever and whenever it is processed: otherwise calls are counted twice, or the worse report wins.

import { createHash } from 'node:crypto'
import { LedgerError } from './errors.ts'
import { HOUR_MS } from './hours.ts'
import { canonicalProvider } from './providers.ts'
import { LIMITS, USAGE_SOURCES, type UsageSource } from './usage-event.ts'

const EARLIEST_RECEIVED_AT = Date.UTC(2020, 0, 1)
const RECEIVED_AT_BITS = 44
const LAST_RECEIVED_AT = 2 ** RECEIVED_AT_BITS - 1
const BOOK_SEQUENCES = 2 ** 18

/**
 * The event_id of an attempt whose response id the provider gave: `r:<provider>:<response_id>`, with the provider's
 * canonical name. Where that is longer than an event_id may be, the SHA-256 of the same text stands for it:
 * `r:sha256:<hex>`.
 */
export function responseEventId(provider: string, responseId: string): string {
  const id = `r:${canonicalProvider(provider)}:${responseId}`
  if (Buffer.byteLength(id) <= LIMITS.event_id_bytes) return id
  return `r:sha256:${createHash('sha256').update(id).digest('hex')}`
}

/**
 * The version that decides between copies of an event; the greatest wins. Quality first (a final report beats a partial
 * one), then the newest price book, then the earliest arrival; among partial reports the latest, since they are cumulative.
 *
 * @param copy.bookSequence number of the price book in `price_book_versions`, 0 to 2^18 - 1.
 * @param copy.receivedAt ms since 1970, as given by `effectiveReceivedAt`.
 * @throws LedgerError `internal` when a part does not fit its bits: it would spill into the next and win for ever.
 */
export function eventVersion(copy: {
  readonly usageSource: UsageSource
  readonly bookSequence: number
  readonly receivedAt: number
}): bigint {
  const { usageSource, bookSequence, receivedAt } = copy
  if (!Number.isInteger(bookSequence) || bookSequence < 0 || bookSequence >= BOOK_SEQUENCES) {
    throw new LedgerError('internal', `price book sequence ${bookSequence} does not fit 18 bits`)
  }
  if (!Number.isInteger(receivedAt) || receivedAt < 0 || receivedAt > LAST_RECEIVED_AT) {
    throw new LedgerError('internal', `received_at ${receivedAt} does not fit 44 bits`)
  }
  const qualityAndBook = USAGE_SOURCES.indexOf(usageSource) * BOOK_SEQUENCES + bookSequence
  const rank = usageSource === 'provider_partial' ? receivedAt : LAST_RECEIVED_AT - receivedAt
  return (BigInt(qualityAndBook) << BigInt(RECEIVED_AT_BITS)) | BigInt(rank)
}

/**
 * The received_at that versions are made of: the event's own, or the log time where it cannot be true (before 2020, or
 * more than an hour after the log took the record). An unchecked 0 or microsecond value would win, or lose, for ever.
 */
export const effectiveReceivedAt = (receivedAt: number, logTime: number): number =>
  receivedAt >= EARLIEST_RECEIVED_AT && receivedAt <= logTime + HOUR_MS ? receivedAt : logTime

const UUID_V7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

/** Whether a text is a UUID of version 7 (RFC 9562, section 5.7). */
export const isUuidV7 = (text: string): boolean => UUID_V7.test(text)

/** The instant inside a UUIDv7, ms since 1970. */
export const uuidV7Time = (uuid: string): number => Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16)

/**
 * A UUIDv7.
 *
 * @param now ms since 1970.
 * @param random ten random bytes; 74 of their bits are used.
 */
export function uuidV7(now: number, random: Uint8Array): string {
  const bytes = Buffer.alloc(16)
  bytes.writeUIntBE(now, 0, 6)
  bytes.set(random.subarray(0, 10), 6)
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x70, 6)
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
