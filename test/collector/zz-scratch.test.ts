import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createWarehouse } from '#adapters/clickhouse/client.ts'
import { openEmbeddedLog } from '#adapters/embedded-log/embedded-log.ts'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { loadPriceBook } from '#platform/price-book-file.ts'
import { systemClock } from '#ports/clock.ts'
import { createConsumer } from '../../services/consumer/app.ts'
import { silentLog, testRegistry } from '../support/silent.ts'
import { usageEvent } from '../consumer/events.ts'
setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')
const show = (l: string) => { const peak = process.memoryUsage(); gc(); const n = process.memoryUsage(); console.log(l, 'heap', (n.heapUsed/1e6).toFixed(1), 'ext', (n.external/1e6).toFixed(1), 'rss', (n.rss/1e6).toFixed(1), 'rss before gc', (peak.rss/1e6).toFixed(1)) }
test('restart', async t => {
  const dir = await mkdtemp(join(tmpdir(), 'spendledger-outage-'))
  const clock = systemClock
  const eventLog = await openEmbeddedLog({ dir, clock, retention: { maxAgeMs: 3_600_000, maxBytes: 2 ** 30 } })
  const warehouse = createWarehouse({ url: 'http://127.0.0.1:9', user: 'writer', password: 'x' })
  const codec = createUsageEventCodec(loadSchemaStore())
  const registry = testRegistry()
  const big = process.env.BIG === '1'
  let bytes = 0
  for (let b = 0; b < 150; b++) {
    const recs = Array.from({ length: 1000 }, (_, i) => {
      const id = `o-${b}-${i}`
      const value = codec.encode(usageEvent({ event_id: id, occurred_at: Date.now() - 1000, received_at: Date.now(), provider: 'openai', request_model: 'gpt-5.4', feature: 'f', user_id: 'u' + i, tenant_id: 't' + i, ...(big ? { raw_usage: JSON.stringify({prompt_tokens: 1200, completion_tokens: 90, total_tokens: 1290, prompt_tokens_details: {cached_tokens: 800, audio_tokens: 0}, completion_tokens_details: {reasoning_tokens: 10, audio_tokens: 0}}), tags: {a: 'b' + i, c: 'd' + i, e: 'f' + i}, session_id: 's' + id, trace_id: 't' + id, usage_source: 'provider' } : { tokens: { ...usageEvent({}).tokens, input: i }, usage_source: 'provider' }) }))
      bytes += value.length
      return { key: id, value }
    })
    await eventLog.append('llm.usage.v1', recs)
  }
  console.log('bytes', bytes / 150000)
  show('backlog')
  const consumer = createConsumer({ eventLog, warehouse, codec, pricing: { book: await loadPriceBook(), sequence: 1 }, topic: 'llm.usage.v1', deadLetterTopic: 'd', group: 'consumer', retentionDays: 400, clock, log: silentLog(), registry })
  show('book')
  await consumer.start()
  let lastRead = -1
  for (let i = 0; i < 60; i++) {
    await new Promise(r => setTimeout(r, 500))
    const read = (await registry.getSingleMetric('spendledger_records_read_total')?.get())?.values[0]?.value ?? 0
    if (read !== lastRead || i % 10 === 0) { console.log('read', read); show('t' + i) }
    if (read === lastRead && i > 16) break
    lastRead = read
  }
  await consumer.stop(); await eventLog.close(); await warehouse.close(); await rm(dir, { recursive: true })
})
