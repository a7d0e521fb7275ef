// Services as processes of their own, started as a deployment starts them: in any order, several at once, and ended one by one.

import assert from 'node:assert/strict'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { createCluster, type ServiceKind, startCluster } from '../support/cluster.ts'
import { needsKafka } from '../support/kafka.ts'
import { eventually } from '../support/ledger-process.ts'

const kafka = await needsKafka()

const event = (id: string) => ({
  event_id: id,
  occurred_at: new Date().toISOString(),
  provider: 'openai',
  request_model: 'gpt-5.4',
  usage: { prompt_tokens: 1_200, completion_tokens: 90 },
  feature: 'cluster',
})

async function send(url: string, ids: readonly string[]): Promise<Response> {
  return fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ids.map(event)),
  })
}

const readiness = async (url: string): Promise<string> => (await fetch(`${url}/readyz`)).text()

/** A port of this test in front of the first broker, on which nobody answers until it is opened. */
async function startGate(t: TestContext, brokers: string): Promise<{ port: number; open(): void }> {
  const [host, port] = (brokers.split(',')[0] ?? '').split(':')
  let isOpen = false
  const gate = createServer(client => {
    client.on('error', () => client.destroy())
    if (!isOpen) {
      client.destroy()
      return
    }
    const broker = connect(Number(port), host)
    broker.on('error', () => client.destroy())
    client.on('close', () => broker.destroy())
    broker.on('close', () => client.destroy())
    client.pipe(broker).pipe(client)
  })
  await new Promise<void>(resolve => gate.listen(0, '127.0.0.1', resolve))
  t.after(() => gate.close())
  return {
    port: (gate.address() as AddressInfo).port,
    open: () => {
      isOpen = true
    },
  }
}

