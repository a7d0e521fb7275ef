// The rows of costs and coverage: every dimension by its name, and metrics by theirs.

import { COLUMN_DIMENSIONS, type DimensionKind, dimensionOf } from '../query/dimensions.ts'
import { ALWAYS_METRICS, COVERAGE_METRICS, METRICS, type Metric } from '../query/metrics.ts'
import {
  COUNT,
  CURRENCY,
  described,
  each,
  FLAG,
  list,
  MONEY,
  NUMBER,
  nullable,
  object,
  ref,
  type Schema,
  TEXT,
  TIME,
} from './schema.ts'

const UNITS: Readonly<Record<Metric['unit'], Schema>> = { count: COUNT, number: NUMBER, usd: MONEY }

/** A ratio has no value where its divisor is 0, a quantile where there are no rows. */
const schemaOf = ({ kind, unit }: Metric): Schema =>
  kind === 'ratio' || kind === 'quantile' ? nullable(UNITS[unit]) : UNITS[unit]

const valuesOf = (metrics: readonly Metric[]): Record<string, Schema> =>
  Object.fromEntries(metrics.map(metric => [metric.name, schemaOf(metric)]))

const GROUPS: Readonly<Record<DimensionKind, Schema>> = {
  text: TEXT,
  flag: FLAG,
  count: { type: 'integer', minimum: 0 },
}

const DIMENSIONS = each(COLUMN_DIMENSIONS, name => GROUPS[dimensionOf(name)?.kind ?? 'text'])

const CHANGE = object({
  cost_usd: MONEY,
  percent: described(nullable(NUMBER), 'Null where there was no cost before.'),
})

interface Measures {
  readonly always: Readonly<Record<string, Schema>>
  readonly asked: Readonly<Record<string, Schema>>
}

/** What a row measures, and what the window before measured. */
const measured = ({ always, asked }: Measures) => ({
  always,
  optional: { ...asked, previous: object(always, asked), change: CHANGE },
})

function rowOf(measures: Measures): Schema {
  const { always, optional } = measured(measures)
  return {
    ...object(always, {
      time: described(TIME, 'Start of the bucket, in a timeseries.'),
      ...DIMENSIONS,
      ...optional,
    }),
    patternProperties: { '^tag\\.': TEXT },
  }
}

function totalOf(measures: Measures): Schema {
  const { always, optional } = measured(measures)
  return object(always, optional)
}

const COSTS: Measures = { always: valuesOf(ALWAYS_METRICS), asked: valuesOf(METRICS) }
const COVERAGE: Measures = { always: valuesOf(COVERAGE_METRICS), asked: {} }

const report = (row: string, total: string): Schema =>
  object({
    data: list(ref(row)),
    total: described(ref(total), 'Of everything that matches, groups that the limit cut included.'),
    currency: CURRENCY,
    meta: ref('ReportMeta'),
  })

export const COST_SCHEMAS: Readonly<Record<string, Schema>> = {
  CostRow: rowOf(COSTS),
  CostTotal: totalOf(COSTS),
  Costs: report('CostRow', 'CostTotal'),
  CoverageRow: rowOf(COVERAGE),
  CoverageTotal: totalOf(COVERAGE),
  CoverageReport: report('CoverageRow', 'CoverageTotal'),
}
