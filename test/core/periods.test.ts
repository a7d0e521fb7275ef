import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseInstant, periodOf, previousWindow, QUARTER_MS } from '#core/periods.ts'
import { createZone, formatInstant, type Zone } from '#core/zones.ts'

function zoneOf(name: string): Zone {
  const zone = createZone(name)
  assert.ok(zone, name)
  return zone
}

const NOW = Date.parse('2026-11-24T10:07:30.500Z')
const utc = zoneOf('UTC')

function period(word: string, zone: Zone, now = NOW): [string, string] | undefined {
  const window = periodOf(word, now, zone)
  return window && [formatInstant(window.from, zone), formatInstant(window.to, zone)]
}

describe('periods', () => {
  it('hours and days end with the running quarter-hour', () => {
    assert.deepEqual(period('24h', utc), ['2026-11-23T10:15:00Z', '2026-11-24T10:15:00Z'])
    assert.deepEqual(period('7d', utc), ['2026-11-17T10:15:00Z', '2026-11-24T10:15:00Z'])
    assert.deepEqual(period('1w', utc), period('7d', utc))
  })

  it('an event of this very instant is inside, also on a quarter-hour', () => {
    const now = Date.parse('2026-11-24T10:15:00Z')
    for (const word of ['1h', '7d', 'today', 'month']) {
      const window = periodOf(word, now, utc)
      assert.ok(window && window.from <= now && now < window.to, word)
    }
  })

  it('today and months are those of the zone', () => {
    const zone = zoneOf('Pacific/Apia')
    assert.deepEqual(period('today', zone), ['2026-11-24T00:00:00+13:00', '2026-11-24T23:15:00+13:00'])
    assert.deepEqual(period('yesterday', zone), ['2026-11-23T00:00:00+13:00', '2026-11-24T00:00:00+13:00'])
    assert.deepEqual(period('month', zone), ['2026-11-01T00:00:00+13:00', '2026-11-24T23:15:00+13:00'])
    assert.deepEqual(period('last-month', zone), ['2026-10-01T00:00:00+13:00', '2026-11-01T00:00:00+13:00'])
  })

  it('yesterday has as many hours as its clocks showed', () => {
    const zone = zoneOf('America/New_York')
    const now = Date.parse('2026-11-02T15:00:00Z')
    assert.deepEqual(period('yesterday', zone, now), [
      '2026-11-01T00:00:00-04:00',
      '2026-11-02T00:00:00-05:00',
    ])
  })

  it('other words name nothing', () => {
    for (const word of ['', 'd', '0d', '-7d', '7', '7m', 'Today', '999999h', '2026-11-24', 'tomorrow']) {
      assert.equal(periodOf(word, NOW, utc), undefined, word)
    }
  })

  it('a date is the start of its day, a time without offset is the zone’s', () => {
    const zone = zoneOf('Asia/Kathmandu')
    const at = (text: string) => {
      const ms = parseInstant(text, zone)
      return ms === undefined ? undefined : new Date(ms).toISOString()
    }
    assert.equal(at('2026-11-24'), '2026-11-23T18:15:00.000Z')
    assert.equal(at('2026-11-24T10:00'), '2026-11-24T04:15:00.000Z')
    assert.equal(at('2026-11-24T10:00:00.25Z'), '2026-11-24T10:00:00.250Z')
    assert.equal(at('2026-11-24T10:00:00-05:00'), '2026-11-24T15:00:00.000Z')
    assert.equal(at('2026-11-24T10:00:00 05:45'), '2026-11-24T04:15:00.000Z')
    assert.equal(at('2026-11-24 10:00:00+0545'), '2026-11-24T04:15:00.000Z')
  })

  it('what is no time is refused', () => {
    for (const text of [
      '',
      '2026',
      '2026-13-01',
      '2026-02-30',
      '2026-11-24T25:00:00Z',
      '2026-11-24T10:60:00Z',
      '24.11.2026',
      "2026-11-24' OR 1",
    ]) {
      assert.equal(parseInstant(text, utc), undefined, text)
    }
  })

  it('what formatInstant writes is read back', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/New_York', 'Australia/Lord_Howe'),
        fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2038, 0, 1) }),
        (name, ms) => assert.equal(parseInstant(formatInstant(ms, zoneOf(name)), utc), ms),
      ),
    )
  })

  const previous = (from: string, to: string, zone: Zone): [string, string] => {
    const before = previousWindow(
      { from: parseInstant(from, zone) ?? 0, to: parseInstant(to, zone) ?? 0 },
      zone,
    )
    return [formatInstant(before.from, zone), formatInstant(before.to, zone)]
  }

  it('whole months are compared with whole months', () => {
    const zone = zoneOf('America/New_York')
    assert.deepEqual(previous('2026-03-01', '2026-04-01', zone), [
      '2026-02-01T00:00:00-05:00',
      '2026-03-01T00:00:00-05:00',
    ])
    assert.deepEqual(previous('2026-01-01', '2026-04-01', zone), [
      '2025-10-01T00:00:00-04:00',
      '2026-01-01T00:00:00-05:00',
    ])
  })

  it('whole days are compared with whole days, also around a clock change', () => {
    const zone = zoneOf('America/New_York')
    assert.deepEqual(previous('2026-11-02', '2026-11-09', zone), [
      '2026-10-26T00:00:00-04:00',
      '2026-11-02T00:00:00-05:00',
    ])
  })

  it('days that are no whole month are compared with as many days', () => {
    assert.deepEqual(previous('2026-11-01', '2026-11-24', utc), [
      '2026-10-09T00:00:00Z',
      '2026-11-01T00:00:00Z',
    ])
  })

  it('a day that has begun is compared with the day before up to the same time of day', () => {
    assert.deepEqual(previous('2026-11-24', '2026-11-24T10:15:00Z', utc), [
      '2026-11-23T00:00:00Z',
      '2026-11-23T10:15:00Z',
    ])
    const zone = zoneOf('America/New_York')
    // The clocks went back on the day before.
    assert.deepEqual(previous('2026-11-02', '2026-11-02T10:15', zone), [
      '2026-11-01T00:00:00-04:00',
      '2026-11-01T10:15:00-05:00',
    ])
  })

  it('a month that has begun is compared with the month before up to the same day and time', () => {
    assert.deepEqual(previous('2026-11-01', '2026-11-24T10:15:00Z', utc), [
      '2026-10-01T00:00:00Z',
      '2026-10-24T10:15:00Z',
    ])
    assert.deepEqual(previous('2026-03-01', '2026-03-30T10:15:00Z', utc), [
      '2026-02-01T00:00:00Z',
      '2026-03-01T00:00:00Z',
    ])
  })

  it('anything else is compared with the same length of time', () => {
    assert.deepEqual(previous('2026-11-23T10:15:00Z', '2026-11-24T10:15:00Z', utc), [
      '2026-11-22T10:15:00Z',
      '2026-11-23T10:15:00Z',
    ])
  })

  it('the window before is not empty and does not reach into the window', () => {
    const zones = ['Asia/Kolkata', 'America/New_York', 'Australia/Lord_Howe']
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.nat({ max: 50_000 }),
        fc.integer({ min: 1, max: 5_000 }),
        (name, start, length) => {
          const from = Date.UTC(2026, 0, 1) + start * QUARTER_MS
          const before = previousWindow({ from, to: from + length * QUARTER_MS }, zoneOf(name))
          assert.ok(before.from < before.to && before.to <= from)
        },
      ),
    )
  })
})
