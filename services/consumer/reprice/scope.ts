// What a run of repricing looks at, and with which book: the parameters that its steps share.

import type { Logger } from '#platform/log.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import type { NumberedBook } from '../context.ts'

export interface RepriceScope {
  /** ms, from <= occurred_at < to */
  readonly from: number
  readonly to: number
  /** As rows have it: the canonical name. */
  readonly provider?: string
  /** As rows have it: the book's id, else the plain name. */
  readonly model?: string
}

export interface RepriceContext {
  /** As user writer. */
  readonly warehouse: Warehouse
  readonly pricing: NumberedBook
  readonly log: Logger
}

export interface RunOptions {
  /** Compares and writes nothing. */
  readonly dryRun?: boolean
  readonly by: 'service' | 'cli'
  readonly onProgress?: (progress: RepriceProgress) => void
  /** Called between two writes; what it returns is waited for. @param workMs how long the last one took */
  readonly pause?: (workMs: number) => Promise<void>
  /** Ends the run before its next write; it can be begun again at any time. */
  readonly signal?: AbortSignal
}

export interface RepriceProgress {
  /** The start of the day that is being worked on, ms. */
  readonly day: number
  readonly examined: number
  readonly changed: number
}

/** Scanning a range may take this long on the server, ms. */
export const SCAN_TIMEOUT_MS = 300_000
