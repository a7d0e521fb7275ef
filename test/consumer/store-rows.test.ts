// Rows that cannot even be written say nothing about the table.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { storeRows } from '../../services/consumer/store-rows.ts'
import { createStepWorld } from './context.ts'

test('rows that cannot be written at all are refused however many they are: the table has not seen them', {
  timeout: 10_000,
}, async t => {
  const { context } = await createStepWorld(t, async () => undefined)
  const target = {
    what: 'insert rows',
    table: 'usage_events',
    columns: [],
    settings: {},
    encode: (entries: readonly number[]) => {
      if (entries.some(Number.isNaN)) throw new RangeError('no column can hold it')
      return Buffer.from(entries)
    },
  }
  const settled = await storeRows(
    context,
    target,
    Array.from({ length: 30 }, () => Number.NaN),
  )
  assert.deepEqual([settled.stored.length, settled.refused.length], [0, 30])
  assert.ok(settled.refused.every(({ error }) => error.code === 'row_refused'))
})
