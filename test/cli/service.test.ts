// Services as commands: what `--check` shows and what keeps one from starting.

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { runCommand } from './harness.ts'

const CLUSTER = {
  KAFKA_BROKERS: 'k1:9092,k2:9092',
  CLICKHOUSE_URL: 'https://writer:hunter2@ch:8443/spendledger',
}

const PORTS = { collector: 4318, api: 4320, consumer: 4321, aggregator: 4322, alerter: 4323 }

describe('--check', () => {
  for (const [name, port] of Object.entries(PORTS)) {
    it(`of ${name} shows its own port and the configuration without secrets`, async () => {
      const { code, out, err } = await runCommand([name, '--check'], { env: CLUSTER })
      assert.equal(code, 0, err)
      assert.match(out, new RegExp(`^SPENDLEDGER_PORT +${port} +default$`, 'm'))
      assert.match(out, /^KAFKA_BROKERS +k1:9092,k2:9092 +environment$/m)
      assert.match(out, /^CLICKHOUSE_URL +https:\/\/writer:\[secret\]@ch:8443\/spendledger/m)
      assert.ok(!(out + err).includes('hunter2'))
    })
  }

  it('of collector and consumer asks for brokers, which the others can do without', async () => {
    for (const name of Object.keys(PORTS)) {
      const { code, err } = await runCommand([name, '--check'], { env: {} })
      const needs = name === 'collector' || name === 'consumer'
      assert.equal(code, needs ? 2 : 0, `${name}: ${err}`)
      if (needs) assert.match(err, /KAFKA_BROKERS: is unset, expected the brokers/)
    }
  })
})

describe('up', () => {
  it('takes brokers and a server, and shows them', async () => {
    const { code, out } = await runCommand(['up', '--check'], { env: CLUSTER })
    assert.equal(code, 0)
    assert.match(out, /^KAFKA_BROKERS +k1:9092/m)
  })

  it('--demo never writes made-up events to brokers or to a server', async () => {
    for (const [name, value] of Object.entries(CLUSTER)) {
      const { code, err } = await runCommand(['up', '--demo', '--check'], { env: { [name]: value } })
      assert.equal(code, 2)
      assert.match(err, /expected to be unset with --demo/)
    }
  })
})

describe('migrate', () => {
  it('gives up after --wait seconds with one line that says on what', async () => {
    const env = { CLICKHOUSE_URL: 'http://writer:hunter2@127.0.0.1:9/spendledger', LOG_LEVEL: 'silent' }
    const { code, err } = await runCommand(['migrate', '--wait', '1'], { env })
    assert.equal(code, 1)
    assert.match(
      err,
      /^spendledger: ClickHouse at http:\/\/127\.0\.0\.1:9 was not there after \d s: .*ECONNREFUSED.*\n$/,
    )
  })
})
