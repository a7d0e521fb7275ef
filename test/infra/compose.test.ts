// docker-compose.yml, held to what can be held without Docker: the schema of compose, what our services accept as their
// configuration, who sees which secret, and the order of things. That containers really come up is not shown here.
//
// test/fixtures/compose-spec.json is schema/compose-spec.json of github.com/compose-spec/compose-go v2.16.2 (Apache-2.0), as
// it is: what `docker compose config` checks against.

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'

import { Ajv2020 } from 'ajv/dist/2020.js'
import { loadConfig } from '#platform/config.ts'
import { ALL_SETTINGS, SERVICE_PORTS, type ServiceName } from '#platform/settings.ts'
import { makeSecrets } from '../../services/embedded/secrets.ts'
import { COMPOSE_TEXT, type ComposeService, dependenciesOf, mountsOf, readCompose } from './compose-file.ts'

const file = readCompose()
const { services } = file
const SERVICES = ['collector', 'consumer', 'aggregator', 'alerter', 'api'] as const
const ONCE = ['secrets', 'migrate']
const OURS = [...ONCE, ...SERVICES]

const service = (name: string): ComposeService => {
  const found = services[name]
  assert.ok(found, name)
  return found
}

describe('docker-compose.yml', () => {
  it('is valid by the schema of compose', () => {
    const schema = JSON.parse(readFileSync(new URL('../fixtures/compose-spec.json', import.meta.url), 'utf8'))
    const validate = new Ajv2020({ strict: false, allErrors: true }).compile(schema)
    assert.ok(validate(file), JSON.stringify(validate.errors, undefined, 2))
    assert.ok(!validate({ services: { api: { image: 1 } } }), 'the schema refuses nothing')
  })

  it('has the two servers, the five services, and what prepares them', () => {
    assert.deepEqual(Object.keys(services).sort(), [...OURS, 'clickhouse', 'kafka'].sort())
  })

  it('publishes four ports, on loopback only', () => {
    const ports = Object.values(services).flatMap(({ ports = [] }) => ports)
    assert.deepEqual(ports.map(port => /^127\.0\.0\.1:(\d+):\d+$/.exec(port)?.[1]).sort(), [
      '18123',
      '4318',
      '4320',
      '9092',
    ])
  })

  it('holds no secret: neither a password in an address nor a value of a secret setting', () => {
    assert.doesNotMatch(COMPOSE_TEXT, /:\/\/[^\s/'"]*:[^\s/'"]*@/)
    const secrets = new Set<string>(ALL_SETTINGS.filter(({ kind }) => kind.secret).map(({ env }) => env))
    for (const [name, { environment = {} }] of Object.entries(services)) {
      for (const [variable, value] of Object.entries(environment)) {
        if (secrets.has(variable) || /PASSWORD|SECRET|TOKEN/.test(variable))
          assert.equal(value, '', `${name} ${variable}`)
      }
    }
  })

  it('declares the volumes that it uses, and uses those that it declares', () => {
    const used = Object.values(services)
      .flatMap(mountsOf)
      .map(({ source }) => source)
      .filter(source => !source.startsWith('.'))
    assert.deepEqual([...new Set(used)].sort(), Object.keys(file.volumes).sort())
  })

  it('pins foreign images by their tag', () => {
    for (const name of ['kafka', 'clickhouse'])
      assert.match(service(name).image, /^[\w./-]+:\d+\.\d+(\.\d+)?$/)
  })

  it('runs a ClickHouse that is no older than the embedded engine', () => {
    const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'))
    const engine: string = lock.packages['node_modules/@chdb/lib-linux-x64-gnu'].version
    const number = (version: string | undefined) => {
      const [major, minor] = (version ?? '').split('.').map(Number)
      return (major ?? 0) * 100 + (minor ?? 0)
    }
    assert.ok(number(service('clickhouse').image.split(':')[1]) >= number(engine), engine)
  })
})

describe('a container of ours', () => {
  it('is of the one image, which one of them builds', () => {
    const images = Object.entries(services).filter(([, { image }]) => image === 'spendledger:local')
    assert.deepEqual(images.map(([name]) => name).sort(), OURS.toSorted())
    assert.deepEqual(
      images.filter(([, { build }]) => build !== undefined).map(([name]) => name),
      ['secrets'],
    )
  })

  for (const name of OURS) {
    it(`${name}: has no rights, writes nowhere but to /tmp and ends in good order`, () => {
      const { cap_drop, cap_add, security_opt, read_only, tmpfs, privileged, user, ...rest } = service(name)
      assert.deepEqual(cap_drop, ['ALL'])
      assert.deepEqual(security_opt, ['no-new-privileges:true'])
      assert.deepEqual([cap_add, privileged, user], [undefined, undefined, undefined])
      assert.deepEqual([read_only, tmpfs], [true, ['/tmp']])
      assert.deepEqual([rest.init, rest.stop_grace_period], [true, '30s'])
      assert.equal(rest.restart, ONCE.includes(name) ? 'no' : 'unless-stopped')
      assert.equal(rest.command?.[0], name)
    })
  }
})

describe('a health check', () => {
  it('is there for everything that keeps running', () => {
    for (const [name, { healthcheck }] of Object.entries(services)) {
      assert.equal(healthcheck?.disable === true, ONCE.includes(name), name)
      if (!ONCE.includes(name)) assert.equal(healthcheck?.test?.[0], 'CMD', name)
    }
  })

  it('of a service tells ready from not ready and from dead', async t => {
    let status = 200
    let asked: string | undefined
    const server = createServer((request, response) => {
      asked = request.url
      response.writeHead(status).end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const port = (server.address() as AddressInfo).port
    const [, node = '', ...argv] = service('collector').healthcheck?.test ?? []
    assert.equal(node, 'node')
    const exit = async () => {
      const env = { PATH: process.env['PATH'], SPENDLEDGER_PORT: String(port) }
      const run = promisify(execFile)(process.execPath, argv, { env, timeout: 20_000 })
      return run.then(
        () => 0,
        error => error.code,
      )
    }
    assert.equal(await exit(), 0)
    assert.equal(asked, '/readyz')
    status = 503
    assert.equal(await exit(), 1)
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
    assert.equal(await exit(), 1)
  })
})

describe('the environment', () => {
  const directory = mkdtempSync(join(tmpdir(), 'spendledger-compose-'))
  before(() => makeSecrets({ directory, clickhouse: new URL('http://clickhouse:8123'), now: Date.now() }))
  after(() => rmSync(directory, { recursive: true, force: true }))

  const environmentOf = (name: string, env: Readonly<Record<string, string>> = {}) =>
    Object.fromEntries(
      Object.entries(readCompose(env).services[name]?.environment ?? {}).map(([variable, value]) => [
        variable,
        String(value).replace(/^\/secrets/, directory),
      ]),
    )
  const configOf = (name: ServiceName | 'migrate', env?: Readonly<Record<string, string>>) =>
    loadConfig({ env: environmentOf(name, env), service: name === 'migrate' ? 'embedded' : name })

  for (const name of [...SERVICES, 'migrate'] as const) {
    it(`${name}: is a configuration that can be used`, () => {
      const config = configOf(name)
      assert.equal(config.host, name === 'migrate' ? '127.0.0.1' : '0.0.0.0')
      assert.deepEqual(config.kafkaBrokers, ['kafka:19092'])
      if (name !== 'migrate') {
        // The health check reads the variable, so it has to be there, and to be what others expect.
        assert.equal(environmentOf(name)['SPENDLEDGER_PORT'], String(SERVICE_PORTS[name]))
      }
    })
  }

  it('passes on what the shell sets, and nothing where it sets nothing', () => {
    const webhook = 'https://hooks.slack.example/T0'
    assert.equal(configOf('alerter', { SLACK_WEBHOOK_URL: webhook }).slackWebhookUrl?.reveal(), webhook)
    assert.equal(configOf('alerter').slackWebhookUrl, undefined)
    assert.equal(configOf('api', { SPENDLEDGER_TIMEZONE: 'Asia/Tokyo' }).timezone, 'Asia/Tokyo')
    assert.equal(configOf('migrate', { KAFKA_PARTITIONS: '12' }).kafkaPartitions, 12)
    for (const name of ['consumer', 'aggregator', 'migrate'] as const) {
      assert.equal(configOf(name, { SPENDLEDGER_RAW_RETENTION_DAYS: '90' }).rawRetentionDays, 90)
    }
  })

  it('lets each come into the warehouse as the user that has the least it needs', () => {
    const users = [...SERVICES, 'migrate' as const].map(name => {
      const url = configOf(name).clickhouseUrl?.reveal()
      return [name, url === undefined ? undefined : new URL(url).username]
    })
    assert.deepEqual(Object.fromEntries(users), {
      collector: undefined,
      consumer: 'writer',
      aggregator: 'aggregator',
      alerter: 'reader',
      api: 'reader',
      migrate: 'writer',
    })
    assert.equal(new URL(configOf('api').clickhouseUrl?.reveal() ?? '').host, 'clickhouse:8123')
  })

  it('names files that are mounted, and nothing else is: nobody sees a secret that it does not use', () => {
    for (const name of [...SERVICES, 'migrate']) {
      const files = Object.values(services[name]?.environment ?? {})
        .map(String)
        .filter(value => value.startsWith('/secrets/'))
      const targets = mountsOf(service(name)).map(({ target }) => target)
      assert.deepEqual(files.map(path => path.slice(0, path.lastIndexOf('/'))).sort(), targets.sort(), name)
      for (const volume of service(name).volumes ?? []) assert.match(String(volume), /:ro$/, name)
    }
  })

  it('has each secret come from where `secrets` puts it', () => {
    const made = new Map(mountsOf(service('secrets')).map(({ source, target }) => [source, target]))
    for (const name of [...SERVICES, 'migrate']) {
      for (const { source, target } of mountsOf(service(name))) assert.equal(made.get(source), target, name)
    }
    const users = mountsOf(service('clickhouse')).find(({ source }) => source === 'clickhouse-users')
    assert.equal(made.get('clickhouse-users'), '/secrets/users.d')
    assert.equal(users?.target, '/etc/clickhouse-server/users.d')
    const byHand = mountsOf(service('secrets')).filter(({ source }) => source === 'secrets')
    assert.deepEqual(byHand, [{ source: 'secrets', target: '/secrets' }])
  })
})

describe('the order', () => {
  it('waits for health where there is a check, and for the end of what ends', () => {
    for (const [name, { depends_on = {} }] of Object.entries(services)) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const expected = ONCE.includes(other) ? 'service_completed_successfully' : 'service_healthy'
        assert.equal(condition, expected, `${name} on ${other}`)
        assert.ok(services[other], `${name} waits for ${other}, which is none`)
      }
    }
  })

  it('goes round in no circle', () => {
    for (const name of Object.keys(services)) assert.ok(!dependenciesOf(file, name).has(name), name)
  })

  it('has everything that a service reads be there before it starts', () => {
    for (const name of [...SERVICES, 'migrate']) {
      const environment = service(name).environment ?? {}
      const before = dependenciesOf(file, name)
      assert.ok(before.has('secrets'), name)
      if ('KAFKA_BROKERS' in environment) assert.ok(before.has('kafka'), name)
      if ('CLICKHOUSE_URL_FILE' in environment) assert.ok(before.has('clickhouse'), name)
      if (name !== 'migrate') assert.ok(before.has('migrate'), name)
    }
    assert.ok(dependenciesOf(file, 'clickhouse').has('secrets'))
  })
})

describe('kafka', () => {
  const { environment = {}, ports = [] } = service('kafka')
  const listeners = (variable: string) =>
    new Map(
      String(environment[variable])
        .split(',')
        .map(listener => listener.split('://') as [string, string]),
    )

  it('tells each client the address at which that client reaches it', () => {
    const [listening, advertised] = [listeners('KAFKA_LISTENERS'), listeners('KAFKA_ADVERTISED_LISTENERS')]
    assert.equal(advertised.get('PLAINTEXT'), service('consumer').environment?.['KAFKA_BROKERS'])
    assert.equal(listening.get('PLAINTEXT'), ':19092')
    assert.equal(`${advertised.get('PLAINTEXT_HOST')}${listening.get('PLAINTEXT_HOST')}`, ports[0])
    const protocols = String(environment['KAFKA_LISTENER_SECURITY_PROTOCOL_MAP']).split(',')
    for (const name of listening.keys()) assert.ok(protocols.includes(`${name}:PLAINTEXT`), name)
  })

  it('makes no topic by itself, and needs no second broker', () => {
    assert.equal(environment['KAFKA_AUTO_CREATE_TOPICS_ENABLE'], 'false')
    assert.equal(environment['KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR'], 1)
    assert.equal(environment['KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR'], 1)
    assert.equal(environment['KAFKA_TRANSACTION_STATE_LOG_MIN_ISR'], 1)
  })

  it('keeps its log in the volume', () => {
    assert.equal(mountsOf(service('kafka'))[0]?.target, environment['KAFKA_LOG_DIRS'])
    assert.equal(Buffer.from(String(environment['CLUSTER_ID']), 'base64url').length, 16)
  })
})
