// What was refused and is replayed comes back whole: each call once, at its own time, however often the replay is repeated.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, scratchDirectory, startLedger } from '../support/ledger-process.ts'
import { runCommand } from './harness.ts'

const nameless = JSON.stringify({
  provider: 'openai',
  request_model: 'gpt-5.4',
  usage: { prompt_tokens: 1_000, completion_tokens: 100 },
  colour: 'red',
})

test('three equal calls that were refused are three calls of the time of the refusal', async t => {
  const ledger = await startLedger(t, await scratchDirectory(t))
  const env = Object.fromEntries(
    Object.entries(ledger.env).filter(([name]) => name.startsWith('SPENDLEDGER_')),
  ) as Record<string, string>
  const command = (argv: readonly string[], stdin = '') => runCommand(argv, { env, stdin, now: Date.now() })
  const writer = await ledger.connect('writer')
  const count = async (sql: string): Promise<number> => {
    const [row] = await writer.query<{ n: string }>(sql)
    return Number(row?.n)
  }
  const calls = 'SELECT count() AS n FROM usage_events FINAL'

  await command(['send', '-', '--strict'], `${nameless}\n${nameless}\n${nameless}`)
  await eventually(
    'the letters',
    () => count('SELECT count() AS n FROM dead_letters FINAL'),
    n => n === 3,
  )
  assert.equal((await command(['deadletters', 'replay', '--reason', 'unknown_field'])).out, 'replayed 3\n')
  await eventually(
    'the calls',
    () => count(calls),
    n => n === 3,
  )
  // As if the replay had been killed before it could mark them.
  await writer.command(
    'INSERT INTO dead_letters SELECT * REPLACE (NULL AS replayed_at, version + 1 AS version) FROM dead_letters FINAL',
  )
  assert.equal((await command(['deadletters', 'replay', '--reason', 'unknown_field'])).out, 'replayed 3\n')
  await eventually(
    'the repeated calls',
    () => count("SELECT sum(stored) AS n FROM ingest_batches WHERE topic = 'llm.usage.v1'"),
    n => n === 6,
  )
  assert.equal(await count(calls), 3)
  const untimely = `SELECT count() AS n FROM usage_events FINAL
WHERE (event_id, occurred_at) NOT IN (SELECT concat('letter:', dead_letter_id), refused_at FROM dead_letters)`
  assert.equal(await count(untimely), 0)
})
