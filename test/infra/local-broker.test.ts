// infra/kafka/local-broker.sh: what developers, CI and every test on Kafka rely on. If it were wrong, a stop could end
// someone else's process, or leave a broker behind after each run.

import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import kafkajs from 'kafkajs'
import { needsOwnBroker, startBroker } from '../support/broker.ts'
import { brokerScript } from '../support/broker-script.ts'
import { createTopic, kafkaClient, startProducer, uniqueName } from '../support/kafka.ts'
import type { CommandResult } from '../support/ledger-process.ts'

async function succeeds(result: Promise<CommandResult>): Promise<string> {
  const { code, stdout, stderr } = await result
  assert.equal(code, 0, stderr)
  return stdout
}

/** A process that has ended but that its parent has not collected yet (state Z) is not alive. */
function alive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() !== '' && !stdout.startsWith('Z')
}

/** A process of this test that is no broker. */
function bystander(t: TestContext): ChildProcess {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
  t.after(() => child.kill('SIGKILL'))
  return child
}

test('a broker starts once, survives a crash with its topics and its port, and stops without a trace', {
  ...needsOwnBroker(),
  timeout: 300_000,
}, async t => {
  const broker = await brokerScript(t)
  // Two starts at once are one broker.
  const [address, same] = await Promise.all([succeeds(broker.run('start')), succeeds(broker.run('start'))])
  const pid = Number(await readFile(join(broker.dataDir, 'broker.pid'), 'utf8'))
  assert.match(address, /^127\.0\.0\.1:\d+$/)
  assert.equal(same, address)

  const again = await broker.run('start')
  assert.equal(again.stdout, address)
  assert.match(again.stderr, new RegExp(`already running \\(pid ${pid}\\)`))
  assert.equal(await succeeds(broker.run('status')), `running (pid ${pid}) on ${address}`)
  await succeeds(broker.run('wait'))
  assert.match(await succeeds(broker.run('logs')), /Kafka Server started/)

  const kafka = kafkaClient({ brokers: [address] })
  const topic = await createTopic(t, uniqueName('survives'), { partitions: 3, kafka })
  const unknown = kafka.producer({ allowAutoTopicCreation: true, retry: { retries: 1 } })
  await unknown.connect()
  const toNowhere = { topic: uniqueName('nowhere'), messages: [{ key: 'k', value: 'v' }] }
  await assert.rejects(unknown.send(toNowhere), /does not host this topic-partition/)
  await unknown.disconnect()

  await succeeds(broker.run('kill'))
  assert.equal(alive(pid), false)
  const down = await broker.run('status')
  assert.deepEqual([down.code, down.stdout], [3, 'not running'])

  assert.equal(await succeeds(broker.run('start')), address)
  const admin = kafkaClient({ brokers: [address] }).admin()
  await admin.connect()
  const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
  assert.equal(topics[0]?.partitions.length, 3)
  await admin.disconnect()

  const second = Number(await readFile(join(broker.dataDir, 'broker.pid'), 'utf8'))
  await succeeds(broker.run('stop'))
  assert.equal(alive(second), false)
  await assert.rejects(access(join(broker.dataDir, 'broker.pid')))
  assert.match(await readFile(join(broker.dataDir, 'broker.log'), 'utf8'), /shut down completed/)
  assert.match((await broker.run('stop')).stderr, /not running/)
})

test('a pid that belongs to another process by now is left alone', needsOwnBroker(), async t => {
  const broker = await brokerScript(t)
  const other = bystander(t)
  await mkdir(broker.dataDir)
  await writeFile(join(broker.dataDir, 'broker.pid'), `${other.pid}\n`)
  assert.equal((await broker.run('status')).code, 3)
  assert.equal((await broker.run('kill')).code, 1)
  assert.match((await broker.run('stop')).stderr, /not running/)
  assert.equal(alive(Number(other.pid)), true)
})

test('a taken port is refused before anything is started', needsOwnBroker(), async t => {
  const broker = await brokerScript(t)
  const holder = createServer().listen(0, '127.0.0.1')
  t.after(() => holder.close())
  await once(holder, 'listening')
  const address = holder.address()
  assert.ok(address && typeof address === 'object')
  const refused = await broker.run('start', { KAFKA_PORT: String(address.port) })
  assert.equal(refused.code, 1)
  assert.equal(refused.stdout, '')
  assert.match(refused.stderr, new RegExp(`port ${address.port} is taken; set KAFKA_PORT`))
  await assert.rejects(access(join(broker.dataDir, 'broker.pid')))
})

test('wait says what it waited for in vain', needsOwnBroker(), async t => {
  const broker = await brokerScript(t)
  const waited = await broker.run('wait', { KAFKA_WAIT: '1' })
  assert.equal(waited.code, 1)
  assert.match(waited.stderr, /not ready after 1 s: nobody has started it in /)
})

test('a broker that ends at its start is told with the end of its log', needsOwnBroker(), async t => {
  const broker = await brokerScript(t)
  const extra = join(broker.directory, 'extra.properties')
  await writeFile(extra, 'authorizer.class.name=dev.spendledger.NoSuchClass\n')
  const failed = await broker.run('start', { KAFKA_EXTRA: extra })
  assert.equal(failed.code, 1)
  assert.match(failed.stderr, /NoSuchClass/)
  assert.match(failed.stderr, /the broker has ended/)
})

test('without Java the refusal says what is needed', needsOwnBroker(), async t => {
  const broker = await brokerScript(t)
  const refused = await broker.run('check', { JAVA_HOME: broker.dataDir })
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /a JDK \(17 or newer\) is needed/)
})

test('a guarded broker knows its users by PLAIN and SCRAM and denies what a rule gives to another', {
  ...needsOwnBroker(),
  timeout: 300_000,
}, async t => {
  const broker = await startBroker(t, { sasl: true })
  const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs
  const ssl = { ca: [broker.ca] }
  const user = { username: broker.username, password: broker.password }
  const administrator = kafkaClient({ brokers: [...broker.adminBrokers] })
  const topic = await createTopic(t, uniqueName('guarded'), { kafka: administrator })
  const admin = administrator.admin()
  await admin.connect()
  await admin.createAcls({
    acl: [
      {
        resourceType: AclResourceTypes.TOPIC,
        resourceName: topic,
        resourcePatternType: ResourcePatternTypes.LITERAL,
        principal: `User:${broker.username}`,
        host: '*',
        operation: AclOperationTypes.ALL,
        permissionType: AclPermissionTypes.ALLOW,
      },
    ],
  })
  await admin.disconnect()

  const connect = (sasl: kafkajs.SASLOptions) =>
    startProducer(t, kafkaClient({ brokers: [...broker.brokers], ssl, sasl, retry: { retries: 3 } }))
  const one = [{ key: 'k', value: 'v' }]
  for (const mechanism of ['plain', 'scram-sha-512'] as const) {
    const producer = await connect({ mechanism, ...user })
    const [acknowledged] = await producer.send(topic, one)
    assert.equal(acknowledged?.errorCode, 0)
    const outsider = await connect({ mechanism, ...broker.outsider })
    await assert.rejects(outsider.send(topic, one), /Topic authorization failed|not authorized/i)
    await assert.rejects(connect({ mechanism, ...user, password: 'wrong' }), {
      name: 'KafkaJSSASLAuthenticationError',
    })
  }
})
