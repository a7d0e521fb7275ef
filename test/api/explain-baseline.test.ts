import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatFraction } from '#core/money-fraction.ts'
import { createZone, formatInstant } from '#core/zones.ts'
import { reachedBaseline, readBaseline } from '../../services/api/explain/baseline.ts'
import { readExplainQuery } from '../../services/api/explain/question.ts'
import {
  compileCarriers,
  compileModels,
  dimensions,
  modelSource,
} from '../../services/api/explain/statements.ts'
import { EVENTS } from '../../services/api/query/sources.ts'

const berlin = createZone('Europe/Berlin')
assert.ok(berlin)
const zone = berlin

const NOW = Date.parse('2026-11-24T10:20:00Z')

const asked = (from: string, to: string) => ({ window: { from: Date.parse(from), to: Date.parse(to) }, zone })

function baselineOf(name: string, from: string, to: string) {
  const { windows, scale, words } = readBaseline(name, asked(from, to))
  return {
    windows: windows.map(window => [window.from, window.to].map(ms => formatInstant(ms, zone))),
    scale: formatFraction(scale),
    words,
  }
}

const question = (query: Record<string, string | string[]>) =>
  readExplainQuery(query, { now: NOW, defaultZone: 'UTC' })

test('without times it is the last 24 whole hours; with an end alone, the 24 before it', () => {
  const hours = (query: Record<string, string>) => {
    const { window } = question(query)
    return [new Date(window.from).toISOString(), new Date(window.to).toISOString()]
  }
  assert.deepEqual(hours({}), ['2026-11-23T10:00:00.000Z', '2026-11-24T10:00:00.000Z'])
  assert.deepEqual(hours({ to: '2026-11-20T07:30:00Z' }), [
    '2026-11-19T07:30:00.000Z',
    '2026-11-20T07:30:00.000Z',
  ])
  assert.deepEqual(hours({ from: '2h' }), ['2026-11-24T08:30:00.000Z', '2026-11-24T10:30:00.000Z'])
})

test('a week before is the same time on the clock, also across a change of the clocks', () => {
  assert.deepEqual(baselineOf('week', '2026-10-26T10:00:00+01:00', '2026-10-26T16:00:00+01:00'), {
    windows: [['2026-10-19T10:00:00+02:00', '2026-10-19T16:00:00+02:00']],
    scale: '1',
    words: 'the same time one week before',
  })
})

test('the day on which clocks are set back has 25 hours, and so has what it is compared with a week before', () => {
  const { windows, scale } = baselineOf('week', '2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00')
  assert.deepEqual([windows, scale], [[['2026-10-18T00:00:00+02:00', '2026-10-19T01:00:00+02:00']], '1'])
})

test('a window that the clocks jumped over a week before was compared with nothing, or with less', () => {
  for (const from of ['2026-04-05T02:00:00+02:00', '2026-04-05T02:30:00+02:00']) {
    for (const name of ['week', '4w']) {
      const { windows, scale } = readBaseline(name, asked(from, '2026-04-05T03:00:00+02:00'))
      assert.equal(formatFraction(scale), name === 'week' ? '1' : '1/4')
      const length = Date.parse('2026-04-05T03:00:00+02:00') - Date.parse(from)
      for (const { from: start, to } of windows) assert.equal(to - start, length)
    }
  }
  assert.deepEqual(baselineOf('week', '2026-04-05T02:00:00+02:00', '2026-04-05T03:00:00+02:00').windows, [
    ['2026-03-29T03:00:00+02:00', '2026-03-29T04:00:00+02:00'],
  ])
})

test('a week of 168 hours across spring overlapped the week that it was compared with', () => {
  assert.deepEqual(baselineOf('week', '2026-03-28T12:00:00+01:00', '2026-04-04T13:00:00+02:00'), {
    windows: [['2026-03-21T12:00:00+01:00', '2026-03-28T12:00:00+01:00']],
    scale: '1',
    words: 'the same time one week before',
  })
  // The week before it has an hour less.
  const { windows, scale } = baselineOf('week', '2026-03-30T00:00:00+02:00', '2026-04-06T00:00:00+02:00')
  assert.deepEqual(
    [windows, scale],
    [[['2026-03-23T00:00:00+01:00', '2026-03-30T00:00:00+02:00']], '168/167'],
  )
})

test('weeks before overlap neither each other nor the window, whenever clocks are changed', () => {
  const start = Date.parse('2026-03-01T00:00:00Z')
  fc.assert(
    fc.property(fc.nat(300 * 24 * 4), fc.integer({ min: 1, max: 7 * 24 * 4 }), (first, quarters) => {
      const window = { from: start + first * 900_000, to: start + (first + quarters) * 900_000 }
      const { windows, scale } = readBaseline('4w', { window, zone })
      let next = window.from
      for (const { from, to } of windows) {
        assert.ok(from < to && to <= next)
        next = from
      }
      const whole = windows.every(({ from, to }) => to - from === window.to - window.from)
      if (whole) assert.equal(formatFraction(scale), '1/4')
    }),
    { numRuns: 200 },
  )
})

