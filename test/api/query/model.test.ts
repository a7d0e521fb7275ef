import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LedgerError } from '#core/errors.ts'
import { createZone, formatInstant } from '#core/zones.ts'
import { bucketStarts } from '../../../services/api/query/buckets.ts'
import { MAX_BUCKETS } from '../../../services/api/query/limits.ts'
import { METRIC_NAMES } from '../../../services/api/query/metrics.ts'
import { readCostQuery } from '../../../services/api/query/model.ts'
import { type Kind, NOW, question } from './questions.ts'

const refused = (text: string, kind: Kind, message: RegExp): void =>
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

  it('metrics replace the usual ones, but never calls, cost and what has none', () => {
    const names = (text: string) => question(text).metrics.map(({ name }) => name)
    assert.deepEqual(names(''), ['calls', 'input_tokens', 'output_tokens', 'cost_usd', 'unpriced_calls'])
    assert.deepEqual(names('metrics='), names(''))
    assert.deepEqual(names('metrics=active_users, cost_usd,active_users&metrics=requests'), [
      'calls',
      'cost_usd',
      'unpriced_calls',
      'active_users',
      'requests',
    ])
  })

  it('are of bounded size', () => {
    const many = (n: number, name: string) => Array.from({ length: n }, (_, i) => `${name}${i}`)
    question(many(10, 'tag.t').join('&group_by=').replace(/^/, 'group_by='))
    refused(`group_by=${many(11, 'tag.t').join()}`, 'costs', /group_by is 11, expected at most 10 dimensions/)
    const metrics = METRIC_NAMES.slice(0, 21)
    question(`metrics=${metrics.slice(1).join()}`)
    refused(`metrics=${metrics.join()}`, 'costs', /metrics is 21, expected at most 20 metrics/)
    const filter = (n: number) => many(n, 'user_id=u').join('&')
    question(`feature=chat&${filter(499)}`)
    refused(
      `feature=chat&${filter(500)}`,
      'costs',
      /the number of filter values is 501, expected at most 500/,
    )
    refused(filter(10_000), 'costs', /the number of filter values is 10000/)
    question(many(25, 'tag.t').join('=x&').concat('=x'))
    refused(
      many(26, 'tag.t').join('=x&').concat('=x'),
      'costs',
      /the number of filters is 26, expected at most 25/,
    )
    refused('from=2000-01-01&to=2099-12-31', 'timeseries', /more than 10000 buckets of one day/)
    refused('from=2000-01-01&to=2099-12-31&compare=previous', 'costs', /begins before 2000/)
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
    refused(
      'group_by=feature`',
      'costs',
      /no dimension "feature`"; did you mean feature\? There are feature, team,/,
    )
    refused(
      'metrics=active_user',
      'costs',
      /no metric "active_user"; did you mean active_users\? There are calls, /,
    )
    refused('metrics=nonsense', 'costs', /no metric "nonsense"; there are calls, requests,/)
    refused('metrics=calls', 'coverage', /no parameter "metrics"/)
    refused('from=tomorrow', 'costs', /from is "tomorrow", expected 24h, 7d/)
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
    refused('order=requests', 'costs', /order is "requests", .* \(requests only when it is among metrics\)/)
    refused('order=cost_usd:up', 'costs', /order is "cost_usd:up"/)
    refused('batch=yes', 'costs', /batch is "yes", expected true or false/)
    refused('attempt=first', 'costs', /attempt is "first", expected a whole number/)
    refused('tag.=x', 'costs', /no parameter "tag\."/)
    refused('granularity=minute', 'timeseries', /expected one of hour, day, week, month/)
    refused('granularity=hour&from=2020-01-01', 'timeseries', /choose a coarser granularity/)
  })

  it('a value that is nearly one, or a plural, is answered with the one that may have been meant', () => {
    refused('metrics=p95', 'costs', /did you mean cost_usd_p95 or latency_ms_p95\?/)
    refused('tz=Berlin', 'costs', /did you mean Europe\/Berlin\?/)
    refused('group_by=users', 'costs', /no dimension "users"; did you mean .*user_id\?/)
    refused('group_by=tenants', 'costs', /did you mean tenant_id\?/)
    refused('order=cost', 'costs', /order is "cost", expected calls, .*; did you mean cost_usd\?/)
    refused('order=cost:desc', 'costs', /did you mean cost_usd\?/)
    refused('compare=prev', 'costs', /expected one of previous, none; did you mean previous\?/)
    refused('granularity=weekly', 'timeseries', /did you mean week\?/)
    refused('tz=Europe/Berln', 'costs', /a time zone .*; did you mean Europe\/Berlin\?/)
    refused('tz=america/new-yrok', 'costs', /did you mean America\/New_York\?/)
    refused('tz=UTZ', 'costs', /did you mean UTC\?/)
    refused('tz=Mars/Olympus', 'costs', /Europe\/Berlin$/)
  })

  it('no query makes reading it fail otherwise', () => {
    const name = fc.oneof(
      fc.constantFrom(
        'group_by',
        'metrics',
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
            readCostQuery(query, { series: true, now: NOW, defaultZone: 'UTC' })
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
