// Passwords of brokers and warehouse, whatever goes right or wrong with them, at the most talkative level: none may be in a log, a
// metric or an answer.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createCluster, startCluster } from '../support/cluster.ts'
import { needsKafka } from '../support/kafka.ts'
import { eventually } from '../support/ledger-process.ts'

const kafka = await needsKafka()

describe('passwords', { ...kafka, timeout: 120_000 }, () => {
  it('that are refused are not shown', async t => {
    const cluster = await createCluster(t)
    await cluster.migrate()
    const [forClickHouse, forKafka] = ['canary-4f1c-clickhouse', 'canary-9b7e-kafka']
    const wrong = new URL(cluster.clickhouseUrl('writer'))
    wrong.password = forClickHouse
    const settings = {
      LOG_LEVEL: 'trace',
      CLICKHOUSE_URL: wrong.href,
      KAFKA_SASL_MECHANISM: 'plain',
      KAFKA_SASL_USERNAME: 'somebody',
      KAFKA_SASL_PASSWORD: forKafka,
    }
    const consumer = await cluster.start('consumer', settings)
    assert.equal(await consumer.exited, 1)
    assert.match(consumer.log(), /"level":"trace"/)
    for (const secret of [forClickHouse, forKafka]) assert.ok(!consumer.log().includes(secret))
  })

  it('that are right are not shown either, while events flow', async t => {
    const cluster = await startCluster(t, { settings: { LOG_LEVEL: 'trace' } })
    const answer = await fetch(`${cluster.collectorUrl}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        provider: 'openai',
        request_model: 'gpt-5.4',
        usage: { prompt_tokens: 1, completion_tokens: 1 },
      }),
    })
    assert.equal(answer.status, 202)
    await eventually(
      'the event is stored',
      () => cluster.warehouse('reader').query<{ n: string }>('SELECT count() AS n FROM v_events'),
      ([row]) => row?.n === '1',
    )
    const passwords = (['writer', 'aggregator', 'reader'] as const).map(user =>
      decodeURIComponent(new URL(cluster.clickhouseUrl(user)).password),
    )
    for (const service of cluster.services) {
      const pages = await Promise.all(
        ['/readyz', '/metrics'].map(async path => (await fetch(service.url + path)).text()),
      )
      const shown = [service.log(), ...pages].join('\n')
      for (const password of passwords) {
        assert.ok(password.length > 20)
        assert.ok(!shown.includes(password), `${service.name} shows a password`)
      }
    }
  })
})
