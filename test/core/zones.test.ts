import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  CALENDAR_UNITS,
  type CalendarUnit,
  createZone,
  formatInstant,
  instantOf,
  nextStart,
  startOf,
  type Zone,
} from '#core/zones.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

function zoneOf(name: string): Zone {
  const zone = createZone(name)
  assert.ok(zone, name)
  return zone
}

const ZONES = [
  'UTC',
  'America/New_York',
  'America/Sao_Paulo',
  'America/St_Johns',
  'America/Havana',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Asia/Beirut',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Europe/London',
  'Pacific/Apia',
  'Pacific/Chatham',
]

const anyZone = fc.constantFrom(...ZONES)
const anyUnit = fc.constantFrom(...CALENDAR_UNITS)
const anyInstant = fc.integer({ min: Date.UTC(2000, 0, 2), max: Date.UTC(2038, 0, 1) })

/** A second way to the clock: what a person would read, from Intl's own parts. */
function clockReader(name: string): (ms: number) => Date {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
  return ms => {
    const part = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]))
    return new Date(
      Date.UTC(
        part['year'] ?? 0,
        (part['month'] ?? 1) - 1,
        part['day'],
        part['hour'],
        part['minute'],
        part['second'],
      ),
    )
  }
}

/** The day, week or month that a clock shows, as a number that grows. */
function label(unit: Exclude<CalendarUnit, 'hour'>, clock: Date): number {
  const day = Math.floor(clock.getTime() / DAY)
  if (unit === 'day') return day
  if (unit === 'week') return Math.floor((day + 3) / 7)
  return clock.getUTCFullYear() * 12 + clock.getUTCMonth()
}

