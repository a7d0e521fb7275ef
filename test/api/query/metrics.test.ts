import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { TOKEN_COLUMNS } from '#core/columns.ts'
import { MEASURES } from '../../../services/aggregator/rollup-tables.ts'
import {
  ALWAYS_METRICS,
  aggregatesOf,
  COVERAGE_METRICS,
  COVERAGE_NAMES,
  DEFAULT_METRICS,
  METRIC_NAMES,
  METRICS,
} from '../../../services/api/query/metrics.ts'
import { SOURCES } from '../../../services/api/query/sources.ts'

describe('metrics', () => {
  it('have names of their own, which are plain words', () => {
    assert.equal(new Set(METRIC_NAMES).size, METRIC_NAMES.length)
    for (const name of METRIC_NAMES) assert.match(name, /^[a-z0-9_]+$/)
  })

  it('of one name are one expression, also where a ratio is made of them', () => {
    const all = [...METRICS, ...COVERAGE_METRICS]
    const aggregates = all.flatMap(metric => aggregatesOf([metric]))
    for (const aggregate of aggregates) {
      const same = aggregates.filter(({ name }) => name === aggregate.name)
      assert.ok(
        same.every(other => other === aggregate),
        aggregate.name,
      )
    }
  })

  it('all stand in the documentation', () => {
    const docs = readFileSync(new URL('../../../docs/http.md', import.meta.url), 'utf8')
    const table = docs.slice(docs.indexOf('### Metrics'), docs.indexOf('## GET /v1/costs/timeseries'))
    for (const name of METRIC_NAMES) assert.ok(table.includes(`\`${name}\``), name)
  })

  it('are everything that the rollups sum, but for what only variances need', () => {
    const sums = MEASURES.map(([column]) => column).filter(column => column !== 'cost_usd_sq')
    const known = new Set(aggregatesOf(METRICS).map(({ name }) => name))
    for (const column of [...sums, ...TOKEN_COLUMNS]) assert.ok(known.has(column), column)
  })

  it('can all be told from events, and what every answer has from every view', () => {
    for (const { name, of } of aggregatesOf(METRICS)) assert.ok(of.events, name)
    for (const { name, of } of aggregatesOf([...DEFAULT_METRICS, ...ALWAYS_METRICS, ...COVERAGE_METRICS])) {
      for (const { key } of SOURCES) assert.ok(of[key], `${name} ${key}`)
    }
  })

  it('coverage has the names that answers have', () => {
    assert.deepEqual(
      COVERAGE_METRICS.map(({ name }) => name),
      COVERAGE_NAMES,
    )
  })
})
