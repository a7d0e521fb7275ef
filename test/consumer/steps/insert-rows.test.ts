// Which rows the warehouse is believed to refuse: one that is refused twice by itself, and never all of many.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { LedgerError } from '#core/errors.ts'
import { prepare } from '../../../services/consumer/prepare.ts'
import { insertBatchRow } from '../../../services/consumer/steps/insert-batch-row.ts'
import { insertRows } from '../../../services/consumer/steps/insert-rows.ts'
import { createStepWorld, type StepWorld } from '../context.ts'
import { usageEvent } from '../events.ts'

const AT = Date.UTC(2026, 10, 24, 9, 30)

const HOUR_MS = 3_600_000

/** The record of event e-100, e-101, ... */
const recordOf = ({ context }: StepWorld, offset: number, id: number, occurredAt: number) => ({
  key: 'k',
  offset,
  timestamp: AT,
  value: context.codec.encode(
    usageEvent({
      event_id: `e-${id}`,
      occurred_at: occurredAt,
      received_at: AT,
      provider: 'openai',
      request_model: 'gpt-5.4',
      raw_usage: '{"prompt_tokens":1,"completion_tokens":1}',
    }),
  ),
})

/** A delivery of events e-100, e-101, ... */
function deliver(world: StepWorld, count: number) {
  const { context } = world
  const records = Array.from({ length: count }, (_, offset) => recordOf(world, offset, 100 + offset, AT))
  const [first, last] = [records[0]?.offset ?? 0, records.at(-1)?.offset ?? 0]
  return prepare(context, [{ logId: 'log-1', topic: 'usage', partition: 0, first, last, records }])
}

const idsIn = (rows: Uint8Array): string[] =>
  Buffer.from(rows)
    .toString('latin1')
    .match(/e-1\d\d/g) ?? []

const refuse = (): never => {
  throw new LedgerError('row_refused', 'Code: 33. Cannot read all data')
}

test('a body that was cut off on its way makes no letter of a row', { timeout: 10_000 }, async t => {
  for (const size of [1, 8]) {
    const stored: string[] = []
    let cut = size === 1 ? 1 : 4
    const world = await createStepWorld(t, async (_table, _columns, rows) => {
      if (cut-- > 0) refuse()
      stored.push(...idsIn(rows))
    })
    const delivery = await deliver(world, size)
    await insertRows(world.context, delivery)
    assert.equal(delivery.letters.length, 0)
    assert.equal(new Set(stored).size, size)
    assert.equal(delivery.shares[0]?.stored, size)
  }
})

test('a row that is refused twice by itself is a letter, its neighbours are stored', {
  timeout: 10_000,
}, async t => {
  const stored: string[] = []
  const world = await createStepWorld(t, async (_table, _columns, rows) => {
    if (idsIn(rows).includes('e-117')) refuse()
    stored.push(...idsIn(rows))
  })
  const delivery = await deliver(world, 40)
  await insertRows(world.context, delivery)
  assert.equal(stored.length, 39)
  assert.deepEqual(
    delivery.letters.map(({ event_id, reason }) => [event_id, reason]),
    [['e-117', 'row_refused']],
  )
  assert.deepEqual(
    world.appended.map(({ key }) => key),
    ['log-1/usage/0/17'],
  )
  const [share] = delivery.shares
  assert.deepEqual([share?.read, share?.stored, share?.dead], [40, 39, 1])
})

test('a few rows that are refused are letters, even if there is no other', { timeout: 10_000 }, async t => {
  const world = await createStepWorld(t, refuse)
  const delivery = await deliver(world, 20)
  await insertRows(world.context, delivery)
  assert.equal(delivery.letters.length, 20)
  assert.equal(delivery.shares[0]?.dead, 20)
})

test('a table that refuses each of many rows is waited for, loudly, and no row is a letter', {
  timeout: 10_000,
}, async t => {
  let broken = true
  const stored: string[] = []
  const world = await createStepWorld(t, async (_table, _columns, rows) => {
    if (broken) refuse()
    stored.push(...idsIn(rows))
  })
  const delivery = await deliver(world, 21)
  const done = insertRows(world.context, delivery)
  // More than one attempt: the first wait is 200 ms, the second 400.
  await sleep(500)
  assert.deepEqual([world.appended, delivery.letters, delivery.shares[0]?.dead], [[], [], 0])
  broken = false
  await done
  assert.equal(stored.length, 21)
  assert.equal(delivery.letters.length, 0)
  assert.deepEqual([delivery.shares[0]?.stored, delivery.shares[0]?.dead], [21, 0])
  const loud = world.lines.filter(({ level }) => level === 'error')
  assert.deepEqual(
    loud.map(({ table, rows }) => [table, rows]),
    [['usage_events', 21]],
  )
  assert.match(String(loud[0]?.['msg']), /the table is at fault/)
})

test('a stop ends the waiting for a table', { timeout: 10_000 }, async t => {
  const world = await createStepWorld(t, refuse)
  const done = insertRows(world.context, await deliver(world, 50))
  const stopped = assert.rejects(done, { code: 'stopping' })
  await sleep(50)
  world.stop()
  await stopped
})

test('each share of several partitions adds up, and one that is a gap covers its offsets', {
  timeout: 10_000,
}, async t => {
  const inserts: string[][] = []
  const world = await createStepWorld(t, async (_table, _columns, rows) => {
    inserts.push(idsIn(rows))
    if (inserts.length === 1) throw new LedgerError('warehouse_unavailable')
    if (idsIn(rows).includes('e-111')) refuse()
  })
  const place = { logId: 'log-1', topic: 'usage' }
  const tombstone = { key: 'k', offset: 7, timestamp: AT, value: new Uint8Array() }
  const delivery = await prepare(world.context, [
    {
      ...place,
      partition: 0,
      first: 5,
      last: 7,
      records: [
        recordOf(world, 5, 100, AT - 2 * HOUR_MS),
        recordOf(world, 6, 101, AT - 2 * HOUR_MS),
        tombstone,
      ],
    },
    {
      ...place,
      partition: 1,
      first: 0,
      last: 1,
      records: [recordOf(world, 0, 110, AT), recordOf(world, 1, 111, AT - HOUR_MS)],
    },
    { ...place, partition: 2, first: 3, last: 9, records: [] },
  ])
  await insertRows(world.context, delivery)
  await insertBatchRow(world.context, delivery)

  const all = ['e-100', 'e-101', 'e-110', 'e-111']
  assert.deepEqual(inserts, [all, all, all.slice(0, 2), all.slice(2), ['e-110'], ['e-111'], ['e-111']])
  const nine = Date.UTC(2026, 10, 24, 9)
  assert.deepEqual(
    delivery.shares.map(({ read, stored, dead, dropped, hours }) => [
      read,
      stored,
      dead,
      dropped,
      [...hours],
    ]),
    [
      [3, 2, 0, 1, [nine - 2 * HOUR_MS]],
      [2, 1, 1, 0, [nine]],
      [0, 0, 0, 0, []],
    ],
  )
  assert.deepEqual(
    world.appended.map(({ key }) => key),
    ['log-1/usage/1/1'],
  )
  assert.deepEqual(world.batchRows[2], {
    kind: 'log',
    log_id: 'log-1',
    topic: 'usage',
    partition: 2,
    first_offset: 3,
    last_offset: 9,
    read: 0,
    stored: 0,
    dead: 0,
    dropped: 0,
    hours: [],
    newest_log_time: '1970-01-01T00:00:00.000Z',
  })
})
