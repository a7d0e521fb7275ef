import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { loadConfig } from '#platform/config.ts'
import { ALL_SETTINGS } from '#platform/settings.ts'

function yamlFile(t: TestContext, content: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'spendledger-yaml-'))
  t.after(() => rmSync(directory, { recursive: true }))
  const file = join(directory, 'spendledger.yaml')
  writeFileSync(file, content)
  return file
}

const load = (file: string) => loadConfig({ env: {}, file })

test('every setting can stand in the file', t => {
  const samples: Record<string, string> = {
    SPENDLEDGER_HOST: 'localhost',
    SPENDLEDGER_TIMEZONE: 'Europe/Berlin',
    KAFKA_SSL: 'true',
    KAFKA_SASL_MECHANISM: 'plain',
    CLICKHOUSE_URL: 'http://u:p@h:1/d',
    SPENDLEDGER_URL: 'http://h',
    SLACK_WEBHOOK_URL: 'http://h',
    ALERT_WEBHOOK_URL: 'http://h',
    LOG_LEVEL: 'warn',
    LOG_FORMAT: 'json',
    KAFKA_BROKERS: 'a:1',
    SPENDLEDGER_LOG_MAX_BYTES: '2000000',
    KAFKA_SSL_CA: 'spendledger.yaml',
    CLICKHOUSE_SSL_CA: 'spendledger.yaml',
    SPENDLEDGER_PRICES: 'spendledger.yaml',
    SPENDLEDGER_API_KEYS_FILE: 'spendledger.yaml',
  }
  const lines = ALL_SETTINGS.map(({ env, yaml }, index) => {
    const sections = yaml.split('.').map((key, depth) => `${'  '.repeat(depth)}${key}:`)
    return `${sections.join('\n')} ${samples[env] ?? 5_000 + index}`
  })
  const config = load(yamlFile(t, mergeSections(lines)))
  for (const [key, source] of Object.entries(config.sources)) assert.equal(source, 'spendledger.yaml', key)
})

/** Joins blocks that begin with the same section lines, since YAML allows a key only once. */
function mergeSections(blocks: readonly string[]): string {
  const seen = new Set<string>()
  return blocks
    .map(block => {
      let path = ''
      return block
        .split('\n')
        .filter(line => {
          path += `/${line}`
          if (seen.has(path)) return false
          seen.add(path)
          return true
        })
        .join('\n')
    })
    .join('\n')
}

test('values are text: a password of digits keeps its zeros, and yes stays yes', t => {
  const sasl =
    'kafka:\n  brokers: [a:1]\n  sasl:\n    mechanism: plain\n    username: yes\n    password: 0123\n'
  const config = load(yamlFile(t, sasl))
  assert.equal(config.kafkaSaslPassword?.reveal(), '0123')
  assert.equal(config.kafkaSaslUsername, 'yes')
})

test('a comma list may be a YAML list', t => {
  assert.deepEqual(load(yamlFile(t, 'kafka:\n  brokers:\n    - a:9092\n    - b:9092\n')).kafkaBrokers, [
    'a:9092',
    'b:9092',
  ])
})

test('relative paths count from the file, not from where one happens to stand', t => {
  const file = yamlFile(
    t,
    'data_dir: ./ledger\nprices: prices.yaml\nslack:\n  webhook_url_file: secrets/slack\n',
  )
  const directory = join(file, '..')
  mkdirSync(join(directory, 'secrets'))
  writeFileSync(join(directory, 'secrets/slack'), 'https://hooks.example.com/x\n')
  writeFileSync(join(directory, 'prices.yaml'), '')
  const config = load(file)
  assert.equal(config.dataDir, join(directory, 'ledger'))
  assert.equal(config.prices, join(directory, 'prices.yaml'))
  assert.equal(config.slackWebhookUrl?.reveal(), 'https://hooks.example.com/x')
  assert.equal(config.sources.slackWebhookUrl, 'spendledger.yaml (slack.webhook_url_file)')
})

test('the environment wins over a secret file of the YAML', t => {
  const file = yamlFile(t, 'slack:\n  webhook_url_file: /nonexistent\n')
  const config = loadConfig({ env: { SLACK_WEBHOOK_URL: 'https://h/' }, file })
  assert.equal(config.slackWebhookUrl?.reveal(), 'https://h/')
})

