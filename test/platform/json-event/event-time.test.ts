import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readTime } from '#platform/json-event/event-time.ts'

const read = (value: string | number) => readTime('occurred_at', value)

const refusalOf = (value: string | number) => {
  const time = read(value)
  return typeof time === 'object' ? time : assert.fail(`${value} was read as ${time}`)
}

test('reads ISO 8601 with Z or an offset', () => {
  const instant = Date.UTC(2026, 10, 24, 9, 30, 5, 120)
  for (const text of [
    '2026-11-24T09:30:05.120Z',
    '2026-11-24T09:30:05.12Z',
    '2026-11-24t09:30:05.120999999z',
    '2026-11-24T11:30:05.120+02:00',
    '2026-11-24T23:30:05.120+14:00',
    '2026-11-24T04:00:05.120-05:30',
    '2026-11-24T09:30:05.120+0000',
  ]) {
    assert.equal(read(text), instant, text)
  }
})

test('reads what toISOString writes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: Date.UTC(9999, 11, 31) }), ms => {
      assert.equal(read(new Date(ms).toISOString()), ms)
    }),
  )
})

test('knows leap years', () => {
  assert.equal(read('2028-02-29T00:00:00Z'), Date.UTC(2028, 1, 29))
  assert.equal(refusalOf('2026-02-29T00:00:00Z').expected, 'a day of the calendar')
})

test('refuses what is no day, no time and no offset', () => {
  for (const [text, expected] of [
    ['2026-02-30T00:00:00Z', 'a day of the calendar'],
    ['2026-00-10T00:00:00Z', 'a day of the calendar'],
    ['2026-13-01T00:00:00Z', 'a day of the calendar'],
    ['2026-01-00T00:00:00Z', 'a day of the calendar'],
    ['2026-01-01T24:00:00Z', 'a time of the day'],
    ['2026-01-01T00:60:00Z', 'a time of the day'],
    ['2026-01-01T00:00:61Z', 'a time of the day'],
    ['2026-06-30T23:59:60Z', 'seconds below 60: leap seconds have no place in Unix time'],
    ['2026-01-01T00:00:00+24:00', 'an offset below 24 hours'],
  ] as const) {
    assert.deepEqual(refusalOf(text), {
      code: 'out_of_range',
      field: 'occurred_at',
      got: JSON.stringify(text),
      expected,
    })
  }
})

test('refuses texts that do not say which instant they are', () => {
  for (const text of [
    '',
    'now',
    '2026-11-24',
    '2026-11-24T09:30:05',
    '2026-11-24 09:30:05Z',
    '1795000000000',
  ]) {
    assert.equal(refusalOf(text).code, 'wrong_type', text)
  }
})

test('reads milliseconds since 1970', () => {
  assert.equal(read(1_795_000_000_123), 1_795_000_000_123)
})

test('names the unit of a number that is not milliseconds', () => {
  const unit = (value: number) => refusalOf(value).expected
  assert.equal(unit(1_795_000_000), 'milliseconds since 1970, not seconds')
  assert.equal(unit(1_795_000_000.25), 'milliseconds since 1970, not seconds')
  assert.equal(unit(1_795_000_000_123_456), 'milliseconds since 1970, not microseconds')
  assert.equal(unit(1.795e18), 'milliseconds since 1970, not nanoseconds')
  assert.equal(unit(1_795_000_000_123.5), 'whole milliseconds since 1970')
  assert.equal(unit(0), 'milliseconds since 1970')
  assert.equal(unit(-1000), 'milliseconds since 1970')
})
