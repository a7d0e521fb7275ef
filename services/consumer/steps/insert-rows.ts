// Puts every record of a delivery where it belongs: priced events into the warehouse, refused ones into the dead-letter topic.
// A row that the warehouse refuses is found by bisection, so that its neighbours are stored and it alone is a dead letter.

import { createDeadLetter, toRecord } from '#core/dead-letter.ts'
import { LedgerError, shown } from '#core/errors.ts'
import type { ConsumerContext } from '../context.ts'
import { countStored, type Delivery, type PricedEvent } from '../delivery.ts'
import type { BatchStep } from '../steps.ts'
import { encodeRows, USAGE_COLUMNS } from '../usage-row.ts'

type Entries = Delivery['events']

/** A batch of late events may touch more days than the server allows by default. */
const SETTINGS = { max_partitions_per_insert_block: 0, async_insert: 0 }

export const insertRows: BatchStep = async (context, delivery) => {
  await insertOrBisect(context, delivery, delivery.events)
  if (delivery.letters.length === 0) return
  const records = delivery.letters.map(toRecord)
  await context.persist('append dead letters', () =>
    context.eventLog.append(context.deadLetterTopic, records),
  )
}

async function insertOrBisect(context: ConsumerContext, delivery: Delivery, entries: Entries): Promise<void> {
  if (entries.length === 0) return
  try {
    const rows = encodeOrRefuse(entries)
    await context.persist('insert rows', () =>
      context.warehouse.insert('usage_events', USAGE_COLUMNS, rows, { settings: SETTINGS }),
    )
    for (const { event, share } of entries) countStored(share, event)
  } catch (error) {
    if (!(error instanceof LedgerError) || error.code !== 'row_refused') throw error
    const [only] = entries
    if (entries.length === 1 && only) {
      only.share.dead += 1
      delivery.letters.push(refusedRow(context, only.event, error))
      return
    }
    const middle = entries.length >> 1
    await insertOrBisect(context, delivery, entries.slice(0, middle))
    await insertOrBisect(context, delivery, entries.slice(middle))
  }
}

/** A value that no column can hold is found like one that the warehouse refuses. */
function encodeOrRefuse(entries: Entries): Uint8Array {
  try {
    return encodeRows(entries.map(({ event }) => event))
  } catch (error) {
    throw new LedgerError('row_refused', String(error), { cause: error })
  }
}

const refusedRow = (context: ConsumerContext, event: PricedEvent, error: LedgerError) => {
  const { logId, topic, partition, record } = event.place
  context.metrics.deadLetters.inc({ reason: 'row_refused' })
  return createDeadLetter({
    refusal: {
      code: 'row_refused',
      field: '',
      got: shown(error.message),
      expected: 'a row that fits the table',
    },
    stage: 'consumer',
    bytes: record.value,
    origin: { log_id: logId, topic, partition, offset: record.offset },
    eventId: event.event.event_id,
    refusedAt: record.timestamp,
  })
}