for (const content of ['', '# nothing\n', 'kafka:\n', 'port:\n']) {
  test(`${JSON.stringify(content)} sets nothing`, t => assert.equal(load(yamlFile(t, content)).port, 4318))
}

const broken: readonly [name: string, content: string, message: RegExp][] = [
  ['port-70000', 'port: 70000\n', /port in spendledger\.yaml: got "70000", expected a port/],
  ['unknown-key', 'prot: 1\n', /prot in spendledger\.yaml: is no setting; did you mean port\?/],
  [
    'unknown-key-in-section',
    'kafka:\n  broker: a:1\n',
    /kafka\.broker in spendledger\.yaml: is no setting; did you mean kafka\.brokers\?/,
  ],
  [
    'unknown-section',
    'kafak:\n  brokers: a:1\n',
    /kafak in spendledger\.yaml: is no setting; did you mean kafka\.brokers\?|kafak in .*: is no setting/,
  ],
  [
    'key-without-its-section',
    'brokers: a:1\n',
    /brokers in spendledger\.yaml: is no setting; did you mean kafka\.brokers\?/,
  ],
  [
    'variable-as-key',
    'KAFKA_BROKERS: a:1\n',
    /KAFKA_BROKERS in spendledger\.yaml: is no setting; did you mean kafka\.brokers\?/,
  ],
  ['section-as-value', 'kafka: a:1\n', /kafka in spendledger\.yaml: got a value, expected a section/],
  ['value-as-section', 'port:\n  number: 1\n', /port in spendledger\.yaml: got a section, expected a value/],
  ['list-as-value', 'port: [1, 2]\n', /port in spendledger\.yaml: got a list, expected a single value/],
  ['list-of-sections', 'kafka:\n  brokers: [{host: a}]\n', /kafka\.brokers in spendledger\.yaml: got a list/],
  [
    'both-secret-and-file',
    'slack:\n  webhook_url: https://h\n  webhook_url_file: /x\n',
    /slack\.webhook_url in spendledger\.yaml: is given together with slack\.webhook_url_file/,
  ],
  [
    'missing-secret-file',
    'slack:\n  webhook_url_file: no-such\n',
    /slack\.webhook_url_file in spendledger\.yaml: cannot be read: ENOENT/,
  ],
  [
    'duplicate-key',
    'port: 1\nport: 2\n',
    /spendledger\.yaml: is not valid YAML: Map keys must be unique at line 2/,
  ],
  ['broken-yaml', 'port: [1\n', /spendledger\.yaml: is not valid YAML: /],
  ['two-documents', 'port: 1\n---\nport: 2\n', /spendledger\.yaml: is not valid YAML: .*multiple documents/],
  ['unknown-tag', 'port: !env PORT\n', /spendledger\.yaml: is not valid YAML: Unresolved tag: !env/],
  ['dangling-alias', 'port: *p\n', /spendledger\.yaml: is not valid YAML: Unresolved alias/],
  ['list-at-the-top', '- port\n', /spendledger\.yaml: is a list or text, expected settings as key: value/],
  ['text-at-the-top', 'port 4318\n', /spendledger\.yaml: is a list or text, expected settings as key: value/],
  ['prototype-key', '__proto__:\n  port: 1\n', /__proto__ in spendledger\.yaml: is no setting/],
]

for (const [name, content, message] of broken) {
  test(`refused: ${name}.yaml`, t => {
    assert.throws(() => load(yamlFile(t, content)), { name: 'ConfigError', message })
  })
}

test('a file that is not there is a complaint, not a default', () => {
  assert.throws(() => load('/nonexistent/spendledger.yaml'), {
    message: /spendledger\.yaml: cannot be read: ENOENT/,
  })
})

test('a YAML error does not quote the file, which may hold secrets', t => {
  const file = yamlFile(
    t,
    'slack:\n  webhook_url: https://hooks/hunter2\n  webhook_url: "https://hooks/hunter2\n',
  )
  assert.throws(
    () => load(file),
    (error: Error) => !error.message.includes('hunter2'),
  )
})

test('complaints of file and environment come together', t => {
  const file = yamlFile(t, 'prot: 1\nlog:\n  level: loud\n')
  assert.throws(
    () => loadConfig({ env: { SPENDLEDGER_PORT: 'x' }, file }),
    (error: { complaints: unknown[] }) => error.complaints.length === 3,
  )
})
