// Of several aggregators one works: who does not lead leaves the warehouse alone, and begins where the other ended.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Registry } from '#platform/metrics.ts'
import { systemClock } from '#ports/clock.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { createAggregator } from '../../services/aggregator/app.ts'
import { eventually } from '../support/ledger-process.ts'
import { silentLog, testRegistry } from '../support/silent.ts'

const LEADER_SERIES = /^spendledger_(complete_until_seconds|dirty_hours|conservation_failures)\S* /gm

const seriesOfTheLeader = async (registry: Registry): Promise<string[]> =>
  (await registry.metrics()).match(LEADER_SERIES) ?? []

test('only the leader asks the warehouse, and a stop steps down', async t => {
  let statements = 0
  const counting = async (sql: string) => {
    statements += 1
    return sql.startsWith("SELECT 'clock'") ? [{ what: 'clock', instant: '2026-11-24 10:00:00.000' }] : []
  }
  const warehouse = { query: counting, command: counting, insertObjects: counting } as unknown as Warehouse
  let leads = false
  let closed = false
  const registry = testRegistry()
  const leadership = {
    isLeader: () => leads,
    close: async () => {
      closed = true
    },
  }
  const aggregator = createAggregator({
    warehouse,
    leadership,
    log: silentLog(),
    registry,
    clock: systemClock,
    topic: 'usage',
    retentionDays: 400,
  })
  await aggregator.start()
  t.after(() => aggregator.stop())
  await new Promise(resolve => setTimeout(resolve, 1_500))
  assert.equal(statements, 0)
  assert.deepEqual(await seriesOfTheLeader(registry), [])
  leads = true
  await eventually(
    'it works',
    async () => statements,
    n => n > 0,
  )
  await eventually(
    'its series are there',
    () => seriesOfTheLeader(registry),
    ({ length }) => length === 2,
  )
  leads = false
  await eventually(
    'who stands by says nothing of hours',
    () => seriesOfTheLeader(registry),
    ({ length }) => length === 0,
  )
  leads = true
  await eventually(
    'who leads again says it again, changed or not',
    () => seriesOfTheLeader(registry),
    ({ length }) => length === 2,
  )
  await aggregator.stop()
  assert.ok(closed)
})