describe('processes', { ...kafka, timeout: 180_000 }, () => {
  it('start in any order, say what they wait for, and work once the warehouse is migrated', async t => {
    const cluster = await createCluster(t)
    const kinds: ServiceKind[] = ['api', 'alerter', 'aggregator', 'consumer', 'collector']
    const services = await Promise.all(kinds.map(kind => cluster.start(kind)))
    const [api, alerter, aggregator, consumer, collector] = services
    assert.ok(api && alerter && aggregator && consumer && collector)

    for (const waiting of [api, alerter, aggregator, consumer]) {
      await waiting.says(/waiting for ClickHouse at \S+: it has no schema; run `spendledger migrate`/)
      assert.equal((await fetch(`${waiting.url}/healthz`)).status, 200, waiting.name)
      assert.match(await readiness(waiting.url), /"ok":false.*no schema; run `spendledger migrate`/)
      assert.equal((await fetch(`${waiting.url}/metrics`)).status, 200)
    }
    assert.equal((await fetch(`${api.url}/v1/costs`)).status, 503)
    await collector.ready()

    const migrated = await cluster.migrate()
    assert.equal(migrated.code, 0, migrated.stderr)
    assert.match(migrated.stdout, /applied 001-.*price book is number 1/)
    for (const topic of [cluster.topic, cluster.deadLetterTopic, 'spendledger.leader']) {
      assert.ok(migrated.stdout.includes(topic), migrated.stdout)
    }
    await Promise.all(services.map(service => service.ready()))
    for (const service of [api, alerter, aggregator, consumer]) {
      assert.match(service.log(), /ClickHouse at \S+ is there after \d+ s/)
      // While the schema is brought up one may be seen that is half there, which is said, too; nothing is said twice.
      const waits = service.log().match(/waiting for ClickHouse[^"]*/g) ?? []
      assert.deepEqual(waits, [...new Set(waits)], service.log())
    }
    assert.match(alerter.log(), /evaluates no rules and sends nothing/)

    assert.equal((await send(cluster.collectorUrl, ['a', 'b', 'a'])).status, 202)
    await eventually(
      'the event in the totals',
      async () => (await fetch(`${api.url}/v1/costs?group_by=feature`)).text(),
      body => /"calls":2\b/.test(body),
      60_000,
    )

    const verified = await cluster.spendledger(['verify', '--from', '1d'])
    assert.equal(verified.code, 0, verified.stdout + verified.stderr)
    for (const service of services) assert.equal(await service.stop(), 0, service.log())
  })

  it('share the partitions, and what one leaves the other takes', async t => {
    const cluster = await startCluster(t, { consumers: 2, aggregators: 0, apis: 0 })
    const [first, second] = cluster.services.filter(({ name }) => name.startsWith('consumer'))
    assert.ok(first && second)
    const stored = async (service: { url: string }): Promise<number> =>
      Number(
        /^spendledger_events_stored_total\S* (\d+)/m.exec(
          await (await fetch(`${service.url}/metrics`)).text(),
        )?.[1],
      )

    let sent = 0
    async function sendSome(): Promise<void> {
      const ids = Array.from({ length: 100 }, () => `e${sent++}`)
      assert.equal((await send(cluster.collectorUrl, ids)).status, 202)
    }
    await eventually(
      'both consumers store',
      async () => {
        await sendSome()
        return Promise.all([stored(first), stored(second)])
      },
      counts => counts.every(count => count > 0),
      60_000,
    )
    await first.kill()
    await sendSome()
    await eventually(
      'everything is stored once',
      () => cluster.warehouse('reader').query<{ n: string }>('SELECT count() AS n FROM v_events'),
      ([row]) => Number(row?.n) === sent,
      60_000,
    )
    assert.equal(await second.stop(), 0)
  })

  it('end at once on SIGTERM while they wait for what is not there', async t => {
    const cluster = await createCluster(t)
    const nowhere = {
      KAFKA_BROKERS: '127.0.0.1:9',
      CLICKHOUSE_URL: 'http://writer:secret@127.0.0.1:9/spendledger',
    }
    const kinds: ServiceKind[] = ['api', 'alerter', 'aggregator', 'consumer', 'collector']
    for (const kind of kinds) {
      const service = await cluster.start(kind, nowhere)
      await service.says(/waiting for \w+ at /)
      assert.equal(await service.stop(), 0, service.log())
      assert.ok(!service.log().includes('secret'))
    }
  })

  it('that may not log in end with one line and exit code 1', async t => {
    const cluster = await createCluster(t)
    const wrong = cluster.clickhouseUrl('writer').replace(/:[^:@/]+@/, ':wrong@')
    const consumer = await cluster.start('consumer', { CLICKHOUSE_URL: wrong })
    assert.equal(await consumer.exited, 1)
    const last = consumer.log().trim().split('\n').at(-1) ?? ''
    assert.match(last, /^spendledger: The warehouse refuses this user: .*CLICKHOUSE_URL/)
    assert.ok(!last.includes('wrong@'))

    await cluster.migrate()
    const asReader = { CLICKHOUSE_URL: cluster.clickhouseUrl('reader') }
    const aggregator = await cluster.start('aggregator', asReader)
    assert.equal(await aggregator.exited, 1, 'one that leads and may do nothing is worse than none')
    assert.match(aggregator.log(), /spendledger: The warehouse refuses this user: /)
  })

  it('that collect answer 503 with Retry-After while the brokers are away, and recover by themselves', async t => {
    const cluster = await createCluster(t)
    const brokers = await startGate(t, cluster.env['KAFKA_BROKERS'] ?? '')
    const collector = await cluster.start('collector', { KAFKA_BROKERS: `127.0.0.1:${brokers.port}` })
    const response = await send(collector.url, ['x'])
    assert.equal(response.status, 503)
    assert.ok(Number(response.headers.get('retry-after')) > 0)
    assert.match(await response.text(), /"code":"log_unavailable"/)
    assert.equal((await fetch(`${collector.url}/healthz`)).status, 200)
    assert.match(await readiness(collector.url), /"ok":false,"checks":\{"log":/)

    await collector.says(/waiting for Kafka at /)
    brokers.open()
    const sent = async () => (await send(collector.url, ['x'])).status
    await eventually('the collector takes events', sent, status => status === 202, 60_000)
    await collector.says(/Kafka at \S+ is there after \d+ s/)
    assert.equal(collector.log().match(/waiting for Kafka/g)?.length, 1, collector.log())
  })
})

describe('a pair of aggregators', { ...kafka, timeout: 180_000 }, () => {
  it('has one that works, and the other takes over when it is killed', async t => {
    const cluster = await startCluster(t, { aggregators: 2, apis: 0, collectors: 1 })
    const pair = cluster.services.filter(({ name }) => name.startsWith('aggregator'))
    const leads = async (service: { url: string }): Promise<boolean> =>
      /^spendledger_leader\{\S* 1$/m.test(await (await fetch(`${service.url}/metrics`)).text())
    const leaders = await eventually(
      'one leads',
      async () => {
        const each = await Promise.all(pair.map(leads))
        return pair.filter((_, i) => each[i])
      },
      leading => leading.length === 1,
      60_000,
    )
    const [leader] = leaders
    const other = pair.find(service => service !== leader)
    assert.ok(leader && other)
    assert.match(leader.log(), /leads from now on/)
    await leader.kill()
    await eventually(
      'the other leads',
      () => leads(other),
      now => now,
      60_000,
    )

    assert.equal((await send(cluster.collectorUrl, ['a'])).status, 202)
    await eventually(
      'totals',
      () => cluster.warehouse('reader').query<{ n: string }>('SELECT sum(calls) AS n FROM v_costs_hourly'),
      ([row]) => row?.n === '1',
      60_000,
    )
  })
})
