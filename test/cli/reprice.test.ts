// `spendledger reprice` against a ledger that runs: what it shows, what it writes, and with whose prices it refuses to.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually, scratchDirectory, startLedger } from '../support/ledger-process.ts'
import { runCommand } from './harness.ts'

const OWN = {
  rules: [
    {
      id: 'own/gpt-5.4',
      provider: 'openai',
      model: 'gpt-5.4',
      effective: { from: '2020-01-01T00:00:00Z', to: null },
      variants: [{ id: 'standard', rates: { input: '5/Mtok', output: '30/Mtok' } }],
    },
  ],
}

test('repricing by hand', { timeout: 120_000 }, async t => {
  const directory = await scratchDirectory(t)
  const ledger = await startLedger(t, directory)
  const file = join(directory, 'own-prices.json')
  await writeFile(file, JSON.stringify(OWN))
  const env = Object.fromEntries(
    Object.entries(ledger.env).filter(([name]) => name.startsWith('SPENDLEDGER_')),
  ) as Record<string, string>
  const command = (argv: readonly string[], stdin = '', more: Record<string, string> = {}) =>
    runCommand(argv, { env: { ...env, ...more }, stdin, now: Date.now() })
  const own = { SPENDLEDGER_PRICES: file }

  const sent = {
    event_id: 'one',
    occurred_at: new Date(Date.now() - 3_600_000).toISOString(),
    provider: 'openai',
    request_model: 'gpt-5.4',
    usage: { prompt_tokens: 1_000, completion_tokens: 100 },
  }
  assert.equal((await command(['send', '-'], JSON.stringify(sent))).code, 0)
  const costs = async () => (await command(['events', 'one'])).out
  await eventually('the event', costs, out => /0\.004/.test(out))
  const numbers = async () =>
    (await command(['sql', 'SELECT max(sequence) AS n FROM v_price_books', '--json'])).out

  await t.test('changes nothing with the prices that are in force', async () => {
    const ran = await command(['reprice'])
    assert.deepEqual([ran.code, ran.out], [0, 'no event has another price (0 looked at)\n'])
  })

  await t.test(
    'shows with --dry-run what other prices would change, and writes nothing, not even a number',
    async () => {
      const before = await numbers()
      const ran = await command(['reprice', '--dry-run'], '', own)
      assert.equal(ran.code, 0, ran.err)
      assert.match(
        ran.out,
        /^day +provider +model +events +before +after +change +unpriced before +unpriced after$/m,
      )
      assert.match(
        ran.out,
        /^\d{4}-\d\d-\d\d +openai +gpt-5\.4 +1 +\$0\.004\d* +\$0\.008\d* +\$0\.004\d* +0 +0$/m,
      )
      assert.match(ran.out, /^total +1 /m)
      const json = JSON.parse((await command(['reprice', '--dry-run', '--json'], '', own)).out)
      assert.deepEqual(
        [json.written, json.events, json.old_cost_usd, json.new_cost_usd, json.change_usd],
        [false, 1, '0.004', '0.008', '0.004'],
      )
      assert.equal(json.changes[0].model, 'gpt-5.4')
      assert.equal(await numbers(), before)
      assert.match(await costs(), /0\.004/)
    },
  )

  await t.test('finds nothing of another provider, model or time', async () => {
    for (const narrow of [
      ['--provider', 'anthropic'],
      ['--model', 'gpt-4o'],
      ['--to', '2026-01-02', '--from', '2026-01-01'],
    ]) {
      const ran = await command(['reprice', '--dry-run', ...narrow], '', own)
      assert.match(ran.out, /^no event has another price/, `${narrow.join(' ')} ${ran.err}`)
    }
  })

  await t.test('refuses prices that are not in force, and writes with them once they are', async () => {
    const refused = await command(['reprice'], '', own)
    assert.equal(refused.code, 2)
    assert.match(
      refused.err,
      /price_book_version [0-9a-f]{64} is in force .* this command has [0-9a-f]{64}: .*SPENDLEDGER_PRICES/,
    )
    assert.equal((await command(['migrate'], '', own)).code, 0)
    const ran = await command(['reprice', '--json'], '', own)
    assert.equal(ran.code, 0, ran.err)
    const json = JSON.parse(ran.out)
    assert.deepEqual([json.written, json.events, json.new_cost_usd], [true, 1, '0.008'])
    assert.match(await costs(), /0\.008/)
    assert.match((await command(['reprice'], '', own)).out, /^no event has another price/)
  })

  await t.test('refuses a broken price file with its complaints', async () => {
    await writeFile(file, '{"rules": 1}')
    const ran = await command(['reprice', '--dry-run'], '', own)
    assert.equal(ran.code, 2)
    assert.match(ran.err, /own-prices\.json/)
  })
})
