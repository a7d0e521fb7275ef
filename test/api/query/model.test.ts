import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LedgerError } from '#core/errors.ts'
import { createZone, formatInstant } from '#core/zones.ts'
import { bucketStarts, MAX_BUCKETS } from '../../../services/api/query/buckets.ts'
import { encodeCursor, readCursor } from '../../../services/api/query/cursor.ts'
import { readEventQuery } from '../../../services/api/query/events.ts'
import { readCostQuery } from '../../../services/api/query/model.ts'
import { COST_MEASURES } from '../../../services/api/query/sources.ts'
import { NOW, parameters, question } from './questions.ts'

const refused = (text: string, kind: 'costs' | 'timeseries', message: RegExp): void =>
  assert.throws(
    () => question(text, kind),
    error => error instanceof LedgerError && error.code === 'bad_query' && message.test(error.message),
    text,
  )

const windowOf = (text: string): [string, string] => {
  const { window, zone } = question(text)
  return [formatInstant(window.from, zone), formatInstant(window.to, zone)]
}

describe('questions about costs', () => {
  it('without a window ask for the last 30 days', () => {
    assert.deepEqual(windowOf(''), ['2026-10-25T10:15:00Z', '2026-11-24T10:15:00Z'])
    assert.deepEqual(windowOf('to=2026-11-01'), ['2026-10-02T00:00:00Z', '2026-11-01T00:00:00Z'])
  })

  it('a period brings its own end; as an end it stands for its start', () => {
    assert.deepEqual(windowOf('from=last-month'), ['2026-10-01T00:00:00Z', '2026-11-01T00:00:00Z'])
    assert.deepEqual(windowOf('from=last-month&to=today'), ['2026-10-01T00:00:00Z', '2026-11-24T00:00:00Z'])
    assert.deepEqual(windowOf('from=2026-11-23&tz=Asia/Kathmandu'), [
      '2026-11-23T00:00:00+05:45',
      '2026-11-24T16:00:00+05:45',
    ])
  })

  it('group by several dimensions, each once', () => {
    const names = (text: string) => question(text).groupBy.map(({ name }) => name)
    assert.deepEqual(names('group_by=feature, model,feature,tag.a'), ['feature', 'model', 'tag.a'])
    assert.deepEqual(names('group_by=feature&group_by=team'), ['feature', 'team'])
    assert.deepEqual(names('group_by='), [])
  })

  it('a filter may have several values, and the empty one', () => {
    const { filters } = question('feature=&team=a&team=b,c')
    assert.deepEqual(
      filters.map(({ dimension, values }) => [dimension.name, values]),
      [
        ['feature', ['']],
        ['team', ['a', 'b,c']],
      ],
    )
  })

  it('begin with the dearest, a timeseries with the earliest', () => {
    assert.deepEqual(question('').order, { by: 'cost_usd', descending: true })
    assert.deepEqual(question('order=cost_usd:asc').order, { by: 'cost_usd', descending: false })
    assert.deepEqual(question('group_by=feature&order=feature').order, { by: 'feature', descending: false })
    assert.deepEqual(question('', 'timeseries').order, { by: 'time', descending: false })
    assert.deepEqual(question('', 'coverage').order, { by: 'unpriced', descending: true })
  })

  it('are refused with the parameter, what came and what was expected', () => {
    refused('user=u1', 'costs', /no parameter "user"; did you mean user_segment or user_id\?/)
    refused('featrue=a', 'costs', /did you mean feature\?/)
    refused('granularity=day', 'costs', /no parameter "granularity"/)
    refused('group_by=nonsense', 'costs', /no dimension "nonsense"; there are feature, team,/)
    refused('group_by=feature`', 'costs', /no dimension "feature`"; did you mean feature\?/)
    refused('from=yesterday', 'costs', /from is "yesterday", expected 24h, 7d/)
    refused('from=2026-11-24&to=2026-11-24', 'costs', /is not before to/)
    refused('from=1926-11-24', 'costs', /expected a time from 2000 to 2099/)
    refused('tz=Mars/Olympus', 'costs', /tz is "Mars\/Olympus", expected a time zone/)
    refused('limit=0', 'costs', /limit is "0", expected a whole number from 1 to 10000/)
    refused('limit=-1', 'costs', /expected a whole number/)
    refused('limit=1e3', 'costs', /expected a whole number/)
    refused('limit=1000000000', 'costs', /expected a whole number/)
    refused('limit=1&limit=2', 'costs', /expected one value/)
    refused('compare=last', 'costs', /expected one of previous, none/)
    refused('order=feature', 'costs', /order is "feature", expected calls/)
    refused('order=change', 'costs', /order is "change"/)
    refused('order=cost_usd:up', 'costs', /order is "cost_usd:up"/)
    refused('batch=yes', 'costs', /batch is "yes", expected true or false/)
    refused('attempt=first', 'costs', /attempt is "first", expected a whole number/)
    refused('tag.=x', 'costs', /no parameter "tag\."/)
    refused('granularity=minute', 'timeseries', /expected one of hour, day, week, month/)
    refused('granularity=hour&from=2020-01-01', 'timeseries', /choose a coarser granularity/)
  })

  it('no query makes reading it fail otherwise', () => {
    const name = fc.oneof(
      fc.constantFrom(
        'group_by',
        'from',
        'to',
        'tz',
        'order',
        'limit',
        'compare',
        'feature',
        'tag.x',
        'batch',
      ),
      fc.string(),
    )
    fc.assert(
      fc.property(
        fc.dictionary(name, fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 1, maxLength: 3 }))),
        query => {
          try {
            readCostQuery(query, { measures: COST_MEASURES, series: true, now: NOW, defaultZone: 'UTC' })
          } catch (error) {
            assert.ok(error instanceof LedgerError && error.code === 'bad_query', String(error))
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('buckets', () => {
  const zone = createZone('America/New_York')
  assert.ok(zone)

  it('begin before a window that begins inside of one', () => {
    const from = Date.parse('2026-11-01T12:00:00Z')
    const starts = bucketStarts({ from, to: from + 48 * 3_600_000 }, 'day', zone)
    assert.deepEqual(
      starts.map(ms => formatInstant(ms, zone)),
      ['2026-11-01T00:00:00-04:00', '2026-11-02T00:00:00-05:00', '2026-11-03T00:00:00-05:00'],
    )
  })

  it('a year of hours fits', () => {
    const from = Date.parse('2026-01-01T05:00:00Z')
    const starts = bucketStarts({ from, to: from + 366 * 86_400_000 }, 'hour', zone)
    assert.equal(starts.length, 366 * 24)
    assert.ok(starts.length < MAX_BUCKETS)
  })
})

describe('cursors', () => {
  it('are read back as what they were made of', () => {
    fc.assert(
      fc.property(fc.string(), id => {
        const position = { order: 'top', value: '0.000000000001', id }
        assert.deepEqual(readCursor({ cursor: encodeCursor(position) }, 'top'), position)
      }),
    )
  })

  it('are refused when tampered with, or when they are of another order', () => {
    const other = encodeCursor({ order: 'newest', value: '2026-11-24 10:00:00.000', id: 'e' })
    const tampered = [
      '',
      'x',
      '!!',
      other,
      Buffer.from('["top","1); DROP TABLE x","e"]').toString('base64url'),
      Buffer.from('["top","1"]').toString('base64url'),
      Buffer.from('["top",1,"e"]').toString('base64url'),
      Buffer.from('{"order":"top"}').toString('base64url'),
      'A'.repeat(5_000),
    ]
    for (const cursor of tampered) {
      assert.throws(
        () => readEventQuery({ order: 'top', cursor }, { now: NOW, defaultZone: 'UTC' }),
        error => error instanceof LedgerError && error.code === 'bad_query',
        cursor,
      )
    }
  })

  it('are part of a query string as they are', () => {
    const cursor = encodeCursor({ order: 'top', value: '1', id: 'ü/+?&' })
    assert.equal(parameters(`cursor=${cursor}`)['cursor'], cursor)
  })
})
