// What the tests of the embedded log share: a log in a directory of its own, with a clock that the test sets.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import {
  type EmbeddedLog,
  type EmbeddedLogOptions,
  openEmbeddedLog,
} from '#adapters/embedded-log/embedded-log.ts'
import type { LogRecord, NewRecord, PollOptions, Subscription } from '#ports/event-log.ts'

export const ALL: PollOptions = { maxRecords: 1_000_000, maxBytes: 2 ** 30, waitMs: 0, lingerMs: 0 }

export const record = (key: string, value: string | Uint8Array = key): NewRecord => ({
  key,
  value: typeof value === 'string' ? Buffer.from(value) : value,
})

export const isCode =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof Error && 'code' in error && error.code === code

export async function tempDir(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'embedded-log-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

export type Options = Partial<Omit<EmbeddedLogOptions, 'retention'>> & {
  readonly retention?: Partial<EmbeddedLogOptions['retention']>
}

/** Opens a log that closes itself after the test. Its clock stands still at 1,000,000 unless the test brings another. */
export async function openTestLog(t: TestContext, dir: string, options: Options = {}): Promise<EmbeddedLog> {
  const log = await openEmbeddedLog({
    clock: { now: () => 1_000_000 },
    ...options,
    dir,
    retention: { maxAgeMs: 60_000, maxBytes: 2 ** 26, ...options.retention },
  })
  t.after(() => log.close())
  return log
}

/** Reads what waits and commits it. */
export async function consume(subscription: Subscription): Promise<LogRecord[]> {
  const batches = await subscription.poll(ALL)
  await subscription.commit(
    batches.map(({ topic, partition, records }) => ({
      topic,
      partition,
      first: records[0]?.offset ?? 0,
      last: records.at(-1)?.offset ?? 0,
    })),
  )
  return batches.flatMap(({ records }) => records)
}

/** Reads a topic from the beginning, for a group of this call's own that is gone when the log is closed. */
export async function readAll(
  log: EmbeddedLog,
  topic: string,
): Promise<(LogRecord & { partition: number })[]> {
  const subscription = await log.subscribe({ group: `reader-${performance.now()}`, topics: [topic] })
  const batches = await subscription.poll(ALL)
  await subscription.close()
  return batches.flatMap(({ partition, records }) => records.map(one => ({ ...one, partition })))
}
