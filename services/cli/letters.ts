// Dead letters as events that can be sent again, and the mark that they were.

import type { LogPosition } from '#core/dead-letter.ts'
import { isUuidV7 } from '#core/identity.ts'
import { LIMITS } from '#core/usage-event.ts'
import type { UsageEventCodec } from '#platform/avro/codec.ts'
import type { Warehouse } from '#ports/warehouse.ts'

/** The events of refused records: letters that came several times are one. */
export interface Letter {
  readonly id: string
  readonly stage: string
  /** ms */
  readonly refusedAt: number
  /** Where the record stood; null for what never was in the log. */
  readonly origin: LogPosition | null
  readonly bytes: Buffer
  /** Bytes that there were; more than are kept where they were cut. */
  readonly total: number
  readonly replayed: boolean
}

/** Letters are read this many at a time: each may have 64 KiB. */
const PAGE = 50

/** The ids of letters that were not replayed yet. */
export async function idsByReason(warehouse: Warehouse, reason: string): Promise<string[]> {
  const rows = await warehouse.query<{ id: string }>(
    `SELECT dead_letter_id AS id FROM dead_letters FINAL WHERE reason = {reason:String}
GROUP BY dead_letter_id HAVING max(replayed_at) IS NULL ORDER BY min(refused_at), id`,
    { params: { reason } },
  )
  return rows.map(({ id }) => id)
}

/** The letters of these ids, in their order; ids that name none are left out. */
export async function* readLetters(warehouse: Warehouse, ids: readonly string[]): AsyncGenerator<Letter> {
  for (let i = 0; i < ids.length; i += PAGE) {
    const page = ids.slice(i, i + PAGE)
    const rows = await warehouse.query<{
      id: string
      stage: string
      refused_at: string
      origin: readonly [log_id: string, topic: string, partition: number | null, offset: string | null]
      bytes: string
      total: string
      replayed: number
    }>(
      `SELECT dead_letter_id AS id, any(stage) AS stage,
  toUnixTimestamp64Milli(min(refused_at)) AS refused_at, any((log_id, log_topic, log_partition, log_offset)) AS origin,
  base64Encode(any(bytes)) AS bytes, max(bytes_total) AS total,
  max(replayed_at) IS NOT NULL AS replayed
FROM dead_letters FINAL WHERE dead_letter_id IN {ids:Array(String)} GROUP BY id`,
      { params: { ids: page } },
    )
    const byId = new Map(rows.map(row => [row.id, row]))
    for (const id of page) {
      const row = byId.get(id)
      if (!row) continue
      yield {
        id,
        stage: row.stage,
        refusedAt: Number(row.refused_at),
        origin: readOrigin(row.origin),
        bytes: Buffer.from(row.bytes, 'base64'),
        total: Number(row.total),
        replayed: Boolean(row.replayed),
      }
    }
  }
}

function readOrigin([log_id, topic, partition, offset]: readonly [
  string,
  string,
  number | null,
  string | null,
]): LogPosition | null {
  return partition === null || offset === null ? null : { log_id, topic, partition, offset: Number(offset) }
}

/**
 * The event of a letter in the JSON form of POST /v1/events, in one line, or why there is none. The collector kept what was
 * sent as it was; records of the log are decoded, and say of themselves what a JSON event says. An event that does not say
 * when it was or which it is, is told: else it would be spend of today, and a replay that is repeated would count it twice.
 */
export function eventOf(letter: Letter, codec: UsageEventCodec): { event: Buffer } | { reason: string } {
  if (letter.replayed) return { reason: 'it was replayed before' }
  if (letter.bytes.length < letter.total) {
    return { reason: `only ${letter.bytes.length} of its ${letter.total} bytes were kept` }
  }
  if (letter.stage === 'collector') return { event: completed(letter, letter.bytes) }
  const decoded = codec.decode(letter.bytes)
  switch (decoded.kind) {
    case 'refused':
      return { reason: `its bytes are no event (${decoded.refusal.code})` }
    case 'json':
      return { event: completed(letter, Buffer.from(JSON.stringify(decoded.value))) }
    case 'avro': {
      // Stamped on arrival, like that of any event.
      const { received_at: _, ...event } = decoded.event
      return { event: Buffer.from(JSON.stringify(event)) }
    }
  }
}

/** The members are put behind the others, in the text as it is: written anew, numbers would change. */
function completed(letter: Letter, event: Buffer): Buffer {
  const value = parsed(event)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return event
  const missing = JSON.stringify(missingIdentity(letter, value))
  if (missing === '{}') return event
  const separator = Object.keys(value).length > 0 ? ',' : ''
  return Buffer.concat([event.subarray(0, event.lastIndexOf('}')), Buffer.from(separator + missing.slice(1))])
}

function parsed(event: Buffer): unknown {
  try {
    return JSON.parse(event.toString())
  } catch {
    return undefined
  }
}

function missingIdentity(
  letter: Letter,
  event: { readonly event_id?: unknown; readonly response_id?: unknown; readonly occurred_at?: unknown },
): { occurred_at?: number; event_id?: string } {
  const { event_id: id, response_id: responseId, occurred_at: occurredAt } = event
  const timed = occurredAt !== undefined || (typeof id === 'string' && isUuidV7(id))
  const named = [id, responseId].some(name => name !== undefined && name !== null && name !== '')
  return {
    ...(timed ? {} : { occurred_at: letter.refusedAt }),
    ...(named ? {} : { event_id: ownId(letter) }),
  }
}

/** A record of the log that names no event is named by its position, as the consumer does when it reads it again. */
const ownId = ({ id, origin }: Letter): string =>
  origin
    ? `log:${origin.log_id}:${origin.topic}:${origin.partition}:${origin.offset}`
    : `letter:${id}`.slice(0, LIMITS.event_id_bytes)

/** Says in the warehouse that letters were replayed: a version of each of their rows that is above that of any copy. */
export async function markReplayed(warehouse: Warehouse, ids: readonly string[]): Promise<void> {
  await warehouse.command(
    `INSERT INTO dead_letters
SELECT * REPLACE (now64(3) AS replayed_at, toUInt64(toUnixTimestamp64Micro(now64(6))) AS version)
FROM dead_letters FINAL WHERE dead_letter_id IN {ids:Array(String)}`,
    { params: { ids }, settings: { max_partitions_per_insert_block: 0 } },
  )
}
