// Every container of ours as a process: with the command, the environment, the secrets and the health check that stand in
// docker-compose.yml, over a real broker and, in place of the ClickHouse image, the same engine with the users file and the
// settings that the image is given. What only Docker does is not shown: images, volumes, networks, the order of the start.

import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { promisify } from 'node:util'
import { makeSecrets } from '../../services/embedded/secrets.ts'
import { startConfiguredServer, withDefault } from '../support/configured-server.ts'
import { kafkaBrokers, kafkaClient, needsKafka, uniqueName } from '../support/kafka.ts'
import { BIN, cleanEnv, eventually, runCommand, scratchDirectory } from '../support/ledger-process.ts'
import { readCompose } from './compose-file.ts'

const { services } = readCompose()
const SERVICES = ['collector', 'consumer', 'aggregator', 'alerter', 'api'] as const
const START_MS = 60_000

test('every service runs as docker-compose.yml says', await needsKafka(), async t => {
  const secrets = await scratchDirectory(t)
  // Addresses follow when the server has one; passwords and users stay.
  makeSecrets({ directory: secrets, clickhouse: new URL('http://127.0.0.1:8123'), now: Date.now() })
  const secret = async (name: string) => (await readFile(join(secrets, name), 'utf8')).trim()
  const server = await startConfiguredServer(t, withDefault(await secret('users.d/spendledger.xml')))
  assert.ok(server)
  makeSecrets({ directory: secrets, clickhouse: new URL(server.url), now: Date.now() })

  const id = uniqueName('compose')
  const topics = { KAFKA_TOPIC: `${id}.usage`, KAFKA_DLQ_TOPIC: `${id}.dead` }
  t.after(() => deleteTopics(Object.values(topics)))
  const environmentOf = (name: string) => {
    const written = Object.entries(services[name]?.environment ?? {})
    const moved = written.map(([key, value]) => [key, String(value).replace(/^\/secrets/, secrets)])
    // Other tests use the broker and the ports too.
    const own = {
      ...topics,
      KAFKA_BROKERS: kafkaBrokers()?.join(','),
      KAFKA_GROUP_ID: id,
      SPENDLEDGER_PORT: '0',
    }
    return cleanEnv({ ...Object.fromEntries(moved), ...own, KAFKA_PARTITIONS: '2' })
  }

  const migrated = await runCommand(services['migrate']?.command ?? [], environmentOf('migrate'))
  assert.equal(migrated.code, 0, migrated.stderr)

  const running = await Promise.all(
    SERVICES.map(name => start(t, name, services[name]?.command ?? [], environmentOf(name), secrets)),
  )
  const [collector, , , , api] = running
  for (const { name, port } of running) {
    const [, , ...check] = services[name]?.healthcheck?.test ?? []
    const env = { PATH: process.env['PATH'], SPENDLEDGER_PORT: port }
    const healthy = () =>
      promisify(execFile)(process.execPath, check, { env }).then(
        () => true,
        () => false,
      )
    await eventually(`${name} is healthy`, healthy, answer => answer, START_MS)
  }

  const key = await secret('api.key')
  const post = (authorization: string) =>
    fetch(`http://127.0.0.1:${collector?.port}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${authorization}` },
      body: JSON.stringify({
        ...{ provider: 'openai', request_model: 'gpt-5.4', feature: 'compose' },
        usage: { prompt_tokens: 1_000, completion_tokens: 100 },
      }),
    })
  assert.equal((await post(`${key}x`)).status, 401)
  assert.equal((await post(key)).status, 202)

  const sql = "SELECT count() FROM v_events WHERE feature = 'compose' AND cost_usd > 0"
  const stored = async () => {
    const headers = { 'X-ClickHouse-User': 'reader', 'X-ClickHouse-Key': await secret('reader.password') }
    const answer = await fetch(server.url, {
      method: 'POST',
      headers: { ...headers, connection: 'close' },
      body: sql,
    })
    return (await answer.text()).trim()
  }
  await eventually('the event is stored', stored, count => count === '1', START_MS)
  const costs = async () => {
    const address = `http://127.0.0.1:${api?.port}/v1/costs?group_by=feature`
    const answer = await fetch(address, { headers: { authorization: `Bearer ${key}` } })
    return (await answer.json()) as { data?: { feature: string; calls: number }[] }
  }
  await eventually(
    'the API answers with it',
    costs,
    ({ data = [] }) => data.some(({ feature, calls }) => feature === 'compose' && calls === 1),
    START_MS,
  )

  assert.deepEqual(
    await Promise.all(running.map(({ stop }) => stop())),
    running.map(() => 0),
  )
})

interface Running {
  readonly name: string
  readonly port: string
  /** SIGTERM, as `docker stop`; resolves with the exit code. */
  stop(): Promise<number | null>
}

async function start(
  t: TestContext,
  name: string,
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<Running> {
  const child = spawn(process.execPath, [BIN, ...command], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let written = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (written += chunk))
  const exited = new Promise<number | null>(resolve => child.once('exit', code => resolve(code)))
  t.after(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const listening = /listening on http:\/\/[^"\s]*:(\d+)/
  const ended = () => child.exitCode !== null
  const log = await eventually(
    `${name} listens`,
    async () => written,
    text => listening.test(text) || ended(),
    START_MS,
  )
  const port = listening.exec(log)?.[1]
  assert.ok(port, `${name} ended:\n${log}`)
  return {
    name,
    port,
    stop() {
      child.kill('SIGTERM')
      return exited
    },
  }
}

async function deleteTopics(topics: string[]): Promise<void> {
  const admin = kafkaClient().admin()
  await admin.connect()
  for (const topic of topics) await admin.deleteTopics({ topics: [topic] }).catch(() => undefined)
  await admin.disconnect()
}
