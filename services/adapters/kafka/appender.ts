// Appends, batched by what happens to wait: a send begins whenever fewer than four are under way, and takes all that came
// meanwhile. That beats any fixed linger in throughput and in latency.

import type { Kafka } from 'kafkajs'
import { LedgerError } from '#core/errors.ts'
import type { Logger } from '#platform/log.ts'
import type { Clock } from '#ports/clock.ts'
import type { NewRecord } from '#ports/event-log.ts'
import { isTooLarge, toLogError } from './errors.ts'
import { createOutage } from './outage.ts'
import { createSender } from './sender.ts'

/** Of one send. kafkajs sorts messages into partitions in quadratic time; brokers bound a batch, by default at 1 MiB. */
const SEND_RECORDS = 500
const SEND_BYTES = 768 * 1024

const SENDS_IN_FLIGHT = 4

/** An append that is not acknowledged after this long (ms) is given up; it may be there all the same. */
const DEADLINE_MS = 5_000

/** Bytes that may wait for a send: more is refused at once rather than held. */
const QUEUE_BYTES = 64 * 2 ** 20

/** A share of an append that goes in one send. */
interface Part {
  readonly topic: string
  readonly records: readonly NewRecord[]
  readonly bytes: number
  readonly settle: (error?: LedgerError) => void
}

export interface Appender {
  append(topic: string, records: readonly NewRecord[]): Promise<void>
  /** Waits for sends under way; appends after it reject. */
  close(): Promise<void>
}

export function createAppender(kafka: Kafka, options: { log: Logger; clock: Clock }): Appender {
  const outage = createOutage('take appends', options.log, options.clock)
  const sender = createSender(kafka)
  const queue = new Set<Part>()
  let queuedBytes = 0
  let sends = 0
  let scheduled = false
  let closed = false
  let idle: (() => void) | undefined

  async function append(topic: string, records: readonly NewRecord[]): Promise<void> {
    if (closed) throw new LedgerError('log_unavailable', 'it is closed')
    if (records.length === 0) return
    const shares = shared(records)
    const bytes = shares.reduce((sum, share) => sum + share.bytes, 0)
    if (queuedBytes > 0 && queuedBytes + bytes > QUEUE_BYTES)
      throw new LedgerError('log_unavailable', 'too much waits to be sent')
    await Promise.all(shares.map(share => enqueue(topic, share)))
  }

  function enqueue(topic: string, share: { records: NewRecord[]; bytes: number }): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => giveUp(part), DEADLINE_MS)
      const part: Part = {
        ...share,
        topic,
        settle(error) {
          clearTimeout(timer)
          if (error) reject(error)
          else resolve()
        },
      }
      queue.add(part)
      queuedBytes += part.bytes
      schedule()
    })
  }

  function giveUp(part: Part): void {
    if (queue.delete(part)) queuedBytes -= part.bytes
    const error = new LedgerError('log_unavailable', `no acknowledgement within ${DEADLINE_MS / 1000} s`)
    outage.began(error)
    part.settle(error)
  }

  /** Not at once: what is appended in the same turn of the event loop goes together. */
  function schedule(): void {
    if (scheduled || sends >= SENDS_IN_FLIGHT || queue.size === 0) return
    scheduled = true
    setImmediate(() => {
      scheduled = false
      while (sends < SENDS_IN_FLIGHT && queue.size > 0) void send(take())
      rest()
    })
  }

  /** Parts of one topic from the front of the queue, as many as fit. */
  function take(): Part[] {
    const taken: Part[] = []
    let records = 0
    let bytes = 0
    for (const part of queue) {
      if (part.topic !== (taken[0] ?? part).topic) break
      records += part.records.length
      bytes += part.bytes
      if (taken.length > 0 && (records > SEND_RECORDS || bytes > SEND_BYTES)) break
      taken.push(part)
    }
    for (const part of taken) {
      queue.delete(part)
      queuedBytes -= part.bytes
    }
    return taken
  }

  async function send(parts: readonly Part[]): Promise<void> {
    sends += 1
    try {
      await deliver(parts)
    } finally {
      sends -= 1
      rest()
      schedule()
    }
  }

  function rest(): void {
    if (sends === 0 && queue.size === 0) idle?.()
  }

  async function deliver(parts: readonly Part[]): Promise<void> {
    const topic = parts[0]?.topic ?? ''
    try {
      await sender.send(
        topic,
        parts.flatMap(part => part.records),
      )
      outage.over()
      for (const part of parts) part.settle()
    } catch (error) {
      // One that is too large must not take with it those that it happened to meet.
      if (isTooLarge(error)) for (const part of parts) await deliverHalves(part)
      else for (const part of parts) part.settle(refusal(error))
    }
  }

  async function deliverHalves(part: Part): Promise<void> {
    try {
      await sender.sendHalves(part.topic, part.records)
      part.settle()
    } catch (error) {
      part.settle(refusal(error))
    }
  }

  function refusal(error: unknown): LedgerError {
    const found = toLogError(error)
    if (found.code === 'record_too_large') return found
    outage.began(found)
    // Rights may be given back: who appends tries again, as after any outage.
    return found.retryable ? found : new LedgerError('log_unavailable', found.message, { cause: error })
  }

  return {
    append,
    async close() {
      closed = true
      if (sends > 0 || queue.size > 0) {
        await new Promise<void>(resolve => {
          idle = resolve
        })
      }
      await sender.close()
    },
  }
}

/** Cuts an append into shares that fit a send, in order. */
function shared(records: readonly NewRecord[]): { records: NewRecord[]; bytes: number }[] {
  const shares: { records: NewRecord[]; bytes: number }[] = []
  let current: { records: NewRecord[]; bytes: number } | undefined
  for (const record of records) {
    const bytes = record.key.length + record.value.byteLength
    if (!current || current.records.length === SEND_RECORDS || current.bytes + bytes > SEND_BYTES) {
      current = { records: [], bytes: 0 }
      shares.push(current)
    }
    current.records.push(record)
    current.bytes += bytes
  }
  return shares
}
