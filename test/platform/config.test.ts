import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import { ConfigError, type ConfigOptions, loadConfig } from '#platform/config.ts'
import type { SETTING_KEYS } from '#platform/settings.ts'

function directory(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'spendledger-config-'))
  t.after(() => rmSync(path, { recursive: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  return path
}

/** What is wrong, a line for each complaint; empty if the configuration is fine. */
function complaints(options: ConfigOptions): string[] {
  try {
    loadConfig(options)
    return []
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.complaints.map(({ setting, message }) => `${setting}: ${message}`)
  }
}

test('nothing given is the defaults of embedded mode', t => {
  const cwd = directory(t)
  const config = loadConfig({ env: {}, cwd })
  assert.equal(config.host, '127.0.0.1')
  assert.equal(config.port, 4318)
  assert.equal(config.dataDir, join(cwd, 'data'))
  assert.equal(config.eventLogMaxBytes, 8 * 1024 ** 3)
  assert.equal(config.eventLogRetentionHours, 168)
  assert.equal(config.sqlPort, 18_123)
  assert.equal(config.sqlNativePort, undefined)
  assert.equal(config.kafkaBrokers, undefined)
  assert.equal(config.kafkaTopic, 'llm.usage.v1')
  assert.equal(config.rawRetentionDays, 400)
  assert.equal(config.timezone, 'UTC')
  assert.equal(config.logLevel, 'info')
})

test('each service has a port of its own by default', () => {
  const env = { KAFKA_BROKERS: 'a:9092' }
  const port = (service: ConfigOptions['service'] & string) => loadConfig({ env, service }).port
  assert.deepEqual(
    [port('embedded'), port('collector'), port('api'), port('consumer'), port('aggregator'), port('alerter')],
    [4318, 4318, 4320, 4321, 4322, 4323],
  )
})

test('command line wins over environment, environment over file, file over default', t => {
  const cwd = directory(t, { 'spendledger.yaml': 'port: 1001\nlog:\n  level: warn\nsql:\n  port: 1003\n' })
  const env = { SPENDLEDGER_PORT: '1002', LOG_LEVEL: 'error' }
  const config = loadConfig({ env, cwd, file: 'spendledger.yaml', overrides: { SPENDLEDGER_PORT: '0' } })
  assert.deepEqual(
    [config.port, config.logLevel, config.sqlPort, config.logFormat],
    [0, 'error', 1003, 'auto'],
  )
  const { port, logLevel, sqlPort, logFormat } = config.sources
  assert.deepEqual(
    [port, logLevel, sqlPort, logFormat],
    ['command line', 'environment', 'spendledger.yaml', 'default'],
  )
})

test('an empty variable is an unset one, as compose files pass them', () => {
  assert.equal(loadConfig({ env: { SPENDLEDGER_PORT: '', SLACK_WEBHOOK_URL: '' } }).port, 4318)
})

test('the configuration is frozen all the way down', () => {
  const config = loadConfig({ env: { KAFKA_BROKERS: 'a:1,b:2', CLICKHOUSE_URL: 'http://u:p@h:1/d' } })
  for (const part of [config, config.kafkaBrokers, config.clickhouseUrl, config.sources]) {
    assert.ok(Object.isFrozen(part))
  }
})

const valid: readonly [
  name: string,
  env: Record<string, string>,
  key: (typeof SETTING_KEYS)[number],
  value: unknown,
][] = [
  [
    'brokers are a comma list, blanks do not count',
    { KAFKA_BROKERS: 'a:9092, b:9093' },
    'kafkaBrokers',
    ['a:9092', 'b:9093'],
  ],
  ['a native SQL port may be a number', { SPENDLEDGER_SQL_NATIVE_PORT: '9000' }, 'sqlNativePort', 9000],
  ['a native SQL port may be off', { SPENDLEDGER_SQL_NATIVE_PORT: 'off' }, 'sqlNativePort', undefined],
  ['port 0 is any free one', { SPENDLEDGER_PORT: '0' }, 'port', 0],
  ['port 65535 is the last one', { SPENDLEDGER_PORT: '65535' }, 'port', 65_535],
  [
    'a time zone gets the spelling of the database',
    { SPENDLEDGER_TIMEZONE: 'europe/berlin' },
    'timezone',
    'Europe/Berlin',
  ],
  [
    'an alias of a time zone stays itself',
    { SPENDLEDGER_TIMEZONE: 'Asia/Kolkata' },
    'timezone',
    'Asia/Kolkata',
  ],
  ['a group may have 244 characters', { KAFKA_GROUP_ID: 'g'.repeat(244) }, 'kafkaGroupId', 'g'.repeat(244)],
  ['levels may be in capitals', { LOG_LEVEL: 'WARN' }, 'logLevel', 'warn'],
  ['other loopback addresses need no keys', { SPENDLEDGER_HOST: '::1' }, 'host', '::1'],
]

for (const [name, env, key, value] of valid) {
  test(name, () => assert.deepEqual(loadConfig({ env })[key], value))
}

/** One broken variable each; the complaint names it, what came and what was expected. */
const broken: readonly [name: string, env: Record<string, string>, complaint: RegExp][] = [
  [
    'a port above 65535',
    { SPENDLEDGER_PORT: '70000' },
    /^SPENDLEDGER_PORT: got "70000", expected a port from 0/,
  ],
  ['a negative port', { SPENDLEDGER_PORT: '-1' }, /^SPENDLEDGER_PORT: got "-1", expected a port/],
  ['a port with an exponent', { SPENDLEDGER_PORT: '1e3' }, /^SPENDLEDGER_PORT: got "1e3", expected a port/],
  ['a port with a blank', { SPENDLEDGER_PORT: ' 4318' }, /^SPENDLEDGER_PORT: got " 4318", expected a port/],
  [
    'retention of 0 days',
    { SPENDLEDGER_RAW_RETENTION_DAYS: '0' },
    /^SPENDLEDGER_RAW_RETENTION_DAYS: got "0", expected a whole number from 1/,
  ],
  [
    'retention of half a day',
    { SPENDLEDGER_RAW_RETENTION_DAYS: '0.5' },
    /^SPENDLEDGER_RAW_RETENTION_DAYS: got "0\.5", expected a whole number/,
  ],
  [
    'a number without end',
    { SPENDLEDGER_LOG_MAX_BYTES: '9'.repeat(400) },
    /^SPENDLEDGER_LOG_MAX_BYTES: got "9{70,80}\.\.\., expected a whole number/,
  ],
  [
    'bytes with a unit',
    { SPENDLEDGER_LOG_MAX_BYTES: '8GiB' },
    /^SPENDLEDGER_LOG_MAX_BYTES: got "8GiB", expected a whole number/,
  ],
  [
    'a time zone of another planet',
    { SPENDLEDGER_TIMEZONE: 'Mars/Olympus' },
    /^SPENDLEDGER_TIMEZONE: got "Mars\/Olympus", expected a time zone of the IANA database/,
  ],
  ['an offset is no time zone', { SPENDLEDGER_TIMEZONE: '+02:00' }, /^SPENDLEDGER_TIMEZONE: got "\+02:00"/],
  [
    'a broker without port',
    { KAFKA_BROKERS: 'a:9092,b' },
    /^KAFKA_BROKERS: got "a:9092,b", expected host:port/,
  ],
  [
    'a broker with a scheme',
    { KAFKA_BROKERS: 'PLAINTEXT://a:9092' },
    /^KAFKA_BROKERS: got .*, expected host:port.* without a scheme/,
  ],
  [
    'a broker by its IPv6 address, at whose first colon the client would cut',
    { KAFKA_BROKERS: '[::1]:9092' },
    /^KAFKA_BROKERS: got .*, expected host:port.* a name for an IPv6 address/,
  ],
  ['a list of brokers with a hole', { KAFKA_BROKERS: 'a:9092,,b:9092' }, /^KAFKA_BROKERS: /],
  [
    'a group with a blank',
    { KAFKA_GROUP_ID: 'my group' },
    /^KAFKA_GROUP_ID: got "my group", expected a group name: letters/,
  ],
  ['a group too long for "-dead" behind it', { KAFKA_GROUP_ID: 'g'.repeat(245) }, /^KAFKA_GROUP_ID: /],
  ['a topic with a slash', { KAFKA_TOPIC: 'a/b' }, /^KAFKA_TOPIC: got "a\/b", expected a topic name/],
  [
    'one topic for events and refusals',
    { KAFKA_TOPIC: 'a', KAFKA_DLQ_TOPIC: 'a' },
    /^KAFKA_DLQ_TOPIC: got a, expected another topic than KAFKA_TOPIC/,
  ],
  [
    'TLS by "yes"',
    { KAFKA_BROKERS: 'a:1', KAFKA_SSL: 'yes' },
    /^KAFKA_SSL: got "yes", expected true or false/,
  ],
  ['TLS without brokers', { KAFKA_SSL: 'true' }, /^KAFKA_SSL: does nothing without KAFKA_BROKERS/],
  [
    'a SASL mechanism that kafkajs lacks',
    {
      KAFKA_BROKERS: 'a:1',
      KAFKA_SASL_MECHANISM: 'gssapi',
      KAFKA_SASL_USERNAME: 'u',
      KAFKA_SASL_PASSWORD: 'p',
    },
    /^KAFKA_SASL_MECHANISM: got "gssapi", expected one of plain, /,
  ],
  [
    'a SASL password without the rest',
    { KAFKA_BROKERS: 'a:1', KAFKA_SASL_USERNAME: 'u', KAFKA_SASL_MECHANISM: 'plain' },
    /^KAFKA_SASL_PASSWORD: is unset, expected KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD together/,
  ],
  [
    'a warehouse address without scheme',
    { CLICKHOUSE_URL: 'db:8123' },
    /^CLICKHOUSE_URL: got \[secret\], expected http/,
  ],
  [
    'a warehouse address without database',
    { CLICKHOUSE_URL: 'http://u:p@db:8123' },
    /^CLICKHOUSE_URL: got \[secret\], expected .*\/database/,
  ],
  [
    'a warehouse address with a query',
    { CLICKHOUSE_URL: 'http://db:8123/d?user=u' },
    /^CLICKHOUSE_URL: got \[secret\]/,
  ],
  [
    'a webhook that is no web address',
    { SLACK_WEBHOOK_URL: 'file:///etc/passwd' },
    /^SLACK_WEBHOOK_URL: got \[secret\], expected an address that begins with http/,
  ],
  [
    'a key with a line break',
    { PAGERDUTY_ROUTING_KEY: 'a\nb' },
    /^PAGERDUTY_ROUTING_KEY: got \[secret\], expected a text in one line/,
  ],
  [
    'an unknown log level',
    { LOG_LEVEL: 'verbose' },
    /^LOG_LEVEL: got "verbose", expected one of trace, debug, info/,
  ],
  [
    'a host with a port',
    { SPENDLEDGER_HOST: '127.0.0.1:4318' },
    /^SPENDLEDGER_HOST: got "127\.0\.0\.1:4318", expected an IP address or a host name/,
  ],
  [
    'an open address without keys',
    { SPENDLEDGER_HOST: '0.0.0.0' },
    /^SPENDLEDGER_HOST: got 0\.0\.0\.0, expected a loopback address: .*SPENDLEDGER_API_KEYS_FILE/,
  ],
  [
    'a data directory in a home that nobody expands',
    { SPENDLEDGER_DATA_DIR: '~/data' },
    /^SPENDLEDGER_DATA_DIR: got "~\/data", expected a path; "~" is not expanded/,
  ],
  [
    'a price file that does not exist',
    { SPENDLEDGER_PRICES: './no-such.json' },
    /^SPENDLEDGER_PRICES: .*there is no file \/.*no-such\.json/,
  ],
  ['a directory as price file', { SPENDLEDGER_PRICES: '.' }, /^SPENDLEDGER_PRICES: .*there is no file/],
  [
    'two servers on one port',
    { SPENDLEDGER_PORT: '9000', SPENDLEDGER_SQL_PORT: '9000' },
    /^SPENDLEDGER_SQL_PORT: got 9000, expected another port than SPENDLEDGER_PORT/,
  ],
  [
    'a misspelled variable',
    { SPENDLEDGER_PROT: '4319' },
    /^SPENDLEDGER_PROT: is no setting; did you mean SPENDLEDGER_PORT\?/,
  ],
  [
    'a variable like none of ours',
    { SPENDLEDGER_SOMETHING_ELSE: 'x' },
    /^SPENDLEDGER_SOMETHING_ELSE: is no setting$/,
  ],
  ['KAFKA_BROKER', { KAFKA_BROKER: 'a:9092' }, /^KAFKA_BROKER: is no setting; did you mean KAFKA_BROKERS\?/],
  [
    'CLICKHOUSE_URI',
    { CLICKHOUSE_URI: 'http://h' },
    /^CLICKHOUSE_URI: is no setting; did you mean CLICKHOUSE_URL\?/,
  ],
  [
    'a secret whose file is missing',
    { SLACK_WEBHOOK_URL_FILE: '/nonexistent/slack' },
    /^SLACK_WEBHOOK_URL_FILE: cannot be read: ENOENT.*\/nonexistent\/slack/,
  ],
  [
    'a secret and its file',
    { SPENDLEDGER_API_KEY: 'k', SPENDLEDGER_API_KEY_FILE: '/x' },
    /^SPENDLEDGER_API_KEY: is given together with SPENDLEDGER_API_KEY_FILE, expected one of them/,
  ],
  [
    'a file for what is no secret',
    { SPENDLEDGER_PORT_FILE: '/x' },
    /^SPENDLEDGER_PORT_FILE: is no setting; did you mean/,
  ],
]

for (const [name, env, complaint] of broken) {
  test(`refused: ${name}`, () => {
    const found = complaints({ env })
    assert.equal(found.length, 1, found.join('\n'))
    assert.match(found[0] ?? '', complaint)
  })
}

test('all complaints come at once, in one message', () => {
  const env = {
    SPENDLEDGER_PORT: '70000',
    LOG_LEVEL: 'loud',
    SPENDLEDGER_PROT: '1',
    SPENDLEDGER_HOST: '0.0.0.0',
  }
  assert.equal(complaints({ env }).length, 4)
  assert.throws(() => loadConfig({ env }), {
    message: /^The configuration cannot be used:(\n {2}[A-Z_]+: .+){4}$/,
  })
})

test('variables that other tools own are left alone', () => {
  const env = {
    KAFKA_HOME: '/opt',
    KAFKA_OPTS: '-X',
    CLICKHOUSE_USER: 'u',
    CLICKHOUSE_DB: 'd',
    CLICKHOUSE_PASSWORD: 'p',
    HOME: '/',
    PORT: 'x',
  }
  assert.deepEqual(complaints({ env }), [])
})

test('what Kubernetes sets for Services is neither a setting nor a typo', () => {
  const env = {
    SPENDLEDGER_PORT: 'tcp://10.0.0.1:4318',
    SPENDLEDGER_PORT_4318_TCP: 'tcp://10.0.0.1:4318',
    SPENDLEDGER_PORT_4318_TCP_ADDR: '10.0.0.1',
    SPENDLEDGER_SERVICE_HOST: '10.0.0.1',
    SPENDLEDGER_COLLECTOR_SERVICE_PORT_HTTP: '4318',
    SPENDLEDGER_COLLECTOR_PORT: 'tcp://10.0.0.2:4318',
  }
  assert.equal(loadConfig({ env }).port, 4318)
})

test('a secret may stand in a file, whose last line break does not count', t => {
  const cwd = directory(t, {
    slack: 'https://hooks.example.com/x\n',
    url: 'http://w:p%40ss@db:8123/spendledger\r\n',
  })
  const config = loadConfig({
    env: { SLACK_WEBHOOK_URL_FILE: 'slack', CLICKHOUSE_URL_FILE: join(cwd, 'url') },
    cwd,
  })
  assert.equal(config.slackWebhookUrl?.reveal(), 'https://hooks.example.com/x')
  assert.equal(config.clickhouseUrl?.reveal(), 'http://w:p%40ss@db:8123/spendledger')
  assert.equal(config.sources.slackWebhookUrl, 'environment (SLACK_WEBHOOK_URL_FILE)')
})

test('an empty secret file is refused', t => {
  const cwd = directory(t, { key: '\n' })
  assert.match(
    complaints({
      env: {
        KAFKA_SASL_PASSWORD_FILE: 'key',
        KAFKA_SASL_MECHANISM: 'plain',
        KAFKA_SASL_USERNAME: 'u',
        KAFKA_BROKERS: 'a:1',
      },
      cwd,
    }).join(),
    /^KAFKA_SASL_PASSWORD_FILE: got the empty file/,
  )
})

test('no secret shows in a complaint, in the printed configuration or in its JSON', () => {
  const canary = 'hunter2'
  const good = {
    CLICKHOUSE_URL: `http://w:${canary}@h:1/d`,
    SPENDLEDGER_API_KEY: canary,
    ALERT_WEBHOOK_URL: `https://h/${canary}`,
  }
  const config = loadConfig({ env: good })
  assert.doesNotMatch(inspect(config, { depth: 9, showHidden: true }) + JSON.stringify(config), /hunter2/)
  const bad = {
    CLICKHOUSE_URL: canary,
    SPENDLEDGER_API_KEY: `${canary}\n`,
    ALERT_WEBHOOK_URL: canary,
    SPENDLEDGER_API_KEYY: canary,
  }
  const found = complaints({ env: bad })
  assert.equal(found.length, 4)
  assert.doesNotMatch(found.join(), /hunter2/)
})

test('a log of its own serves no second process', () => {
  for (const service of ['collector', 'consumer'] as const) {
    const found = complaints({ env: {}, service })
    assert.match(found.join(), /KAFKA_BROKERS: is unset, expected the brokers/)
  }
  for (const service of ['embedded', 'aggregator', 'alerter', 'api'] as const)
    loadConfig({ env: {}, service })
})

test('certificates for a connection that is not made, or not by TLS, are refused', t => {
  const cwd = directory(t, { 'ca.pem': '' })
  const ca = { KAFKA_SSL_CA: 'ca.pem', CLICKHOUSE_SSL_CA: 'ca.pem' }
  const found = complaints({ env: { ...ca, KAFKA_BROKERS: 'a:1' }, cwd }).join()
  assert.match(found, /KAFKA_SSL_CA: does nothing while KAFKA_SSL is false/)
  assert.match(found, /CLICKHOUSE_SSL_CA: does nothing without CLICKHOUSE_URL/)
})

test('a file that a command is about to make may be missing, for that command alone', () => {
  const env = { SPENDLEDGER_API_KEYS_FILE: '/nowhere/keys.json' }
  assert.equal(loadConfig({ env, mayBeMissing: ['apiKeysFile'] }).apiKeysFile, '/nowhere/keys.json')
  assert.match(complaints({ env }).join(), /there is no file/)
})