describe('zones', () => {
  it('an instant lies between its start and the next one, and every start is its own', () => {
    fc.assert(
      fc.property(anyZone, anyUnit, anyInstant, (name, unit, ms) => {
        const zone = zoneOf(name)
        const [start, next] = [startOf(unit, ms, zone), nextStart(unit, ms, zone)]
        assert.ok(start <= ms && ms < next, `${start} ${ms} ${next}`)
        assert.equal(startOf(unit, start, zone), start)
        assert.equal(startOf(unit, next - 1, zone), start)
        assert.equal(startOf(unit, next, zone), next)
        assert.equal(nextStart(unit, start, zone), next)
      }),
      { numRuns: 2_000 },
    )
  })

  it('days, weeks and months hold exactly the instants at which the clocks show them', () => {
    fc.assert(
      fc.property(
        anyZone.filter(name => name !== 'America/St_Johns'),
        fc.constantFrom('day' as const, 'week' as const, 'month' as const),
        anyInstant,
        (name, unit, ms) => {
          const [zone, read] = [zoneOf(name), clockReader(name)]
          const [start, next] = [startOf(unit, ms, zone), nextStart(unit, ms, zone)]
          const shown = label(unit, read(ms))
          assert.equal(label(unit, read(start)), shown)
          assert.ok(label(unit, read(start - 1)) < shown)
          assert.equal(label(unit, read(next - 1)), shown)
          assert.ok(label(unit, read(next)) > shown)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('every zone has its starts on quarter-hours', () => {
    const zones = Intl.supportedValuesOf('timeZone')
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        anyUnit,
        fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2030, 0, 1) }),
        (name, unit, ms) => {
          assert.equal(startOf(unit, ms, zoneOf(name)) % (15 * MINUTE), 0)
        },
      ),
      { numRuns: 500 },
    )
  })

  const hours = (name: string, from: string, count: number): string[] => {
    const zone = zoneOf(name)
    const starts = [startOf('hour', Date.parse(from), zone)]
    while (starts.length < count) starts.push(nextStart('hour', starts.at(-1) ?? 0, zone))
    return starts.map(ms => formatInstant(ms, zone))
  }

  it('an hour that the clocks show twice is two hours', () => {
    assert.deepEqual(hours('America/New_York', '2026-11-01T04:30:00Z', 4), [
      '2026-11-01T00:00:00-04:00',
      '2026-11-01T01:00:00-04:00',
      '2026-11-01T01:00:00-05:00',
      '2026-11-01T02:00:00-05:00',
    ])
  })

  it('where clocks change by thirty minutes, an hour is longer or shorter and none is lost', () => {
    assert.deepEqual(hours('Australia/Lord_Howe', '2026-04-04T14:10:00Z', 3), [
      '2026-04-05T01:00:00+11:00',
      '2026-04-05T02:00:00+10:30',
      '2026-04-05T03:00:00+10:30',
    ])
    assert.deepEqual(hours('Australia/Lord_Howe', '2026-10-03T14:40:00Z', 3), [
      '2026-10-04T01:00:00+10:30',
      '2026-10-04T02:30:00+11:00',
      '2026-10-04T03:00:00+11:00',
    ])
  })

  const days = (name: string, from: string, count: number): [string, number][] => {
    const zone = zoneOf(name)
    let start = startOf('day', Date.parse(from), zone)
    return Array.from({ length: count }, () => {
      const next = nextStart('day', start, zone)
      const day: [string, number] = [formatInstant(start, zone), (next - start) / HOUR]
      start = next
      return day
    })
  }

  it('days around a clock change have 23 or 25 hours', () => {
    assert.deepEqual(days('America/New_York', '2026-03-08T12:00:00Z', 2), [
      ['2026-03-08T00:00:00-05:00', 23],
      ['2026-03-09T00:00:00-04:00', 24],
    ])
    assert.deepEqual(days('America/New_York', '2026-11-01T12:00:00Z', 1), [['2026-11-01T00:00:00-04:00', 25]])
    assert.deepEqual(days('Australia/Lord_Howe', '2026-04-05T12:00:00Z', 1), [
      ['2026-04-05T00:00:00+11:00', 24.5],
    ])
  })

  it('a day without midnight begins when the clocks jump over it', () => {
    assert.deepEqual(days('America/Sao_Paulo', '2018-11-04T12:00:00Z', 2), [
      ['2018-11-04T01:00:00-02:00', 23],
      ['2018-11-05T00:00:00-02:00', 24],
    ])
  })

  it('Samoa had no 30 December 2011', () => {
    assert.deepEqual(days('Pacific/Apia', '2011-12-29T12:00:00Z', 3), [
      ['2011-12-29T00:00:00-10:00', 24],
      ['2011-12-31T00:00:00+14:00', 24],
      ['2012-01-01T00:00:00+14:00', 24],
    ])
  })

  it('a day has begun at its first midnight, even where clocks go back over it', () => {
    // Newfoundland changed at 00:01 until 2011.
    assert.deepEqual(days('America/St_Johns', '2010-11-06T12:00:00Z', 2), [
      ['2010-11-06T00:00:00-02:30', 24],
      ['2010-11-07T00:00:00-02:30', 25],
    ])
    const [zone, shows6November] = [zoneOf('America/St_Johns'), Date.parse('2010-11-07T02:45:00Z')]
    assert.equal(formatInstant(shows6November, zone), '2010-11-06T23:15:00-03:30')
    assert.equal(formatInstant(startOf('day', shows6November, zone), zone), '2010-11-07T00:00:00-02:30')
  })

  it('weeks begin on Monday, months on the first, in the zone', () => {
    const zone = zoneOf('Asia/Kathmandu')
    const ms = Date.parse('2026-11-24T10:00:00Z')
    assert.equal(formatInstant(startOf('week', ms, zone), zone), '2026-11-23T00:00:00+05:45')
    assert.equal(formatInstant(startOf('month', ms, zone), zone), '2026-11-01T00:00:00+05:45')
    assert.equal(formatInstant(nextStart('month', ms, zone), zone), '2026-12-01T00:00:00+05:45')
  })

  it('instants are written with the offset of their zone and read back as the same', () => {
    fc.assert(
      fc.property(anyZone, anyInstant, (name, ms) => {
        assert.equal(Date.parse(formatInstant(ms, zoneOf(name))), ms)
      }),
    )
    assert.equal(
      formatInstant(Date.parse('2026-11-23T18:15:00Z'), zoneOf('Asia/Kathmandu')),
      '2026-11-24T00:00:00+05:45',
    )
    assert.equal(formatInstant(5, zoneOf('UTC')), '1970-01-01T00:00:00.005Z')
    assert.equal(
      formatInstant(Date.parse('2026-07-01T00:00:00Z'), zoneOf('America/St_Johns')),
      '2026-06-30T21:30:00-02:30',
    )
  })

  it('a clock reading is the earlier of two instants, or counts on over a gap', () => {
    const zone = zoneOf('America/New_York')
    const at = (clock: string) => formatInstant(instantOf(Date.parse(`${clock}Z`), zone), zone)
    assert.equal(at('2026-11-01T01:30:00'), '2026-11-01T01:30:00-04:00')
    assert.equal(at('2026-03-08T02:30:00'), '2026-03-08T03:30:00-04:00')
    assert.equal(at('2026-06-01T12:00:00'), '2026-06-01T12:00:00-04:00')
  })

  it('an unknown zone is none', () => {
    for (const name of ['Mars/Olympus', '', '+05:30', "UTC'"]) assert.equal(createZone(name), undefined, name)
  })
})
