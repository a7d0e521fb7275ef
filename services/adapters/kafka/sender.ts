// One send to the brokers, acknowledged by all replicas that are in sync. Not kafkajs's idempotent producer: that one loses
// acknowledged records when a send fails and the next reuses its sequence number; repeats count once by event_id.

import kafkajs, { type Kafka, type Producer } from 'kafkajs'
import { LedgerError } from '#core/errors.ts'
import type { NewRecord } from '#ports/event-log.ts'
import { isTooLarge } from './errors.ts'

const ALL_IN_SYNC = -1

export interface Sender {
  /** Resolves when the records are acknowledged. Rejects with what kafkajs says. */
  send(topic: string, records: readonly NewRecord[]): Promise<void>
  /**
   * The same in smaller and smaller sends, for what was found too large together.
   * @throws LedgerError `record_too_large` when a single record is
   */
  sendHalves(topic: string, records: readonly NewRecord[]): Promise<void>
  close(): Promise<void>
}

export function createSender(kafka: Kafka): Sender {
  let connected: Promise<Producer> | undefined

  function producer(): Promise<Producer> {
    connected ??= connect().catch(error => {
      connected = undefined
      throw error
    })
    return connected
  }

  async function connect(): Promise<Producer> {
    const made = kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: false,
      // As Java's: all copies of an event meet in one partition, whoever sends them.
      createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    })
    await made.connect()
    return made
  }

  async function send(topic: string, records: readonly NewRecord[]): Promise<void> {
    const messages = records.map(({ key, value }) => ({ key, value: asBuffer(value) }))
    await (await producer()).send({ topic, acks: ALL_IN_SYNC, messages })
  }

  async function sendHalves(topic: string, records: readonly NewRecord[]): Promise<void> {
    try {
      await send(topic, records)
    } catch (error) {
      if (!isTooLarge(error)) throw error
      const [first] = records
      if (records.length === 1 && first) {
        const detail = `one of ${first.value.byteLength} bytes for topic ${topic}`
        throw new LedgerError('record_too_large', detail, { cause: error })
      }
      const middle = records.length >> 1
      await sendHalves(topic, records.slice(0, middle))
      await sendHalves(topic, records.slice(middle))
    }
  }

  return {
    send,
    sendHalves,
    async close() {
      await (await connected?.catch(() => undefined))?.disconnect()
    },
  }
}

const asBuffer = (value: Uint8Array): Buffer =>
  Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
