// What the tests of the Kafka adapter share: logs opened on a broker with everything they log kept, and patient reading.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { type KafkaLogOptions, openKafkaLog } from '#adapters/kafka/kafka-log.ts'
import { createLogger, type LogLevel } from '#platform/log.ts'
import { systemClock } from '#ports/clock.ts'
import type {
  EventLog,
  LogBatch,
  NewRecord,
  OffsetRange,
  PollOptions,
  Subscription,
} from '#ports/event-log.ts'
import { collectLines } from '../../platform/http-fixture.ts'
import type { Cleanup } from '../../support/engine.ts'
import { kafkaBrokers, uniqueName } from '../../support/kafka.ts'

export const POLL: PollOptions = { maxRecords: 1_000, maxBytes: 2 ** 22, waitMs: 500, lingerMs: 0 }

export type Line = Readonly<Record<string, unknown>>

/** A logger whose lines are kept. */
export function recordedLog(level: LogLevel = 'info') {
  const { lines, ...stream } = collectLines()
  return {
    log: createLogger({ level, format: 'json', service: 'test', stream }),
    lines: lines as readonly Line[],
  }
}

export interface OpenedLog {
  readonly log: EventLog
  readonly lines: readonly Line[]
}

/** Opens the log, by default on the shared broker; it is closed after the test, unless the test did. */
export async function openLog(t: Cleanup, options: Partial<KafkaLogOptions> = {}): Promise<OpenedLog> {
  const { log, lines } = recordedLog()
  const opened = await openKafkaLog({
    brokers: kafkaBrokers() ?? [],
    partitions: 2,
    deployment: uniqueName('deployment'),
    clock: systemClock,
    log,
    ...options,
  })
  t.after(() => opened.close())
  return { log: opened, lines }
}

/** Lines that an operator is meant to act on. */
export const loud = (lines: readonly Line[]): unknown[] =>
  lines
    .filter(({ level }) => level === 'warn' || level === 'error' || level === 'fatal')
    .map(({ msg }) => msg)

export const records = (from: number, to: number): NewRecord[] =>
  Array.from({ length: to - from }, (_, i) => ({ key: `key-${from + i}`, value: Buffer.from(`${from + i}`) }))

/** Numbers from..to - 1, as `records` has them. */
export const numbers = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, i) => from + i)

export const rangeOf = ({ logId, topic, partition, first, last }: LogBatch): OffsetRange => ({
  logId,
  topic,
  partition,
  first,
  last,
})

/** Resolves once it holds; fails after `ms`. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  ms = 30_000,
): Promise<void> {
  const deadline = performance.now() + ms
  while (!(await holds())) {
    assert.ok(performance.now() < deadline, `not within ${ms} ms: ${what}`)
    await sleep(20)
  }
}

/** Polls, through what passes, until `done`; all batches. */
export async function readUntil(
  subscription: Subscription,
  done: (batches: readonly LogBatch[]) => boolean,
  options: {
    readonly commit?: boolean
    readonly ms?: number
    readonly onBatches?: (batches: readonly LogBatch[]) => void
  } = {},
): Promise<LogBatch[]> {
  const deadline = performance.now() + (options.ms ?? 30_000)
  const all: LogBatch[] = []
  while (!done(all)) {
    const left = valuesOf(all).length
    assert.ok(performance.now() < deadline, `not read in time: ${left} records so far`)
    const batches = await subscription.poll(POLL).catch(async () => {
      await sleep(100)
      return []
    })
    all.push(...batches)
    options.onBatches?.(batches)
    if (options.commit) await subscription.commit(batches.map(rangeOf))
  }
  return all
}

/** Values of records, as numbers. */
export const valuesOf = (batches: readonly LogBatch[]): number[] =>
  batches.flatMap(({ records }) => records.map(({ value }) => Number(Buffer.from(value).toString())))

export const sorted = (values: Iterable<number>): number[] => [...values].sort((a, b) => a - b)

/** Fails where batches of a partition leave a hole, or do not follow one another. */
export function assertWithoutHoles(batches: readonly LogBatch[]): void {
  const next = new Map<string, number>()
  for (const { topic, partition, first, last } of batches) {
    const place = `${topic}/${partition}`
    assert.equal(first, next.get(place) ?? first, `${place} goes on where it ended`)
    next.set(place, last + 1)
  }
}
