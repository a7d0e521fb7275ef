// What answers hang on is sent with every statement, and the most constrained account takes it.

import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { sessionSettings } from '#adapters/clickhouse/session-settings.ts'
import type { WarehouseUser } from '#ports/warehouse.ts'
import { startEngine } from '../../support/engine.ts'

const engine = await startEngine({ after })
const USERS: readonly WarehouseUser[] = ['writer', 'aggregator', 'reader']

describe('settings of every statement', () => {
  it('are in force for each user, constrained or not', async () => {
    for (const user of USERS) {
      const settings = sessionSettings(user)
      const rows = await engine
        .warehouse(user)
        .query<{ name: string; value: string }>(
          'SELECT name, value FROM system.settings WHERE name IN {names:Array(String)} AND changed',
          { params: { names: Object.keys(settings) } },
        )
      const found = Object.fromEntries(rows.map(({ name, value }) => [name, value]))
      for (const [name, value] of Object.entries(settings)) {
        // Those that say what is the default anyway do not count as changed.
        if (name in found) assert.equal(found[name], String(value), `${user} ${name}`)
      }
      assert.equal(found['session_timezone'], 'UTC')
      assert.equal(found['do_not_merge_across_partitions_select_final'], '1')
    }
  })

  it('that the reader may not change are accepted where they say the same, and refused where not', async () => {
    const reader = engine.warehouse('reader')
    await reader.query('SELECT 1', { settings: { do_not_merge_across_partitions_select_final: 1 } })
    await assert.rejects(
      reader.query('SELECT 1', { settings: { do_not_merge_across_partitions_select_final: 0 } }),
      /should not be changed/,
    )
  })

  it('keep a batch of hundreds of days and repeats of the same bytes', async () => {
    const writer = engine.warehouse('writer')
    const day = 86_400_000
    const rows = Array.from({ length: 300 }, (_, i) => ({
      event_id: `e${i}`,
      occurred_at: new Date(Date.UTC(2026, 0, 1) + i * day).toISOString(),
      version: 1,
    }))
    for (let repeat = 0; repeat < 2; repeat += 1) await writer.insertObjects('usage_events', rows)
    const [row] = await writer.query<{ n: string }>('SELECT count() AS n FROM usage_events')
    assert.equal(row?.n, '600')
  })
})
