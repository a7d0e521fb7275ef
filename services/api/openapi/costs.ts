// What /v1/costs, /v1/costs/timeseries and /v1/coverage take and answer: one question with other measures, with or without time.

import { CALENDAR_UNITS } from '#core/zones.ts'
import { COLUMN_DIMENSIONS } from '../query/dimensions.ts'
import { MAX_BUCKETS, MAX_GROUPS, MAX_METRICS } from '../query/limits.ts'
import { ALWAYS_METRICS, DEFAULT_METRICS, METRICS, type Metric } from '../query/metrics.ts'
import { COMPARISONS } from '../query/model.ts'
import { META_EXAMPLE } from './meta.ts'
import { type Examples, type Operation, type Paths, type Question, question } from './operation.ts'
import { FILTERS, FILTERS_TEXT, FORMAT, LIMIT, type Parameter, query, WINDOW } from './parameters.ts'
import { ASKING } from './problems.ts'
import { oneOf, ref, type Schema } from './schema.ts'

const namesOf = (metrics: readonly Metric[]): string => metrics.map(({ name }) => `\`${name}\``).join(', ')

const commaList = (items: Schema, most: number): Schema => ({ type: 'array', items, maxItems: most })

const BY_COMMA = { style: 'form', explode: false } as const

const groupBy = query(
  'group_by',
  `Dimensions: the filters below by name, and \`tag.<key>\`. At most ${MAX_GROUPS}.`,
  commaList({ anyOf: [oneOf(COLUMN_DIMENSIONS), { type: 'string', pattern: '^tag\\..+$' }] }, MAX_GROUPS),
  { ...BY_COMMA, example: ['feature', 'model'] },
)

const metrics = query(
  'metrics',
  `What rows measure, at most ${MAX_METRICS}; ${namesOf(ALWAYS_METRICS)} always, and without it ` +
    `${namesOf(DEFAULT_METRICS)}. ${namesOf(METRICS.filter(({ kind }) => kind === 'quantile'))} are read from single events.`,
  commaList(oneOf(METRICS.map(({ name }) => name)), MAX_METRICS),
  BY_COMMA,
)

const granularity = (usual: string): Parameter =>
  query(
    'granularity',
    `Buckets, as the zone's clocks show them; a week begins on Monday. At most ${MAX_BUCKETS}. ${usual}`,
    oneOf(CALENDAR_UNITS),
  )

const compare = query(
  'compare',
  '`previous` adds `previous` and `change`: whole days and months are compared with as many before them, anything else with ' +
    'the same length of time before.',
  { ...oneOf(COMPARISONS), default: 'none' },
)

const order = query(
  'order',
  'A measure or a dimension of the answer, `time` in a timeseries, or `change` when compared; `:asc` or `:desc` behind it.',
  { type: 'string', pattern: '^[^:]+(:(asc|desc))?$' },
)

const asked = (own: readonly Parameter[]) => [
  ...own,
  compare,
  order,
  ...LIMIT,
  ...WINDOW,
  ...FORMAT,
  ...FILTERS,
]

interface Report extends Pick<Question, 'id' | 'summary' | 'description' | 'parameters'> {
  readonly schema: string
  readonly examples: Examples
  readonly csv: string
}

const report = ({ schema, examples, csv, ...rest }: Report): Operation =>
  question({
    ...rest,
    tag: 'Spend',
    answer: { description: 'Rows and their total.', schema: ref(schema), examples, csv },
    problems: ASKING,
  })

const META = { ...META_EXAMPLE, truncated: false }

const CHAT = {
  calls: 3,
  input_tokens: 2510,
  output_tokens: 100,
  cost_usd: '0.00225',
  unpriced_calls: 1,
}

const NIGHT = { calls: 1, input_tokens: 2000, output_tokens: 0, cost_usd: '0.002', unpriced_calls: 0 }

const COVERED = META_EXAMPLE.coverage

export const COST_PATHS: Paths = {
  '/v1/costs': {
    get: report({
      id: 'costs',
      summary: 'What was spent, by any dimension',
      description: `Groups of calls and what they cost, the dearest first. ${FILTERS_TEXT}`,
      parameters: asked([groupBy, metrics]),
      schema: 'Costs',
      examples: {
        byFeature: {
          summary: '?group_by=feature&from=today',
          value: { data: [{ feature: 'chat', ...CHAT }], total: CHAT, currency: 'USD', meta: META },
        },
        compared: {
          summary: '?from=today&compare=previous',
          value: {
            data: [{ ...CHAT, previous: NIGHT, change: { cost_usd: '0.00025', percent: 12.5 } }],
            total: { ...CHAT, previous: NIGHT, change: { cost_usd: '0.00025', percent: 12.5 } },
            currency: 'USD',
            meta: {
              ...META,
              previous: { from: '2026-11-23T00:00:00Z', to: '2026-11-23T10:15:00Z', complete: true },
            },
          },
        },
      },
      csv: 'feature,calls,input_tokens,output_tokens,cost_usd,unpriced_calls\r\nchat,3,2510,100,0.00225,1\r\n',
    }),
  },
  '/v1/costs/timeseries': {
    get: report({
      id: 'costsOverTime',
      summary: 'What was spent over time',
      description: `The same in buckets of time, in their order. A bucket without calls has no row. ${FILTERS_TEXT}`,
      parameters: asked([groupBy, metrics, granularity('Default: day.')]),
      schema: 'Costs',
      examples: {
        byDay: {
          summary: '?from=today&granularity=day',
          value: {
            data: [{ time: '2026-11-24T00:00:00Z', ...CHAT }],
            total: CHAT,
            currency: 'USD',
            meta: META,
          },
        },
      },
      csv: 'time,calls,input_tokens,output_tokens,cost_usd,unpriced_calls\r\n2026-11-24T00:00:00Z,3,2510,100,0.00225,1\r\n',
    }),
  },
  '/v1/coverage': {
    get: report({
      id: 'coverage',
      summary: 'What the totals leave out',
      description: `Calls with and without a price, the most unpriced first; \`group_by=cost_reason\` says why. ${FILTERS_TEXT}`,
      parameters: asked([groupBy, granularity('Without it there are none.')]),
      schema: 'CoverageReport',
      examples: {
        byProvider: {
          summary: '?group_by=provider&from=today',
          value: { data: [{ provider: 'openai', ...COVERED }], total: COVERED, currency: 'USD', meta: META },
        },
      },
      csv: 'provider,calls,priced,unpriced,estimated,inconsistent,without_feature\r\nopenai,5,2,2,1,1,1\r\n',
    }),
  },
}
