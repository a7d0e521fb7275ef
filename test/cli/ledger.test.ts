// The commands against a ledger that really runs: what one command writes, the next one reads.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { scratchDirectory, startLedger } from '../support/ledger-process.ts'
import { runCommand } from './harness.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** The middle of an hour that is over. */
const AT = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 5 * HOUR_MS + 30 * 60_000

const event = (n: number, more: object = {}) =>
  JSON.stringify({
    event_id: `cli-${n}`,
    occurred_at: new Date(AT + n).toISOString(),
    provider: 'openai',
    request_model: 'gpt-5.4',
    usage: { prompt_tokens: 1_000, completion_tokens: 100 },
    feature: n % 2 ? 'chat' : 'search',
    user_id: `u${n}`,
    ...more,
  })

test('commands and a running ledger', { timeout: 120_000 }, async t => {
  const ledger = await startLedger(t, await scratchDirectory(t))

  const command = (argv: readonly string[], stdin = '') => {
    const env = Object.fromEntries(
      Object.entries(ledger.env).filter(([name]) => name.startsWith('SPENDLEDGER_')),
    ) as Record<string, string>
    return runCommand(argv, { env, stdin, now: Date.now() })
  }

  /** Runs a command until its output is as expected; what was sent is visible within seconds. */
  async function eventually(argv: readonly string[], expected: RegExp): Promise<string> {
    for (let i = 0; i < 100; i++) {
      const { out } = await command(argv)
      if (expected.test(out)) return out
      await sleep(200)
    }
    throw new Error(`${argv.join(' ')} never showed ${expected}`)
  }

  await t.test('events that are sent are in every answer', async () => {
    const lines = [event(1), event(2), event(3), event(2), event(4, { usage: { prompt_tokens: '1' } })]
    const sent = await command(['send', '-'], lines.join('\n'))
    assert.equal(sent.code, 1)
    assert.match(sent.out, /^accepted 4$/m)
    assert.match(sent.out, /line 5 \(cli-4\): .*prompt_tokens/)

    const top = await eventually(['top', 'features'], /^total +\$\S+ +100\.0% +3 /m)
    assert.match(top, /^chat +\$\S+ +66\.7% +2 /m)
    assert.match(await eventually(['trend', '--by', 'users'], /u3/), /^\d{4}-\d\d-\d\d +u1 /m)
    const feature = await command(['feature', 'chat', '--from', '24h'])
    assert.match(feature.out, /^active users +2 {2}\$0\.\d+ each$/m)
    assert.match(feature.out, /^gpt-5\.4 +\$\S+ +100\.0% +2 /m)
    const coverage = await command(['coverage'])
    assert.match(coverage.out, /^openai +gpt-5\.4 +3$/m)
    assert.deepEqual([(await command(['changes'])).code, coverage.code], [0, 0])
    const asJson = JSON.parse(
      (await command(['top', 'features', '--metrics', 'output_per_input', '--json'])).out,
    )
    assert.deepEqual(Object.keys(asJson.data[0]).slice(0, 5), [
      ...['feature', 'calls', 'cost_usd', 'unpriced_calls', 'output_per_input'],
    ])
    const shown = await command(['events', 'cli-1'])
    assert.match(shown.out, /^uncached_input +input +1,000 +\S+\/Mtok +1 +0\.\d+$/m)
    const sql = await command(['sql', "SELECT count() AS n FROM v_events WHERE feature = 'chat'", '--json'])
    assert.equal(sql.out, '{"n":"2"}\n')
  })

  await t.test(
    'an error in SQL is the words of the server, before and in the middle of an answer',
    async () => {
      const wrong = await command(['sql', 'SELECT featur FROM v_events'])
      assert.equal(wrong.code, 1)
      assert.match(wrong.err, /^spendledger: Code: 47\. .*featur.*\n$/)
      const late = await command([
        'sql',
        'SELECT number, throwIf(number = 3000000) FROM numbers(10000000)',
        '--csv',
      ])
      assert.equal(late.code, 1)
      assert.match(late.err, /^spendledger: Code: 395\. /)
      const [, ...rows] = late.out.trimEnd().split('\n')
      assert.ok(rows.length > 0 && rows.every(row => /^\d+,0$/.test(row)))
    },
  )

  await t.test('what was rejected is listed, shown, and replayed once it can be', async () => {
    const strict = await command(['send', '-', '--strict'], event(7, { colour: 'red' }))
    assert.equal(strict.code, 1)
    const listed = await eventually(['deadletters', 'list', '--reason', 'unknown_field'], /sha256:/)
    const [id = ''] = /sha256:[0-9a-f]{13}/.exec(listed) ?? []
    assert.match(listed, new RegExp(`unknown_field +colour +cli-7 +${id} +\\S`))
    assert.match((await command(['deadletters', 'show', id])).out, /^field +colour$/m)
    assert.equal((await command(['deadletters', 'show', id, '--bytes'])).out, event(7, { colour: 'red' }))

    const replayed = await command(['deadletters', 'replay', id])
    assert.deepEqual([replayed.code, replayed.out], [0, 'replayed 1\n'])
    await eventually(['events', 'cli-7'], /^cost_status +priced$/m)
    const again = await command(['deadletters', 'replay', id, 'sha256:none'])
    assert.equal(again.code, 1)
    assert.match(again.err, /it was replayed before/)
    const misspelt = await command(['deadletters', 'replay', '--reason', 'unknown_feild'])
    assert.equal(misspelt.code, 2)
    assert.match(misspelt.err, /--reason is "unknown_feild"; did you mean unknown_field\?/)
    assert.match(again.err, /sha256:none: there is no such dead letter/)
    assert.equal((await command(['deadletters', 'replay', '--reason', 'unknown_field'])).out, 'replayed 0\n')
  })

  await t.test("a data directory that is not the server's is named as such", async () => {
    const directory = await scratchDirectory(t)
    for (const user of ['reader', 'aggregator'])
      await writeFile(join(directory, `${user}.password`), 'other\n')
    for (const argv of [['sql', 'SELECT 1'], ['verify'], ['rollup']]) {
      const ran = await runCommand(argv, {
        env: {
          SPENDLEDGER_DATA_DIR: directory,
          SPENDLEDGER_SQL_PORT: ledger.env['SPENDLEDGER_SQL_PORT'] ?? '',
        },
        now: Date.now(),
      })
      assert.equal(ran.code, 1)
      assert.match(ran.err, /another data directory: set SPENDLEDGER_DATA_DIR/, argv.join(' '))
    }
  })

  await t.test('a rollup that is wrong is found, and recomputing puts it right', async () => {
    assert.match((await command(['verify'])).out, /4 calls in 1 hour\nraw events, rollups .* agree/)
    const writer = await ledger.connect('writer')
    // An hour of the same day that the aggregator has no reason to look at.
    const sameDay = Math.floor((AT + 2 * HOUR_MS) / DAY_MS) === Math.floor(AT / DAY_MS)
    const quiet = AT + (sameDay ? 2 : -2) * HOUR_MS
    const quarter = Math.floor(quiet / 900_000) * 900
    await writer.insertObjects('usage_by_feature', [{ quarter, feature: 'ghost', calls: 9, version: 1 }])

    const wrong = await command(['verify', '--wait', '0', '--json'])
    assert.equal(wrong.code, 1)
    const report = JSON.parse(wrong.out)
    assert.equal(report.agree, false)
    assert.match(report.findings[0].where, /rollup by feature, .* feature ghost/)

    const from = new Date(quiet).toISOString()
    const rollup = await command(['rollup', '--from', from, '--to', from])
    assert.deepEqual([rollup.code, rollup.out], [0, 'recomputed 1 hour\n'])
    assert.equal((await command(['verify', '--wait', '0'])).code, 0)
  })

  await t.test('totals whose events are gone are not recomputed away', async () => {
    const writer = await ledger.connect('writer')
    const day = (Math.floor(AT / DAY_MS) - 9) * DAY_MS
    await writer.insertObjects('usage_by_feature', [
      { quarter: day / 1_000, feature: 'old', calls: 5, version: 1 },
    ])
    const [from, to] = [new Date(day), new Date(day + HOUR_MS)].map(time => time.toISOString())
    const ran = await command(['rollup', '--from', from ?? '', '--to', to ?? ''])
    assert.deepEqual([ran.code, ran.out], [0, 'recomputed 0 hours\n'])
    assert.match(ran.err, /was left as it is: its events are gone/)
    const [row] = await writer.query<{ calls: string }>(
      "SELECT sum(calls) AS calls FROM usage_by_feature FINAL WHERE feature = 'old'",
    )
    assert.equal(row?.calls, '5')
  })
})
