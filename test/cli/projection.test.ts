import assert from 'node:assert/strict'
import { test } from 'node:test'
import { projectionStart, projectMonth } from '../../services/cli/projection.ts'

const day = (date: string, cost: string) => ({ time: date, calls: 1, cost_usd: cost, unpriced_calls: 0 })

const project = (days: ReturnType<typeof day>[], now: string, zone = 'UTC') =>
  projectMonth({ soFar: '100', days, zone, now: Date.parse(now) })

test('quiet days count, and those before the last seven do not', () => {
  const days = [
    day('2026-11-01T00:00:00Z', '999'),
    day('2026-11-18T00:00:00Z', '7'),
    day('2026-11-24T00:00:00Z', '50'),
  ]
  // A dollar a day, for 6.5 days.
  assert.equal(project(days, '2026-11-24T12:00:00Z'), '106.500000000000')
})

test('one day of spend is no habit: it is a seventh of the pace, whatever lies before the seven days', () => {
  const yesterday = day('2026-11-23T00:00:00Z', '10')
  const cent = day('2026-11-12T00:00:00Z', '0.01')
  // Seven days are left.
  assert.equal(project([yesterday], '2026-11-24T00:00:00Z'), '110.000000000000')
  assert.equal(project([cent, yesterday], '2026-11-24T00:00:00Z'), '110.000000000000')
})

test('where the seven days hold no call, nothing is said', () => {
  assert.equal(project([], '2026-11-24T12:00:00Z'), undefined)
  assert.equal(project([day('2026-11-24T00:00:00Z', '5')], '2026-11-24T12:00:00Z'), undefined)
  assert.equal(project([day('2026-11-16T00:00:00Z', '5')], '2026-11-24T12:00:00Z'), undefined)
})

test('days are those of the zone, also where one has 25 hours', () => {
  const days = Array.from({ length: 7 }, (_, i) =>
    day(`2026-10-${24 + i}T00:00:00+0${i < 2 ? 2 : 1}:00`, '24'),
  )
  // 168 + 1 hours cost 168 dollars; one day is left.
  const projected = project(days, '2026-10-31T00:00:00+01:00', 'Europe/Berlin')
  assert.equal(projected, '123.857988165680')
  assert.equal(
    new Date(projectionStart('Europe/Berlin', Date.parse('2026-10-30T10:00:00Z'))).toISOString(),
    '2026-10-22T22:00:00.000Z',
  )
})
