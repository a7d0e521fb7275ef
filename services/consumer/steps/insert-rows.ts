// Puts every record of a delivery where it belongs: priced events into the warehouse, refused ones into the dead-letter topic.
// Also a row that the warehouse refuses is a dead letter; nothing is counted before it is known where it ended.

import { shown } from '#core/errors.ts'
import { appendLetters } from '../append-letters.ts'
import { countStored, type WrittenEvent } from '../delivery.ts'
import { recordLetter } from '../record-letter.ts'
import type { RowWriter } from '../row-binary.ts'
import type { BatchStep } from '../steps.ts'
import { storeRows, type Target } from '../store-rows.ts'
import { USAGE_COLUMNS } from '../usage-row.ts'

const usageEvents = (rows: RowWriter): Target<WrittenEvent> => ({
  what: 'insert rows',
  table: 'usage_events',
  columns: USAGE_COLUMNS,
  settings: {
    // A batch of late events may touch more days than the server allows by default.
    max_partitions_per_insert_block: 0,
    async_insert: 0,
    // Copies inside of one batch stay for FINAL and merges to collapse: looking for them takes as long as all else of an insert.
    optimize_on_insert: 0,
  },
  encode: entries => rows.bytes().subarray(entries[0]?.start, entries.at(-1)?.end),
})

export const insertRows: BatchStep = async (context, delivery) => {
  const { stored, refused } = await storeRows(context, usageEvents(delivery.rows), delivery.events)
  for (const event of stored) countStored(event)
  for (const { entry, error } of refused) {
    const { place, share, eventId } = entry
    share.dead += 1
    context.metrics.deadLetters.inc({ reason: 'row_refused' })
    const got = shown(error.message)
    const refusal = { code: 'row_refused', field: '', got, expected: 'a row that fits the table' } as const
    delivery.letters.push(recordLetter(place, refusal, eventId))
  }
  await appendLetters(context, delivery.letters)
}
