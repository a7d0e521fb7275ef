// A backup made while events arrive, and the ledger that is put back from it: the same totals, and nothing counted twice when
// the events after the backup come again.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import type { Warehouse } from '#ports/warehouse.ts'
import {
  BIN,
  eventually,
  type Ledger,
  runCommand,
  scratchDirectory,
  startLedger,
} from '../support/ledger-process.ts'

const START = Date.now() - 3 * 3_600_000

const event = (i: number) => ({
  event_id: `event-${i}`,
  occurred_at: new Date(START + i * 60_000).toISOString(),
  provider: 'openai',
  request_model: 'gpt-5.4',
  usage: { prompt_tokens: 1_000 + i, completion_tokens: 10 },
  feature: `feature-${i % 3}`,
})

const eventsFrom = (first: number, end: number) =>
  Array.from({ length: end - first }, (_, i) => JSON.stringify(event(first + i))).join('\n')

const spendledger = async (ledger: { readonly env: NodeJS.ProcessEnv }, ...args: string[]) => {
  const result = await runCommand(args, ledger.env)
  assert.equal(result.code, 0, result.stderr)
  return result.stdout
}

async function send(ledger: Ledger, first: number, end: number): Promise<void> {
  const result = await runCommand(['send', '-'], ledger.env, eventsFrom(first, end))
  assert.equal(result.code, 0, result.stderr)
}

interface Totals {
  readonly events: string
  readonly usd: string
  readonly rolled: string
}

async function totalsOf(reader: Warehouse): Promise<Totals> {
  const [totals] = await reader.query<Totals>(
    `SELECT toString(count()) AS events, toString(sum(cost_usd)) AS usd,
      (SELECT toString(sum(cost_usd)) FROM v_costs_hourly) AS rolled FROM v_events`,
  )
  assert.ok(totals)
  return totals
}

/** Totals of so many events, in the rollups too. */
async function settled(ledger: Ledger, events: number): Promise<Totals> {
  const reader = await ledger.connect('reader')
  // Open connections would hold a stop up.
  return eventually(
    `the totals of ${events} events`,
    () => totalsOf(reader),
    totals => totals.events === String(events) && totals.rolled === totals.usd,
    40_000,
  ).finally(() => reader.close())
}

/** A warehouse that is only half there would be started without a word. */
async function killedWhileRestoring(file: string, env: NodeJS.ProcessEnv, dataDir: string): Promise<void> {
  const child = spawn(process.execPath, [BIN, 'restore', file], { env, stdio: 'ignore' })
  const ended = once(child, 'exit')
  const tables = join(dataDir, 'restoring', 'warehouse', 'engine', 'store')
  await eventually(
    'the beginning of a restore',
    () => readdir(tables).catch(() => []),
    found => found.length > 0,
  )
  child.kill('SIGKILL')
  await ended
  assert.ok(!(await readdir(dataDir)).includes('warehouse'))
}

it('puts back what was backed up, and takes what came later from the log or from its senders', {
  timeout: 180_000,
}, async t => {
  const [first, second, third] = await Promise.all([1, 2, 3].map(() => scratchDirectory(t)))
  assert.ok(first && second && third)
  const file = join(second, 'ledger.tar.zst')
  const original = await startLedger(t, first)
  await send(original, 0, 90)
  const early = await settled(original, 90)

  assert.match(await spendledger(original, 'backup', file), /90 events/)
  assert.deepEqual(await readdir(join(first, 'warehouse', 'backup')), [], 'no reader finds it')
  assert.equal((await runCommand(['backup', file], original.env)).code, 2, 'nothing is written over')
  assert.equal((await runCommand(['restore', file], original.env)).code, 1, 'not into a ledger that works')
  const nowhere = await runCommand(['backup', join(second, 'missing', 'x')], original.env)
  assert.match(nowhere.stderr, /missing/)
  assert.equal(nowhere.code, 1)
  assert.equal((await stat(file)).mode & 0o777, 0o600)

  await send(original, 90, 120)
  const late = await settled(original, 120)
  await original.stop()

  const emptyEnv = { ...original.env, SPENDLEDGER_DATA_DIR: second, SPENDLEDGER_SQL_PORT: '0' }
  await writeFile(join(second, 'broken'), 'not a backup')
  const broken = await runCommand(['restore', join(second, 'broken')], emptyEnv)
  assert.equal(broken.code, 1)
  assert.match(broken.stderr, /is no backup, or not all of one/)
  await killedWhileRestoring(file, emptyEnv, second)

  assert.match(await spendledger({ env: emptyEnv }, 'restore', file), /90 events/)
  assert.ok(!(await readdir(second)).includes('restoring'))
  await writeFile(join(second, 'warehouse', 'backup', 'left-by-a-kill.tar.zst'), 'x')
  const restored = await startLedger(t, second)
  assert.deepEqual(await settled(restored, 90), early)
  assert.deepEqual(await readdir(join(second, 'warehouse', 'backup')), [])
  await send(restored, 60, 120)
  assert.deepEqual(await settled(restored, 120), late)
  await spendledger(restored, 'verify')
  await restored.stop()

  // Only the warehouse was lost.
  await cp(join(first, 'log'), join(third, 'log'), { recursive: true })
  const thirdEnv = { ...emptyEnv, SPENDLEDGER_DATA_DIR: third }
  assert.match(await spendledger({ env: thirdEnv }, 'restore', file), /another KAFKA_GROUP_ID/)
  const reading = await startLedger(t, third, { KAFKA_GROUP_ID: 'spendledger-consumer-2' })
  assert.deepEqual(await settled(reading, 120), late)
  await spendledger(reading, 'verify')
  await reading.stop()
  await rm(file)
})
