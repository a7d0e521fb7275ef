import assert from 'node:assert/strict'
import { it } from 'node:test'
import { watchEmbeddedLog } from '#adapters/embedded-log/metrics.ts'
import { createMetrics } from '#platform/metrics.ts'
import { openTestLog, record, tempDir } from './kit.ts'

it('shows how full the log is at each scrape', async t => {
  const log = await openTestLog(t, await tempDir(t), { retention: { maxBytes: 12_345_678 } })
  const registry = createMetrics({ service: 'test' })
  watchEmbeddedLog(log, registry)
  const read = async (name: string): Promise<unknown> =>
    (await registry.getSingleMetric(name)?.get())?.values.map(({ value, labels }) => [labels, value])

  assert.deepEqual(await read('spendledger_event_log_records'), [])
  await log.append('t', [record('a', Buffer.alloc(100_000)), record('b')])
  await log.append('u', [record('c')])
  assert.deepEqual(await read('spendledger_event_log_max_bytes'), [[{}, 12_345_678]])
  assert.deepEqual(await read('spendledger_event_log_used_bytes'), [[{}, log.stats().usedBytes]])
  assert.ok(log.stats().usedBytes > 100_000)
  assert.deepEqual(await read('spendledger_event_log_records'), [
    [{ topic: 't' }, 2],
    [{ topic: 'u' }, 1],
  ])
})
