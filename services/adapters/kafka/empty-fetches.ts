// kafkajs passes over a fetch whose records are all filtered out (aborted transactions, marks of transactions) without a word to
// its reader, who would see a hole in the offsets and never commit what lies behind the last record. Here such a fetch is handed
// out like any other, as a batch without records.

import { createRequire } from 'node:module'

const PATCHED_VERSION = '2.2.4'

interface FetchedBatch {
  readonly rawMessages: readonly unknown[]
  isEmpty(): boolean
  isEmptyDueToFiltering(): boolean
}

/** May be called again. Throws with another version of kafkajs: without this, readers would wait at such a fetch for ever. */
export function handOutEmptyFetches(): void {
  const require = createRequire(import.meta.url)
  const { version } = require('kafkajs/package.json') as { version: string }
  if (version !== PATCHED_VERSION) throw new Error(`kafkajs is ${version}, not ${PATCHED_VERSION} as pinned`)
  const { prototype } = require('kafkajs/src/consumer/batch') as { prototype: FetchedBatch }
  prototype.isEmptyDueToFiltering = () => false
  prototype.isEmpty = function (this: FetchedBatch) {
    return this.rawMessages.length === 0
  }
}
