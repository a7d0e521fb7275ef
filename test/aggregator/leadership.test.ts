// Of several aggregators one works: who does not lead leaves the warehouse alone, and begins where the other ended.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '#ports/clock.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { createAggregator } from '../../services/aggregator/app.ts'
import { eventually } from '../support/ledger-process.ts'
import { silentLog, testRegistry } from '../support/silent.ts'

test('only the leader asks the warehouse, and a stop steps down', async t => {
  let statements = 0
  const counting = async () => {
    statements += 1
    return []
  }
  const warehouse = { query: counting, command: counting, insertObjects: counting } as unknown as Warehouse
  let leads = false
  let closed = false
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
    registry: testRegistry(),
    clock: systemClock,
    topic: 'usage',
    retentionDays: 400,
  })
  await aggregator.start()
  t.after(() => aggregator.stop())
  await new Promise(resolve => setTimeout(resolve, 1_500))
  assert.equal(statements, 0)
  leads = true
  await eventually(
    'it works',
    async () => statements,
    n => n > 0,
  )
  leads = false
  await aggregator.stop()
  assert.ok(closed)
})
