import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileCosts } from '../../../services/api/query/compile.ts'
import { encodeCursor } from '../../../services/api/query/cursor.ts'
import { compileEvent, compileEvents, readEventQuery, stepsOf } from '../../../services/api/query/events.ts'
import { totalsOf, withCoverage } from '../../../services/api/query/model.ts'
import {
  CHANGES,
  compileDeadLetter,
  compileRecords,
  DEAD_LETTERS,
  readRecordQuery,
} from '../../../services/api/query/records.ts'
import { assertGolden } from '../golden.ts'
import { NOW, parameters, question } from './questions.ts'

const clock = { now: NOW, defaultZone: 'UTC' }

const costs = (text: string) => compileCosts(question(text))
const series = (text: string) => compileCosts(question(text, 'timeseries'))
const events = (text: string) => compileEvents(readEventQuery(parameters(text), clock))

/** The same list behind a position. */
function eventsAfter(text: string, value: string, id: string) {
  const { question, costs } = readEventQuery(parameters(text), clock)
  return events(`${text}&cursor=${encodeCursor(question, { window: costs.window, value, id })}`)
}

describe('compiled SQL', () => {
  it('costs by feature come from the rollup by feature', () => {
    assertGolden(
      'costs-by-feature',
      costs('group_by=feature&environment=prod&environment=staging&limit=10&from=7d'),
    )
  })

  it('costs of a user come from the rollup by user', () => {
    assertGolden('costs-of-a-user', costs('group_by=feature,model&user_id=u1&from=month'))
  })

  it('a dimension that no rollup keeps is answered from events', () => {
    assertGolden('costs-by-session', costs('group_by=session_id&batch=true&attempt=2&attempt=3&from=today'))
  })

  it('a tag is a bound key of the map', () => {
    assertGolden('costs-by-tag', costs('group_by=tag.experiment&tag.cohort=b&from=today'))
  })

  it('a window that cuts a quarter-hour is answered from events', () => {
    assertGolden(
      'costs-unaligned',
      costs('group_by=feature&from=2026-11-24T10:00:00Z&to=2026-11-24T10:07:00Z'),
    )
  })

  it('a comparison is one statement over both windows', () => {
    assertGolden('costs-compared', costs('group_by=feature&compare=previous&order=change&from=month'))
  })

  it('days of a zone are bound as their starts', () => {
    assertGolden(
      'timeseries-days',
      series('group_by=model&granularity=day&tz=America/New_York&from=2026-10-31&to=2026-11-03'),
    )
  })

  it('days are compared with their counterparts', () => {
    assertGolden(
      'timeseries-compared',
      series('granularity=day&compare=previous&from=2026-11-23&to=2026-11-25'),
    )
  })

  it('rows and their total are one statement, and the total comes first', () => {
    const query = withCoverage(
      question('group_by=model&granularity=day&compare=previous&from=2026-11-23&to=2026-11-25', 'timeseries'),
    )
    const statement = compileCosts(query, { total: true })
    assertGolden('costs-with-total', statement)
    assert.equal(statement.params['limit'], query.limit + 2)
  })

  it('totals have no groups and say how far they can be trusted', () => {
    assertGolden('totals', compileCosts(totalsOf(question('group_by=feature&environment=prod&from=7d'))))
  })

  it('totals from events count the same', () => {
    assertGolden('totals-from-events', compileCosts(totalsOf(question('session_id=s1&from=7d'))))
  })

  it('coverage is the same question with other measures', () => {
    assertGolden('coverage', compileCosts(question('group_by=provider,model&from=7d', 'coverage')))
  })

  it('metrics that only one rollup can tell choose it', () => {
    assertGolden(
      'metrics-by-feature',
      costs('metrics=failed_calls,failed_cost_usd,cost_usd_max,cache_hit_rate&group_by=feature&from=7d'),
    )
    assertGolden(
      'metrics-by-user',
      costs('metrics=active_users,cost_per_active_user&order=cost_per_active_user&group_by=feature&from=7d'),
    )
  })

  it('metrics that no rollup can tell come from events', () => {
    assertGolden(
      'metrics-from-events',
      costs('metrics=cost_usd_p95,latency_ms_p50,active_users&order=cost_usd_p95&group_by=feature&from=24h'),
    )
    const both = costs('metrics=active_users,failed_calls&from=7d')
    assert.match(both.sql, /FROM v_events AS t/)
  })

  it('every kind of metric is compared', () => {
    assertGolden(
      'metrics-compared',
      costs(
        'metrics=cost_usd_max,cost_per_call,active_users,latency_ms_p95&compare=previous&group_by=feature&from=24h',
      ),
    )
  })

  it('events of more than 92 days are read up to a number of rows', () => {
    const days = (from: string) => costs(`group_by=session_id&to=2026-11-01&from=${from}`).sql
    assert.doesNotMatch(days('2026-08-01'), /SETTINGS/)
    assert.match(days('2026-07-31'), /\nSETTINGS max_rows_to_read = 20000000$/)
    assert.doesNotMatch(costs('group_by=feature&from=2025-01-01').sql, /SETTINGS/)
    assert.match(events('from=2025-01-01').sql, /\nSETTINGS max_rows_to_read = 20000000$/)
  })

  it('events are listed newest first', () => {
    assertGolden('events-newest', events('feature=chat&from=24h&limit=50'))
  })

  it('the next page begins after a position, not at an offset', () => {
    assertGolden('events-next-page', eventsAfter('from=24h&limit=50', '2026-11-24 09:00:00.123', 'e1'))
  })

  it('the newest are looked for in more and more of the window, from where a page begins', () => {
    const starts = (text: string) =>
      stepsOf(readEventQuery(parameters(text), clock)).map(step => compileEvents(step).params['from'])
    assert.deepEqual(starts('from=8d'), [
      '2026-11-24 09:15:00.000',
      '2026-11-24 04:15:00.000',
      '2026-11-23 10:15:00.000',
      '2026-11-17 10:15:00.000',
      '2026-11-16 10:15:00.000',
    ])
    const { question, costs } = readEventQuery(parameters('from=7d'), clock)
    const value = '2026-11-18 09:00:00.123'
    const cursor = encodeCursor(question, { window: costs.window, value, id: 'e1' })
    assert.deepEqual(starts(`from=7d&cursor=${cursor}`), [
      '2026-11-18 08:00:00.123',
      '2026-11-18 03:00:00.123',
      '2026-11-17 10:15:00.000',
    ])
    assert.deepEqual(starts('from=1h'), ['2026-11-24 09:15:00.000'])
    assert.deepEqual(starts('from=8d&order=top'), ['2026-11-16 10:15:00.000'])
  })

  it('events by cost are paged by cost', () => {
    assertGolden('events-top', eventsAfter('from=24h&order=top&limit=50', '0.0123', 'e1'))
  })

  it('an event, a dead letter and lists of records are plain selections', () => {
    assertGolden('event', compileEvent('e1'))
    assertGolden('dead-letter', compileDeadLetter('a/b/0/5'))
    assertGolden(
      'dead-letters',
      compileRecords(
        DEAD_LETTERS,
        readRecordQuery(parameters('reason=too_old&from=7d'), DEAD_LETTERS, clock),
      ),
    )
    assertGolden('changes', compileRecords(CHANGES, readRecordQuery(parameters('from=7d'), CHANGES, clock)))
  })

  it('asks for one row more than the limit', () => {
    assert.equal(costs('group_by=feature&limit=7').params['limit'], 8)
  })

  it('equal rows have one order', () => {
    assert.match(costs('group_by=feature,model&order=calls:asc').sql, /ORDER BY calls ASC, g0, g1\n/)
    assert.match(
      costs('group_by=feature&metrics=cache_hit_rate&order=cache_hit_rate:asc').sql,
      /ORDER BY cache_reads \/ nullIf\(input_tokens, 0\) ASC NULLS LAST, g0\n/,
    )
    assert.match(costs('group_by=feature,model&order=model').sql, /ORDER BY g1 ASC, g0\n/)
    assert.match(series('group_by=model').sql, /ORDER BY time ASC, cost_usd DESC, g0\n/)
  })
})
