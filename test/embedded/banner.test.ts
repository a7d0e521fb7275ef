import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { describe, it } from 'node:test'
import { loadConfig } from '#platform/config.ts'
import { banner } from '../../services/embedded/banner.ts'

const DEFAULT_PLACES = {
  url: 'http://127.0.0.1:4318',
  warehouse: { url: 'http://127.0.0.1:18123', version: '26.7' },
}

describe('what a start prints', () => {
  it('stays under twelve lines and names nothing that is the default', () => {
    const text = banner(loadConfig({ env: {} }), DEFAULT_PLACES, 1_234)
    assert.ok(text.split('\n').length < 12)
    assert.match(text, /runs \(1\.2 s\)/)
    assert.match(text, /\n {2}npx spendledger top features\n/)
    assert.match(text, /\n {2}npx spendledger sql "/)
  })

  it('gives commands that work when directory and ports are others', () => {
    const places = {
      url: 'http://127.0.0.1:5000',
      warehouse: { url: 'http://127.0.0.1:6000', version: '26.7' },
    }
    const text = banner(loadConfig({ env: { SPENDLEDGER_DATA_DIR: '/elsewhere' } }), places, 0)
    assert.match(text, /SPENDLEDGER_URL=http:\/\/127\.0\.0\.1:5000 npx spendledger top/)
    assert.match(text, /SPENDLEDGER_DATA_DIR=\/elsewhere SPENDLEDGER_SQL_PORT=6000 npx spendledger sql/)
    assert.ok(text.includes(resolve('/elsewhere', 'reader.password')))
  })
})
