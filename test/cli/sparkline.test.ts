import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bucketStarts, unitFor } from '../../services/cli/buckets.ts'
import { sparkline } from '../../services/cli/sparkline.ts'

test('the largest is full, half of it half, and what is there at all shows', () => {
  assert.equal(sparkline(['8', '4', '0.001', '0', undefined, '1'], 10), '█▄▁  ▁')
  assert.equal(sparkline([], 10), '')
  assert.equal(sparkline(['0', undefined], 10), '  ')
})

test('too many buckets share one by their mean, and the oldest one may hold fewer', () => {
  assert.equal(sparkline(['8', '4', '4', '2', '6'], 3), '█▄▄')
  const many = Array.from({ length: 100 }, () => '1')
  assert.equal(sparkline(many, 31), '█'.repeat(25))
})

const window = (from: string, to: string, tz = 'UTC') =>
  ({ from, to, tz }) as Parameters<typeof bucketStarts>[0]

test('every bucket of the window is on the axis, days of the zone, up to now', () => {
  const berlin = window('2026-10-24T00:00:00+02:00', '2026-10-28T00:00:00+01:00', 'Europe/Berlin')
  const now = Date.parse('2026-10-26T12:00:00Z')
  assert.deepEqual(
    bucketStarts(berlin, 'day', now).map(at => new Date(at).toISOString()),
    ['2026-10-23T22:00:00.000Z', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
  )
})

test('the unit follows the length of the window', () => {
  const units = { '2026-11-02': 'hour', '2026-12-01': 'day', '2027-06-01': 'week', '2030-01-01': 'month' }
  for (const [to, unit] of Object.entries(units)) assert.equal(unitFor(window('2026-11-01', to)), unit, to)
})
