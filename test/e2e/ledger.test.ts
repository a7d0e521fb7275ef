// The whole ledger as its users meet it: start, send ten thousand events with everything that goes wrong in practice, restart
// in the middle, and compare what SQL says with what the sender worked out by itself.

import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  eventually,
  type Ledger,
  runCommand,
  scratchDirectory,
  startLedger,
} from '../support/ledger-process.ts'
import { generate, type Shipment } from './generator.ts'
import { assertTotals } from './totals.ts'

describe('ten thousand events', { timeout: 240_000 }, () => {
  it('are counted once, priced exactly, refused with reasons, over a restart, and the proof finds planted damage', async t => {
    const dataDir = await scratchDirectory(t)
    const world = generate({ now: Date.now(), seed: 7 })
    let ledger = await startLedger(t, dataDir)
    const verdicts = { accepted: 0, rejected: new Map<string, number>() }

    for (const [index, shipment] of world.beforeRestart.entries()) {
      await ship(ledger, shipment, join(dataDir, `shipment-${index}.ndjson`), verdicts)
    }
    assert.equal(await ledger.stop(), 0)
    ledger = await startLedger(t, dataDir)
    for (const shipment of world.afterRestart) await ship(ledger, shipment, '', verdicts)

    assert.equal(verdicts.rejected.get('too_old'), world.refused.tooOld)
    assert.equal(verdicts.rejected.get('in_future'), world.refused.inFuture)
    const refused = [...verdicts.rejected.values()].reduce((sum, n) => sum + n, 0)
    assert.equal(refused, world.refused.invalid + world.refused.tooOld + world.refused.inFuture)
    assert.equal(verdicts.accepted, world.sent - refused)

    const reader = await ledger.connect('reader')
    await assertTotals(reader, world.expected)

    const [unpriced] = await reader.query<{ n: string }>(
      "SELECT count() AS n FROM v_events WHERE cost_status = 'unpriced' AND cost_usd IS NULL AND cost_reason = 'model_unknown'",
    )
    assert.equal(unpriced?.n, '40')

    const letters = await eventually(
      'refused events in SQL',
      () =>
        reader.query<{ reason: string; n: string; explained: string }>(
          `SELECT reason, count() AS n, countIf(field != '' AND expected != '') AS explained
FROM v_dead_letters GROUP BY reason ORDER BY reason`,
        ),
      rows => rows.reduce((sum, row) => sum + Number(row.n), 0) === refused,
    )
    assert.ok(
      letters.every(row => row.n === row.explained),
      JSON.stringify(letters),
    )

    await t.test('verify finds nothing wrong', async () => {
      const result = await runCommand(['verify', '--from', '3d', '--wait', '3'], ledger.env)
      assert.equal(result.code, 0, result.stdout + result.stderr)
    })

    // An hour is recomputed once more ten seconds after its last batch; damage before that would be mended, not found.
    const aggregator = await ledger.connect('aggregator')
    await eventually(
      'all hours at rest',
      () =>
        aggregator.query<{ quiet: number }>(
          'SELECT max(finished_at) < now64(6) - INTERVAL 12 SECOND AS quiet FROM rollup_runs',
        ),
      ([row]) => row?.quiet === 1,
      60_000,
    )

    await t.test('verify fails when a row is missing in a rollup', async () => {
      const writer = await ledger.connect('writer')
      await writer.command(
        `INSERT INTO usage_by_feature SELECT * REPLACE (version + 1 AS version, 1 AS is_deleted)
FROM usage_by_feature FINAL ORDER BY calls DESC LIMIT 1`,
      )
      const result = await runCommand(['verify', '--from', '3d', '--wait', '3'], ledger.env)
      assert.equal(result.code, 1, result.stdout + result.stderr)
      assert.match(result.stdout + result.stderr, /rollup by feature/)
      const mended = await runCommand(['rollup', '--from', '3d'], ledger.env)
      assert.equal(mended.code, 0, mended.stderr)
      const again = await runCommand(['verify', '--from', '3d', '--wait', '3'], ledger.env)
      assert.equal(again.code, 0, again.stdout + again.stderr)
    })

    await t.test('verify fails when an event is doubled', async () => {
      const writer = await ledger.connect('writer')
      await writer.command(
        `INSERT INTO usage_events SELECT * REPLACE ('somebody-else' AS tenant_id)
FROM (SELECT * FROM usage_events FINAL ORDER BY event_id LIMIT 1)`,
      )
      const result = await runCommand(['verify', '--from', '3d', '--wait', '3'], ledger.env)
      assert.equal(result.code, 1, result.stdout + result.stderr)
      assert.match(result.stdout + result.stderr, /visible events/)
    })

    assert.equal(await ledger.stop(), 0)
  })
})

async function ship(
  ledger: Ledger,
  shipment: Shipment,
  file: string,
  verdicts: { accepted: number; rejected: Map<string, number> },
): Promise<void> {
  const note = (rejected: readonly { code: string }[]) => {
    for (const { code } of rejected) verdicts.rejected.set(code, (verdicts.rejected.get(code) ?? 0) + 1)
  }
  if (shipment.via === 'send') {
    await writeFile(file, shipment.events.map(event => JSON.stringify(event)).join('\n'))
    const result = await runCommand(['send', file, '--json'], ledger.env)
    const lines = result.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { code?: string; accepted?: number })
    const rejected = lines.filter((line): line is { code: string } => line.code !== undefined)
    assert.equal(result.code, rejected.length > 0 ? 1 : 0, result.stderr)
    verdicts.accepted += lines.at(-1)?.accepted ?? 0
    note(rejected)
    return
  }
  const answer = await fetch(`${ledger.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(shipment.events),
  })
  assert.equal(answer.status, 202, await answer.clone().text())
  const receipt = (await answer.json()) as { accepted: number; rejected: { code: string }[] }
  verdicts.accepted += receipt.accepted
  note(receipt.rejected)
}
