// What one poll has read so far, and whether its limits allow more.

import type { LogRecord } from '#ports/event-log.ts'

export interface Gathering<Source> {
  /** In order, by where they come from. */
  readonly batches: ReadonlyMap<Source, LogRecord[]>
  /** How many records may still be added. */
  recordsLeft(): number
  /** Whether a limit is reached. */
  full(): boolean
  /** Adds a record, unless it would exceed a limit; a first one never does. */
  add(source: Source, record: LogRecord): boolean
}

/** `maxBytes` counts values. */
export function createGathering<Source>(limits: { maxRecords: number; maxBytes: number }): Gathering<Source> {
  const batches = new Map<Source, LogRecord[]>()
  let records = 0
  let bytes = 0
  let full = false

  function add(source: Source, record: LogRecord): boolean {
    const size = record.value.byteLength
    if (full || (records > 0 && bytes + size > limits.maxBytes)) {
      full = true
      return false
    }
    const batch = batches.get(source)
    if (batch) batch.push(record)
    else batches.set(source, [record])
    records += 1
    bytes += size
    full = records >= limits.maxRecords || bytes >= limits.maxBytes
    return true
  }

  return { batches, recordsLeft: () => limits.maxRecords - records, full: () => full, add }
}
