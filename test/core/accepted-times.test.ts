import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkOccurredAt, oldestAccepted } from '#core/accepted-times.ts'

const HOUR_MS = 3_600_000
const now = Date.UTC(2026, 10, 24, 9, 30)
const window = { now, retentionDays: 400 }
const floor = Date.UTC(2025, 9, 20)

test('the floor is the start of the UTC day that is as old as events are kept', () => {
  assert.equal(oldestAccepted(window), floor)
  assert.equal(oldestAccepted({ now: Date.UTC(2026, 10, 24), retentionDays: 1 }), Date.UTC(2026, 10, 23))
})

test('from the floor to an hour ahead is accepted', () => {
  for (const time of [floor, now, now + HOUR_MS]) assert.equal(checkOccurredAt(time, window), undefined)
})

test('below the floor is too old', () => {
  assert.deepEqual(checkOccurredAt(floor - 1, window), {
    code: 'too_old',
    field: 'occurred_at',
    got: '2025-10-19T23:59:59.999Z',
    expected: '2025-10-20T00:00:00.000Z or later',
  })
})

test('more than an hour ahead is in the future', () => {
  assert.deepEqual(checkOccurredAt(now + HOUR_MS + 1, window), {
    code: 'in_future',
    field: 'occurred_at',
    got: '2026-11-24T10:30:00.001Z',
    expected: '2026-11-24T10:30:00.000Z or earlier',
  })
})

test('times that no calendar holds are refused too', () => {
  assert.equal(checkOccurredAt(-9e15, window)?.got, '-9000000000000000 ms')
  assert.equal(checkOccurredAt(9e15, window)?.code, 'in_future')
})

test('what was dropped once stays too old, whatever the retention says later', () => {
  const notBefore = Date.UTC(2026, 9, 1)
  assert.equal(checkOccurredAt(notBefore - 1, { ...window, notBefore })?.code, 'too_old')
  assert.equal(checkOccurredAt(notBefore, { ...window, notBefore }), undefined)
  assert.equal(oldestAccepted({ ...window, notBefore: floor - HOUR_MS }), floor)
})
