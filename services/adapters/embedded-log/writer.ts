// Group commit: while one write is on its way to the disk, whoever else wants to write is gathered, and all of them go
// together as the next one. One sync serves many callers, and nobody is answered before it.

import { constants } from 'node:os'
import { LedgerError } from '#core/errors.ts'
import type { Clock } from '#ports/clock.ts'
import { type Catalog, loadCatalog } from './catalog.ts'
import type { Retention } from './retention.ts'
import type { Room } from './space.ts'
import type { Store } from './store.ts'
import { beginTransaction, type Transaction } from './transaction.ts'

export interface WriterLimits {
  /** A write takes no further append once it holds this many bytes: bounds the time that a write takes. */
  readonly transactionBytes: number
  /** Appends that wait hold at most this many bytes: bounds memory. */
  readonly queueBytes: number
}

export interface WriterStats {
  /** Writes that reached the disk; each cost one sync of the data and one of the root. */
  readonly writes: number
  /** Bytes of the appends that wait. */
  readonly queuedBytes: number
}

type Stage = (transaction: Transaction) => void

export interface Writer {
  /**
   * Takes part in the next write that has room for `bytes`. Rejects with `log_full` or `log_unavailable`. With `reserve` it
   * waits whatever else waits, and when nothing more can be dropped it may use the reserve.
   */
  append(bytes: number, stage: Stage, options?: { readonly reserve?: boolean }): Promise<void>
  /** Takes part in the next write even if the log is full, until the disk is: for what takes next to no space. */
  update(stage: Stage): Promise<void>
  stats(): WriterStats
  /** Resolves when nobody waits. */
  idle(): Promise<void>
}

interface Job {
  readonly bytes: number
  readonly reserve: boolean
  readonly stage: Stage
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export interface WriterOptions {
  readonly store: Store
  readonly catalog: Catalog
  readonly retention: Retention
  /** Rejects when the store does not answer; LMDB would let a write wait for ever then. */
  readonly room: () => Promise<Room>
  readonly clock: Clock
  /** Partitions of the topics that an append makes. */
  readonly partitions: number
  readonly limits: WriterLimits
  /** Called when records became readable. */
  readonly onWritten: () => void
  /** Called when records were dropped which this group had not read. */
  readonly onPassed: (group: string) => void
}

export function createWriter(options: WriterOptions): Writer {
  const { store, catalog, retention, room, clock, partitions, limits, onWritten, onPassed } = options
  let queue: Job[] = []
  let queuedBytes = 0
  let writes = 0
  let draining: Promise<void> | undefined

  function enqueue(bytes: number, stage: Stage, reserve: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      queue.push({ bytes, stage, reserve, resolve, reject })
      queuedBytes += bytes
      draining ??= drain()
    })
  }

  function append(bytes: number, stage: Stage, { reserve = false } = {}): Promise<void> {
    if (!reserve && queuedBytes > 0 && queuedBytes + bytes > limits.queueBytes) {
      return Promise.reject(new LedgerError('log_full', `${queuedBytes} bytes wait to be written`))
    }
    return enqueue(bytes, stage, reserve)
  }

  async function drain(): Promise<void> {
    while (queue.length > 0) {
      try {
        await writeNext()
      } catch (cause) {
        rejectWaiting(() => true, new LedgerError('log_unavailable', undefined, { cause }))
      }
    }
    draining = undefined
  }

  /** One write, or one drop to make room for it, or the refusal of what there is no room for. */
  async function writeNext(): Promise<void> {
    const space = await room()
    if (space.exhausted) return rejectWaiting(() => true, new LedgerError('log_full', space.limit))
    if (await writeGroup(() => space.bytes)) return
    const drop = retention.oldest()
    if (drop && !(await commit([transaction => transaction.drop(drop)]))) return
    const roomFor = ({ reserve }: Job): number => (reserve ? space.reserveBytes : space.bytes)
    rejectWaiting(
      job => job.bytes > Math.max(0, roomFor(job)),
      new LedgerError('log_full', `${space.limit}, held by ${retention.heldBy()}`),
    )
    await writeGroup(roomFor)
  }

  /** Writes what waits at the head of the queue and fits. Returns false if nothing does. */
  async function writeGroup(roomFor: (job: Job) => number): Promise<boolean> {
    const group = takeGroup(roomFor)
    if (group.length === 0) return false
    const error = await commit(group.map(job => job.stage))
    for (const job of group) settle(job, error)
    return true
  }

  function takeGroup(roomFor: (job: Job) => number): Job[] {
    let bytes = 0
    let count = 0
    for (const job of queue) {
      if (count > 0 && bytes + job.bytes > limits.transactionBytes) break
      if (job.bytes > 0 && bytes + job.bytes > roomFor(job)) break
      bytes += job.bytes
      count += 1
    }
    return queue.splice(0, count)
  }

  function rejectWaiting(refused: (job: Job) => boolean, error: Error): void {
    const waiting = queue
    queue = waiting.filter(job => !refused(job))
    for (const job of waiting) if (refused(job)) settle(job, error)
  }

  function settle(job: Job, error: Error | undefined): void {
    queuedBytes -= job.bytes
    if (error) job.reject(error)
    else job.resolve()
  }

  /** Writes what the stages ask for, all or nothing. Returns why it was not written. */
  async function commit(stages: readonly Stage[]): Promise<LedgerError | undefined> {
    try {
      const transaction = beginTransaction(catalog, { partitions, now: clock.now() })
      for (const stage of stages) stage(transaction)
      const { write, apply, passed } = transaction.prepare()
      await store.write(write)
      apply()
      passed.forEach(onPassed)
    } catch (error) {
      return diagnose(error)
    }
    writes += 1
    onWritten()
    return undefined
  }

  /** After a failed write the disk tells what is true. */
  async function diagnose(cause: unknown): Promise<LedgerError> {
    try {
      const space = await room()
      loadCatalog(store, catalog)
      const full = isDiskFull(cause) || space.bytes <= 0
      return new LedgerError(full ? 'log_full' : 'log_unavailable', undefined, { cause })
    } catch {
      return new LedgerError('log_unavailable', undefined, { cause })
    }
  }

  return {
    append,
    update: stage => enqueue(0, stage, false),
    stats: () => ({ writes, queuedBytes }),
    async idle() {
      while (draining) await draining
    },
  }
}

const isDiskFull = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  (error.code === constants.errno.ENOSPC || error.code === constants.errno.EDQUOT)
