// Dead letters as events that can be sent again, and the mark that they were.

import type { UsageEventCodec } from '#platform/avro/codec.ts'
import type { Warehouse } from '#ports/warehouse.ts'

/** The events of refused records: letters that came several times are one. */
export interface Letter {
  readonly id: string
  readonly stage: string
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
      bytes: string
      total: string
      replayed: number
    }>(
      `SELECT dead_letter_id AS id, any(stage) AS stage, base64Encode(any(bytes)) AS bytes, max(bytes_total) AS total,
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
        bytes: Buffer.from(row.bytes, 'base64'),
        total: Number(row.total),
        replayed: Boolean(row.replayed),
      }
    }
  }
}

/**
 * The event of a letter in the JSON form of POST /v1/events, in one line, or why there is none. The collector kept what was
 * sent as it was; records of the log are decoded, and say of themselves what a JSON event says.
 */
export function eventOf(letter: Letter, codec: UsageEventCodec): { event: Buffer } | { reason: string } {
  if (letter.replayed) return { reason: 'it was replayed before' }
  if (letter.bytes.length < letter.total) {
    return { reason: `only ${letter.bytes.length} of its ${letter.total} bytes were kept` }
  }
  if (letter.stage === 'collector') return { event: letter.bytes }
  const decoded = codec.decode(letter.bytes)
  switch (decoded.kind) {
    case 'refused':
      return { reason: `its bytes are no event (${decoded.refusal.code})` }
    case 'json':
      return { event: Buffer.from(JSON.stringify(decoded.value)) }
    case 'avro': {
      // Stamped on arrival, like that of any event.
      const { received_at: _, ...event } = decoded.event
      return { event: Buffer.from(JSON.stringify(event)) }
    }
  }
}

/** Says in the warehouse that letters were replayed: a newer version of each of their rows. */
export async function markReplayed(warehouse: Warehouse, ids: readonly string[]): Promise<void> {
  await warehouse.command(
    `INSERT INTO dead_letters
SELECT * REPLACE (now64(3) AS replayed_at, toUInt64(toUnixTimestamp64Micro(now64(6))) AS version)
FROM dead_letters FINAL WHERE dead_letter_id IN {ids:Array(String)}`,
    { params: { ids }, settings: { max_partitions_per_insert_block: 0 } },
  )
}
