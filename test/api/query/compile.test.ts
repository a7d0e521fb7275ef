import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { compileCosts } from '../../../services/api/query/compile.ts'
import { compileEvent, compileEvents, readEventQuery } from '../../../services/api/query/events.ts'
import { totalsOf, withAllMeasures } from '../../../services/api/query/model.ts'
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

const cursor = (...parts: string[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url')

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
    const query = withAllMeasures(
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

  it('events are listed newest first', () => {
    assertGolden('events-newest', events('feature=chat&from=24h&limit=50'))
  })

  it('the next page begins after a position, not at an offset', () => {
    assertGolden(
      'events-next-page',
      events(`from=24h&limit=50&cursor=${cursor('newest', '2026-11-24 09:00:00.123', 'e1')}`),
    )
  })

  it('events by cost are paged by cost', () => {
    assertGolden('events-top', events(`from=24h&order=top&limit=50&cursor=${cursor('top', '0.0123', 'e1')}`))
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
    assert.match(costs('group_by=feature,model&order=model').sql, /ORDER BY g1 ASC, g0\n/)
    assert.match(series('group_by=model').sql, /ORDER BY time ASC, cost_usd DESC, g0\n/)
  })
})
