// What one event costs in the consumer's process, step by step, and in the collector's.

import { normaliseEvent } from '#core/normalise/index.ts'
import { priceEvent } from '#core/price.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { readJsonEvent } from '#platform/json-event/read-json-event.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import type { PricedEvent } from '../../services/consumer/delivery.ts'
import { encodeRows } from '../../services/consumer/usage-row.ts'
import { type Bench, cpuClock, type Measurement } from './bench.ts'
import { benchEvent } from './events.ts'

const EVENTS = 100_000

const JSON_EVENT = {
  provider: 'openai',
  request_model: 'gpt-5.4',
  response_id: 'chatcmpl-1',
  occurred_at: '2026-11-24T10:00:00Z',
  usage: { prompt_tokens: 1200, completion_tokens: 90, prompt_tokens_details: { cached_tokens: 800 } },
  feature: 'support-chat',
  user_id: 'u1',
  tenant_id: 'acme',
}

export const steps: Bench = {
  name: 'steps',
  what: 'CPU of one event in each step',
  async run() {
    const codec = createUsageEventCodec(await loadSchemaStore())
    const book = await loadPriceBook()
    const now = Date.now()
    const events = Array.from({ length: EVENTS }, (_, i) => benchEvent(i, now))
    const results: Measurement[] = []
    const measure = async <T>(name: string, step: () => T | Promise<T>): Promise<T> => {
      await step()
      const cpu = cpuClock()
      const result = await step()
      results.push({ name, value: Number(((cpu.lap() * 1e6) / EVENTS).toFixed(2)), unit: 'us CPU/event' })
      return result
    }
    const bytes = await measure('encode Avro', () => events.map(event => codec.encode(event)))
    await measure('guard', () => bytes.map(value => codec.inspect(value)))
    const decoded = await measure('guard and decode', () =>
      bytes.map(value => {
        const result = codec.decode(value)
        if (result.kind !== 'avro') throw new Error('not decoded')
        return result.event
      }),
    )
    const normalised = await measure('normalise', () =>
      decoded.map(event => {
        const outcome = normaliseEvent(event)
        if (outcome.kind !== 'ok') throw new Error('not normalised')
        return outcome.value
      }),
    )
    const priced = await measure('price', () =>
      normalised.map(value => ({ ...value, cost: priceEvent(value, book) })),
    )
    const rows = priced.map(
      (value): PricedEvent => ({
        ...value,
        place: {
          logId: 'log',
          topic: 't',
          partition: 0,
          record: { key: '', value: new Uint8Array(), offset: 1, timestamp: now },
        },
        version: 1n,
        receivedAt: now,
      }),
    )
    await measure('encode RowBinary', () => encodeRows(rows))
    await measure('read JSON event', () => {
      for (let i = 0; i < EVENTS; i++) {
        readJsonEvent(JSON_EVENT, { strict: false, receivedAt: now, source: 'http', newId: () => 'x' })
      }
    })
    return results
  },
}
