import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadConfig } from '#platform/config.ts'
import { describeConfig } from '#platform/config-describe.ts'
import { ALL_SETTINGS } from '#platform/settings.ts'

const env = {
  SPENDLEDGER_PORT: '0',
  KAFKA_BROKERS: 'a:1, b:2',
  CLICKHOUSE_URL: 'http://writer:hunter2@db:8123/spendledger',
  PAGERDUTY_ROUTING_KEY: 'hunter2',
}

/** The columns of a setting's line. */
const lineOf = (text: string, name: string) =>
  text
    .split('\n')
    .find(line => line.startsWith(`${name} `))
    ?.split(/ {2,}/)

test('every setting has a line', () => {
  const lines = describeConfig(loadConfig({ env: {} })).split('\n')
  assert.deepEqual(
    lines.map(line => line.split(' ')[0]),
    ALL_SETTINGS.map(({ env }) => env),
  )
})

test('a line says the value and where it came from', () => {
  const text = describeConfig(loadConfig({ env, cwd: '/srv' }))
  assert.deepEqual(lineOf(text, 'SPENDLEDGER_PORT'), ['SPENDLEDGER_PORT', '0', 'environment'])
  assert.deepEqual(lineOf(text, 'SPENDLEDGER_DATA_DIR'), ['SPENDLEDGER_DATA_DIR', '/srv/data', 'default'])
  assert.deepEqual(lineOf(text, 'SPENDLEDGER_SQL_NATIVE_PORT'), [
    'SPENDLEDGER_SQL_NATIVE_PORT',
    'off',
    'default',
  ])
  assert.deepEqual(lineOf(text, 'SPENDLEDGER_PRICES'), ['SPENDLEDGER_PRICES', 'unset', 'default'])
})

test('what was given says by whom', () => {
  const text = describeConfig(loadConfig({ env: { ...env, SPENDLEDGER_PRICES: import.meta.filename } }))
  assert.equal(lineOf(text, 'KAFKA_BROKERS')?.[2], 'environment')
  assert.equal(lineOf(text, 'SPENDLEDGER_PRICES')?.[2], 'environment')
})

test('secrets are masked, of a database address only the password', () => {
  const text = describeConfig(loadConfig({ env }))
  assert.doesNotMatch(text, /hunter2/)
  assert.equal(lineOf(text, 'CLICKHOUSE_URL')?.[1], 'http://writer:[secret]@db:8123/spendledger')
  assert.equal(lineOf(text, 'PAGERDUTY_ROUTING_KEY')?.[1], '[secret]')
})
