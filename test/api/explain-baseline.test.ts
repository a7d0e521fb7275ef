import assert from 'node:assert/strict'
import { test } from 'node:test'
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

test('the day on which clocks are set back has 25 hours, and is compared with 25/24 of the one a week before', () => {
  const { windows, scale } = baselineOf('week', '2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00')
  assert.deepEqual([windows, scale], [[['2026-10-18T00:00:00+02:00', '2026-10-19T00:00:00+02:00']], '25/24'])
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
    words: 'the period before',
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
