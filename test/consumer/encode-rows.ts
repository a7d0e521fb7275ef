// Rows as the consumer writes them, for tests that put events into the table themselves.

import type { PricedEvent } from '../../services/consumer/delivery.ts'
import { createRowWriter } from '../../services/consumer/row-binary.ts'
import { writeRow } from '../../services/consumer/usage-row.ts'

/** Rows one after the other, as RowBinary. */
export function encodeRows(rows: readonly PricedEvent[]): Uint8Array {
  const writer = createRowWriter()
  for (const row of rows) writeRow(writer, row)
  return writer.bytes()
}
