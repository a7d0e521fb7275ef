// `spendledger up` over brokers and a server: the same services in one process, and nothing lost on the way there.

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { openEmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { defaultEvent } from '#platform/json-event/default-event.ts'
import { SETTINGS } from '#platform/settings.ts'
import { systemClock } from '#ports/clock.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { createCluster } from '../support/cluster.ts'
import { needsKafka } from '../support/kafka.ts'
import { eventually, scratchDirectory, startLedger } from '../support/ledger-process.ts'

const kafka = await needsKafka()

const LEFT = 250

/** A log on disk as `up` leaves it when it is killed before its consumer came to these. */
async function leaveEvents(dataDir: string, topic: string): Promise<void> {
  const codec = createUsageEventCodec(loadSchemaStore())
  const eventLog = await openEmbeddedLog({
    dir: join(dataDir, 'log'),
    clock: systemClock,
    retention: { maxAgeMs: 3_600_000, maxBytes: 1 << 28 },
  })
  const now = Date.now()
  const records = Array.from({ length: LEFT }, (_, i) => {
    const event = {
      ...defaultEvent(),
      event_id: `left-${i}`,
      occurred_at: now,
      received_at: now,
      provider: 'openai',
      response_model: 'gpt-5.4',
      feature: 'left',
      usage_source: 'provider' as const,
    }
    return { key: event.event_id, value: codec.encode(event) }
  })
  await eventLog.append(topic, records)
  await eventLog.close()
}

const calls = async (reader: Warehouse): Promise<number> => {
  const [row] = await reader.query<{ n: string }>('SELECT sum(calls) AS n FROM v_costs_hourly')
  return Number(row?.n)
}

describe('up', { ...kafka, timeout: 120_000 }, () => {
  it('over Kafka and a server brings along what its own log still holds, once', async t => {
    const cluster = await createCluster(t)
    const dataDir = await scratchDirectory(t)
    // Written before anybody named a topic.
    await leaveEvents(dataDir, SETTINGS.kafkaTopic.default)
    const settings = {
      ...Object.fromEntries(Object.entries(cluster.env).filter(([name]) => name.startsWith('KAFKA_'))),
      CLICKHOUSE_URL: cluster.clickhouseUrl('writer'),
    }
    const ledger = await startLedger(t, dataDir, settings)
    assert.equal(ledger.log().match(/"records":250,"msg":"moved what \S+ still held to Kafka"/g)?.length, 1)

    const response = await fetch(`${ledger.url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"provider":"openai","request_model":"gpt-5.4","usage":{"prompt_tokens":1200,"completion_tokens":90}}',
    })
    assert.equal(response.status, 202)
    const reader = cluster.warehouse('reader')
    await eventually(
      'everything in the totals',
      () => calls(reader),
      n => n === LEFT + 1,
      60_000,
    )
    assert.equal(await ledger.stop(), 0, ledger.log())

    const again = await startLedger(t, dataDir, settings)
    assert.doesNotMatch(again.log(), /moved what/)
    assert.equal(await again.stop(), 0)
  })
})

describe('two migrate at once', { ...kafka, timeout: 120_000 }, () => {
  it('do no harm, and say the same of the price book', async t => {
    const cluster = await createCluster(t)
    const both = await Promise.all([cluster.migrate(), cluster.migrate()])
    for (const { code, stdout, stderr } of both) {
      assert.equal(code, 0, stdout + stderr)
      assert.match(stdout, /the price book is number 1\n/)
    }
    const third = await cluster.migrate()
    assert.match(third.stdout, /the schema is the newest already; the price book is number 1\n/)
  })
})
