// What other programs may put on the topic: every record is counted, a dead letter with its reason, or known to need no row. None
// of them stops the consumer or takes a neighbour with it.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { usageEvent } from '../consumer/events.ts'
import { startCluster } from '../support/cluster.ts'
import { kafkaClient, needsKafka } from '../support/kafka.ts'
import { eventually } from '../support/ledger-process.ts'

const GOOD = 40

describe('records of other programs', { timeout: 120_000, ...(await needsKafka()) }, () => {
  it('are counted, dead letters with a reason, or need no row, and never stop the consumer', async t => {
    const cluster = await startCluster(t, { collectors: 0, aggregators: 0, apis: 0 })
    const codec = createUsageEventCodec(loadSchemaStore())
    const good = (n: number): Buffer =>
      Buffer.from(
        codec.encode(
          usageEvent({
            event_id: `good-${n}`,
            occurred_at: Date.now(),
            provider: 'openai',
            request_model: 'gpt-5.4',
            tokens: { ...usageEvent({}).tokens, input: 10, output: 1 },
            usage_source: 'provider',
          }),
        ),
      )
    const otherSchema = Buffer.from(good(0))
    otherSchema.writeUInt32BE(4_711, 1)
    const bad: readonly [reason: string, value: Buffer | string | null][] = [
      ['unknown_schema', otherSchema],
      ['unknown_framing', 'plain words'],
      ['malformed_avro', good(0).subarray(0, 20)],
      ['not_an_object', '{"provider": "openai", '],
      ['unknown_framing', Buffer.of(0xff, 0xd8, 0xff)],
      ['wrong_type', '{"provider":"openai","request_model":"gpt-5.4","usage":"lots"}'],
    ]
    const messages = Array.from({ length: GOOD }, (_, n) => [
      // Without a key: the record of a producer that was not told.
      { key: n % 2 === 0 ? null : `k${n}`, value: good(n) },
      { key: `tombstone-${n}`, value: null },
      ...bad.slice(n % bad.length, (n % bad.length) + 1).map(([, value]) => ({ key: `bad-${n}`, value })),
    ]).flat()
    const producer = kafkaClient().producer()
    await producer.connect()
    await producer.send({ topic: cluster.topic, messages })
    await producer.disconnect()

    const reader = cluster.warehouse('reader')
    const [stored] = await eventually(
      'all good ones are stored',
      () => reader.query<{ n: string }>('SELECT uniqExact(event_id) AS n FROM v_events'),
      ([row]) => Number(row?.n) === GOOD,
      60_000,
    )
    assert.equal(Number(stored?.n), GOOD)
    const letters = await eventually(
      'all others are dead letters',
      () =>
        reader.query<{ reason: string; n: string }>(
          'SELECT reason, count() AS n FROM v_dead_letters GROUP BY reason ORDER BY reason',
        ),
      rows => rows.reduce((sum, { n }) => sum + Number(n), 0) === GOOD,
      30_000,
    )
    const expected = new Map<string, number>()
    for (let n = 0; n < GOOD; n++) {
      const reason = bad[n % bad.length]?.[0] ?? ''
      expected.set(reason, (expected.get(reason) ?? 0) + 1)
    }
    assert.deepEqual(
      new Map(letters.map(({ reason, n }) => [reason, Number(n)])),
      new Map([...expected].sort()),
    )
    const [batches] = await reader.query<{ read: string; dropped: string; open: string }>(
      `SELECT sum(b.read) AS read, sum(b.dropped) AS dropped, sum(b.read) - sum(b.stored) - sum(b.dead) - sum(b.dropped) AS open
FROM v_ingest_batches AS b WHERE topic = {topic:String}`,
      { params: { topic: cluster.topic } },
    )
    assert.deepEqual(batches, { read: String(3 * GOOD), dropped: String(GOOD), open: '0' })
    assert.ok(
      cluster.services.every(({ name }) => name === 'consumer-1'),
      'the same consumer all along',
    )
    const [consumer] = cluster.services
    assert.equal(await consumer?.stop(), 0)
  })
})
