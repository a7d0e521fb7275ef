// Copies the dead-letter topic into the warehouse, where people read it. The same order as for events: rows, batch row,
// position. A letter that comes again replaces itself.

import type { DeadLetter } from '#core/dead-letter.ts'
import type { LogBatch, LogRecord } from '#ports/event-log.ts'
import type { ConsumerContext } from './context.ts'
import type { Delivery } from './delivery.ts'
import { createRowWriter } from './row-binary.ts'
import { commit } from './steps/commit.ts'
import { insertBatchRow } from './steps/insert-batch-row.ts'
import { batchSteps } from './steps.ts'

const COLUMNS = [
  'dead_letter_id',
  'refused_at',
  'stage',
  'reason',
  'field',
  'got',
  'expected',
  'message',
  'event_id',
  'log_id',
  'log_topic',
  'log_partition',
  'log_offset',
  'bytes',
  'bytes_total',
]

const settleLetters = batchSteps(insertBatchRow, commit)

export async function copyDeadLetters(context: ConsumerContext, batches: readonly LogBatch[]): Promise<void> {
  const delivery: Delivery = { shares: [], events: [], letters: [] }
  const writer = createRowWriter()
  for (const { topic, partition, records } of batches) {
    const [first] = records
    const last = records.at(-1)
    if (!first || !last) continue
    let stored = 0
    for (const record of records) {
      const letter = readLetter(record)
      if (!letter) continue
      writeLetter(writer, letter)
      stored += 1
    }
    delivery.shares.push({
      range: { topic, partition, first: first.offset, last: last.offset },
      read: records.length,
      stored,
      dead: 0,
      dropped: records.length - stored,
      hours: new Set(),
      newestLogTime: last.timestamp,
    })
  }
  if (writer.size() > 0) {
    await context.persist('insert dead letters', () =>
      context.warehouse.insert('dead_letters', COLUMNS, writer.bytes(), {
        settings: { max_partitions_per_insert_block: 0 },
      }),
    )
  }
  await settleLetters(context, delivery)
}

/** What is no letter of ours (somebody else wrote to the topic) is counted as dropped; there is no third place to put it. */
function readLetter(record: LogRecord): DeadLetter | undefined {
  try {
    const letter = JSON.parse(Buffer.from(record.value).toString('utf8')) as Partial<DeadLetter> | null
    return typeof letter?.dead_letter_id === 'string' && typeof letter.bytes_base64 === 'string'
      ? (letter as DeadLetter)
      : undefined
  } catch {
    return undefined
  }
}

function writeLetter(writer: ReturnType<typeof createRowWriter>, letter: DeadLetter): void {
  writer.string(letter.dead_letter_id)
  writer.int64(BigInt(letter.refused_at))
  for (const field of ['stage', 'reason', 'field', 'got', 'expected', 'message', 'event_id'] as const) {
    writer.string(letter[field])
  }
  writer.string(letter.origin?.log_id ?? '')
  writer.string(letter.origin?.topic ?? '')
  writer.isNull(!letter.origin)
  if (letter.origin) writer.uint32(letter.origin.partition)
  writer.isNull(!letter.origin)
  if (letter.origin) writer.uint64(letter.origin.offset)
  const bytes = Buffer.from(letter.bytes_base64, 'base64')
  writer.length(bytes.length)
  writer.raw(bytes)
  writer.uint64(letter.bytes_total)
}
