// The heartbeat as it stands in the warehouse.

import assert from 'node:assert/strict'
import { after, it } from 'node:test'
import { HOUR_MS } from '#core/hours.ts'
import type { PartitionProgress } from '#ports/event-log.ts'
import { createProgressReport } from '../../services/consumer/progress.ts'
import { startEngine } from '../support/engine.ts'
import { createStepWorld } from './context.ts'

const engine = await startEngine({ after })

it('is of the warehouse clock: a consumer whose own is ahead closes no hour that is still being stored', async t => {
  const warehouse = engine.warehouse('writer')
  const { context } = await createStepWorld(t, warehouse.insert)
  let progress: PartitionProgress[] = []
  const report = createProgressReport(
    {
      ...context,
      warehouse,
      clock: { ...context.clock, now: () => Date.now() + HOUR_MS },
      subscription: { ...context.subscription, progress: async () => progress },
    },
    { consumer: 'one', topic: 'clocks' },
  )
  const place = { logId: 'log-1', partition: 0 }
  for (const [committed, end] of [
    [0, 10],
    [10, 30],
  ] as const) {
    progress = [{ ...place, committed, end }]
    await report.report()
  }
  const rows = await engine.warehouse('aggregator').query<{ ahead: number; stored: number }>(
    `SELECT asked_at > inserted_at AS ahead, stored_until[1] > toDateTime64(0, 3) AND stored_until[1] <= inserted_at AS stored
FROM ingest_progress WHERE topic = 'clocks' ORDER BY inserted_at`,
  )
  assert.deepEqual(rows, [
    { ahead: 0, stored: 0 },
    { ahead: 0, stored: 1 },
  ])
})

it('tells the lag of partitions that are there, and of no others', async t => {
  const warehouse = engine.warehouse('writer')
  const { context } = await createStepWorld(t, warehouse.insert)
  let progress: PartitionProgress[] = []
  const report = createProgressReport(
    { ...context, warehouse, subscription: { ...context.subscription, progress: async () => progress } },
    { consumer: 'one', topic: 'shrunk' },
  )
  const lagOf = async () =>
    (await context.metrics.lag.get()).values.map(({ labels, value }) => [labels.partition, value])
  progress = [0, 1].map(partition => ({ logId: 'log-1', partition, committed: 3, end: 10 }))
  await report.report()
  assert.deepEqual(await lagOf(), [
    ['0', 7],
    ['1', 7],
  ])
  progress = [{ logId: 'log-2', partition: 0, committed: 0, end: 2 }]
  await report.report()
  assert.deepEqual(await lagOf(), [['0', 2]])
})