test('words for previous told of the hours before where the windows were the same hours of another day', () => {
  const words = (from: string, to: string) => baselineOf('previous', from, to).words
  const midnight = '2026-11-24T00:00:00+01:00'
  assert.equal(words(midnight, '2026-11-24T10:00:00+01:00'), 'the same time the day before')
  assert.equal(
    words('2026-11-01T00:00:00+01:00', '2026-11-23T10:30:00+01:00'),
    'the same time the month before',
  )
  assert.equal(words('2026-11-24T02:00:00+01:00', '2026-11-24T12:00:00+01:00'), 'the 10 hours before')
  assert.equal(words('2026-11-23T00:00:00+01:00', midnight), 'the day before')
  assert.equal(words('2026-11-17T00:00:00+01:00', midnight), 'the week before')
  assert.equal(words('2026-11-21T00:00:00+01:00', midnight), 'the 3 days before')
  assert.equal(words('2026-11-24T09:00:00+01:00', '2026-11-24T10:00:00+01:00'), 'the hour before')
  assert.equal(words('2026-11-24T09:00:00+01:00', '2026-11-24T09:20:00+01:00'), 'the period before')
  // 25 hours, and a February that is shorter than the part of March that has passed.
  assert.equal(words('2026-10-26T00:00:00+01:00', '2026-10-27T00:00:00+01:00'), 'the day before')
  assert.equal(words('2026-03-01T00:00:00+01:00', '2026-03-30T10:00:00+02:00'), 'the month before')
})

test('a window with an end in the future was compared whole: it ends now, and its baseline with it', () => {
  const { window, baseline } = question({ from: '2026-11-24', to: '2026-11-25' })
  const iso = ({ from, to }: { from: number; to: number }) => [from, to].map(ms => new Date(ms).toISOString())
  assert.deepEqual(iso(window), ['2026-11-24T00:00:00.000Z', '2026-11-24T10:30:00.000Z'])
  assert.deepEqual(baseline.windows.map(iso), [['2026-11-23T00:00:00.000Z', '2026-11-23T10:30:00.000Z']])
  assert.deepEqual(iso(question({ to: '2026-11-30' }).window), [
    '2026-11-23T10:30:00.000Z',
    '2026-11-24T10:30:00.000Z',
  ])
  assert.throws(() => question({ from: '2026-11-25', to: '2026-11-26' }), /is in the future/)
})

test('four weeks are a mean, and those that the ledger has not are left out', () => {
  const window = asked('2026-11-23T00:00:00+01:00', '2026-11-24T00:00:00+01:00')
  const baseline = readBaseline('4w', window)
  assert.deepEqual([baseline.windows.length, formatFraction(baseline.scale)], [4, '1/4'])
  const some = reachedBaseline(baseline, window.window, [true, true, true, false])
  assert.deepEqual(
    [some.complete, some.baseline.windows.length, formatFraction(some.baseline.scale)],
    [false, 3, '1/3'],
  )
  const none = reachedBaseline(baseline, window.window, [false, false, false, false])
  assert.deepEqual([none.complete, none.baseline.windows.length], [false, 4])
})

test('an interval of dates is read in the zone and scaled to the length of the window', () => {
  assert.deepEqual(
    baselineOf('2026-11-01/2026-11-08', '2026-11-23T00:00:00+01:00', '2026-11-24T00:00:00+01:00'),
    {
      windows: [['2026-11-01T00:00:00+01:00', '2026-11-08T00:00:00+01:00']],
      scale: '1/7',
      words: '2026-11-01T00:00:00+01:00 to 2026-11-08T00:00:00+01:00',
    },
  )
})

test('whole months are compared as they are, however long', () => {
  assert.deepEqual(baselineOf('previous', '2026-11-01T00:00:00+01:00', '2026-12-01T00:00:00+01:00'), {
    windows: [['2026-10-01T00:00:00+02:00', '2026-11-01T00:00:00+01:00']],
    scale: '1',
    words: 'the month before',
  })
})

test('the cheapest view that tells models is taken, and providers where it can tell them', () => {
  const taken = (query: Record<string, string>) => {
    const { source, keys } = modelSource(question(query))
    return [source.name, keys.map(({ name }) => name).join()]
  }
  assert.deepEqual(taken({ feature: 'a', release: 'b' }), ['rollup by feature', 'provider,model'])
  assert.deepEqual(taken({ user_id: 'a', feature: 'b' }), ['rollup by user', 'model'])
  assert.deepEqual(taken({ user_id: 'a', release: 'b' }), ['events', 'provider,model'])
  assert.deepEqual(taken({ to: '2026-11-20T07:31:00Z' }), ['events', 'provider,model'])
})

test('nothing that was sent is in the text of a statement', () => {
  const evil = "x') OR 1=1 --"
  const query = question({ feature: evil, [`tag.${evil}`]: evil, session_id: [evil, '\\'] })
  const { keys } = modelSource(query)
  const statements = [
    compileModels(query, EVENTS, keys),
    ...dimensions(['user_id', `tag.${evil}`]).map(dimension => compileCarriers(query, EVENTS, dimension)),
  ]
  for (const { sql, params } of statements) {
    assert.ok(!sql.includes('1=1'), sql)
    assert.ok(Object.values(params).flat().includes(evil))
  }
})
