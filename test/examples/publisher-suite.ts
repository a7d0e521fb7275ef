// What every example program must do, whatever its language: the same calls give the same rows, what is not acknowledged is
// said, and a key's partition does not depend on who sent it. The ledger is the real one: broker, consumer process, engine.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import kafkajs from 'kafkajs'
import { startCluster } from '../support/cluster.ts'
import { createTopic, kafkaBrokers, type Need, uniqueName } from '../support/kafka.ts'
import { eventually } from '../support/ledger-process.ts'
import { CALLS, ROW_SQL, UNSENDABLE } from './calls.ts'
import type { Run, RunOptions } from './run.ts'

export interface Publisher {
  readonly language: string
  readonly framings: readonly string[]
  run(args: readonly string[], options?: RunOptions): Promise<Run>
}

interface Row {
  readonly event_id: string
  readonly occurred_at: string
  readonly row: string
}

const HOUR_MS = 3_600_000
const STORED_TIMEOUT_MS = 60_000

export function checkPublisher(need: Need, { language, framings, run }: Publisher): void {
  test(`examples/${language}`, need, async t => {
    const cluster = await startCluster(t, { collectors: 0, consumers: 1, aggregators: 0, apis: 0 })
    const brokers = kafkaBrokers()?.join(',') ?? ''
    const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - HOUR_MS
    /** With an offset, which moves the hour where it is overlooked. */
    const time = (i: number): string =>
      `${new Date(hour + i + 5.5 * HOUR_MS).toISOString().slice(0, -1)}+05:30`

    function publish(args: readonly string[], topic = cluster.topic, input = ''): Promise<Run> {
      return run(['--brokers', brokers, '--topic', topic, ...args], { input })
    }

    function stored(filter: string, value: string, count: number): Promise<Row[]> {
      const sql = `SELECT event_id, toString(toUnixTimestamp64Milli(occurred_at)) AS occurred_at, ${ROW_SQL} AS row
        FROM v_events WHERE ${filter} = {value:String} ORDER BY occurred_at`
      const query = () => cluster.warehouse('reader').query<Row>(sql, { params: { value } })
      return eventually(`${value} is stored`, query, rows => rows.length >= count, STORED_TIMEOUT_MS)
    }

    for (const framing of framings) {
      for (const raw of [[], ['--raw']]) {
        const feature = [framing, ...raw].join(' ')
        await t.test(`${feature}: SQL says of each call what the provider counted`, async () => {
          const calls = CALLS.map(({ call }, i) => ({
            event_id: `${feature}-${i}`,
            occurred_at: time(i),
            feature,
            ...call,
          }))
          const lines = calls.map(call => JSON.stringify(call)).join('\n')
          const { code, stdout, stderr } = await publish(
            ['--framing', framing, '--events', '-', ...raw],
            cluster.topic,
            lines,
          )
          assert.equal(code, 0, stderr)
          assert.deepEqual(lastLine(stdout), { acknowledged: CALLS.length, failed: 0 })
          const expected = CALLS.map(({ row }, i) => ({
            event_id: `${feature}-${i}`,
            occurred_at: String(hour + i),
            row,
          }))
          assert.deepEqual(await stored('feature', feature, CALLS.length), expected)
        })
      }
    }

    await t.test('a partition is what Java and kafkajs choose for the key', async () => {
      const choose = kafkajs.Partitioners.DefaultPartitioner()
      const partitionMetadata = Array.from({ length: 4 }, (_, partitionId) => ({
        partitionErrorCode: 0,
        partitionId,
        leader: 0,
        replicas: [0],
        isr: [0],
      }))
      const rows = await cluster
        .warehouse('writer')
        .query<{ event_id: string; partition: number }>(
          'SELECT DISTINCT event_id, log_partition AS partition FROM usage_events',
        )
      assert.ok(rows.length >= 2 * framings.length * CALLS.length)
      for (const { event_id: key, partition } of rows) {
        const expected = choose({ topic: cluster.topic, partitionMetadata, message: { key, value: null } })
        assert.equal(partition, expected, key)
      }
    })

    await t.test('an id is made of the response id, or is a UUIDv7 of the time of the call', async () => {
      const call = { provider: 'openai', request_model: 'gpt-5.4', tokens: { input: 1 }, feature: 'ids' }
      const lines = [
        { ...call, occurred_at: time(0), response_id: 'chatcmpl-1' },
        { ...call, occurred_at: hour + 1 },
      ]
      const { code, stderr } = await publish(
        ['--events', '-'],
        cluster.topic,
        lines.map(line => JSON.stringify(line)).join('\n'),
      )
      assert.equal(code, 0, stderr)
      const [first, second] = await stored('feature', 'ids', 2)
      assert.equal(first?.event_id, 'r:openai:chatcmpl-1')
      const uuid = second?.event_id.replaceAll('-', '') ?? ''
      assert.match(uuid, /^.{12}7.{3}[89ab].{15}$/)
      assert.equal(Number.parseInt(uuid.slice(0, 12), 16), hour + 1)
    })

    await t.test('without a file, three samples are published and priced', async () => {
      const { code, stdout, stderr } = await publish([])
      assert.equal(code, 0, stderr)
      assert.deepEqual(lastLine(stdout), { acknowledged: 3, failed: 0 })
      const rows = await stored('source', language, 3)
      assert.deepEqual(rows.map(({ row }) => row).sort(), [
        'anthropic 300/2000/0/120/0 0.0111 provider u2',
        'google 900/0/0/60/40 0.00052 provider u3',
        'openai 400/800/0/90/0 0.00255 provider u1',
      ])
    })

    await t.test('what cannot be sent is said and counted, and does not stop its neighbours', async () => {
      const good = {
        provider: 'openai',
        request_model: 'gpt-5.4',
        tokens: { input: 1 },
        feature: 'neighbour',
      }
      const neighbour = (i: number) =>
        JSON.stringify({ ...good, event_id: `neighbour-${i}`, occurred_at: time(i) })
      const lines = [neighbour(0), ...UNSENDABLE, '', neighbour(1)]
      const { code, stdout, stderr } = await publish(['--events', '-'], cluster.topic, lines.join('\n'))
      assert.deepEqual(lastLine(stdout), { acknowledged: 2, failed: UNSENDABLE.length }, stderr)
      assert.equal(code, 1)
      assert.ok(stderr.trim().split('\n').length >= UNSENDABLE.length, stderr)
      assert.equal((await stored('feature', 'neighbour', 2)).length, 2)
    })

    await t.test(
      'a count that is no count is left to the ledger, which refuses it with its reason',
      async () => {
        const call = {
          provider: 'openai',
          request_model: 'gpt-5.4',
          event_id: 'bad-count',
          occurred_at: time(0),
        }
        const line = JSON.stringify({ ...call, usage: { prompt_tokens: 1_200, completion_tokens: null } })
        const { code, stderr } = await publish(['--events', '-'], cluster.topic, line)
        assert.equal(code, 0, stderr)
        const query = () =>
          cluster
            .warehouse('reader')
            .query<{ reason: string }>(`SELECT reason FROM v_dead_letters WHERE event_id = 'bad-count'`)
        const letters = await eventually(
          'the dead letter is there',
          query,
          rows => rows.length > 0,
          STORED_TIMEOUT_MS,
        )
        assert.deepEqual(letters, [{ reason: 'wrong_type' }])
      },
    )

    await t.test('an event that the broker does not take fails the run', async () => {
      const topic = await createTopic(t, uniqueName('small'), { config: { 'max.message.bytes': '4096' } })
      const call = { provider: 'openai', event_id: 'large', occurred_at: time(0) }
      const line = JSON.stringify({ ...call, usage: { text: randomBytes(8_192).toString('base64') } })
      const { code, stdout, stderr } = await publish(['--events', '-'], topic, line)
      assert.deepEqual(lastLine(stdout), { acknowledged: 0, failed: 1 }, stderr)
      assert.equal(code, 1)
      assert.match(stderr, /large/)
    })
  })
}

const lastLine = (text: string): unknown => JSON.parse(text.trim().split('\n').at(-1) ?? '')
