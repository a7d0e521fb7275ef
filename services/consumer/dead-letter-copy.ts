// Copies the dead-letter topic into the warehouse, where people read it. The same order as for events: rows, batch row,
// position. A letter that comes again is one letter and stays marked as replayed. There is no third place for what cannot be
// kept here either: it is dropped and counted, because a record that stops this loop would stop it at every start.

import { copyVersion, type DeadLetter, fromRecord } from '#core/dead-letter.ts'
import type { LogBatch } from '#ports/event-log.ts'
import type { ConsumerContext } from './context.ts'
import { newDelivery, newShare, type Share } from './delivery.ts'
import { createRowWriter, type RowWriter } from './row-binary.ts'
import { commit } from './steps/commit.ts'
import { insertBatchRow } from './steps/insert-batch-row.ts'
import { batchSteps } from './steps.ts'
import { storeRows, type Target } from './store-rows.ts'

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
  'version',
]

interface Entry {
  readonly letter: DeadLetter
  readonly share: Share
}

const DEAD_LETTERS: Target<Entry> = {
  what: 'insert dead letters',
  table: 'dead_letters',
  columns: COLUMNS,
  settings: { max_partitions_per_insert_block: 0 },
  encode: entries => {
    const writer = createRowWriter()
    for (const { letter } of entries) writeLetter(writer, letter)
    return writer.bytes()
  },
}

const settleLetters = batchSteps(insertBatchRow, commit)

export async function copyDeadLetters(context: ConsumerContext, batches: readonly LogBatch[]): Promise<void> {
  const delivery = newDelivery()
  const entries: Entry[] = []
  for (const batch of batches) {
    const share = newShare(batch)
    delivery.shares.push(share)
    for (const { value, offset } of batch.records) {
      const letter = fromRecord(value)
      if (letter) entries.push({ letter, share })
      else drop(context, share, 'no_letter', { topic: batch.topic, partition: batch.partition, offset })
    }
  }
  const { stored, refused } = await storeRows(context, DEAD_LETTERS, entries)
  for (const { share } of stored) share.stored += 1
  for (const { entry, error } of refused) {
    drop(context, entry.share, 'row_refused', { err: error, dead_letter_id: entry.letter.dead_letter_id })
  }
  await settleLetters(context, delivery)
}

function drop(
  context: ConsumerContext,
  share: Share,
  reason: 'no_letter' | 'row_refused',
  fields: object,
): void {
  share.dropped += 1
  context.metrics.lettersDropped.inc({ reason })
  context.complain.error(
    `letter dropped: ${reason}`,
    fields,
    'a record of the dead-letter topic cannot be kept in the warehouse; it is dropped',
  )
}

function writeLetter(writer: RowWriter, letter: DeadLetter): void {
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
  writer.uint64(copyVersion(letter))
}
