// What /v1/explain takes and answers: why spend changed, in parts that add up, and who carries the change.

import { PARTS } from '#core/explain/decompose.ts'
import { DEFAULT_BASELINE } from '../explain/baseline.ts'
import { CARRIER_DIMENSIONS } from '../explain/carriers.ts'
import { EXPLAIN_COLUMNS } from '../explain/csv.ts'
import { MAX_CARRIERS } from '../explain/statements.ts'
import { META_EXAMPLE, META_FIELDS } from './meta.ts'
import { type Paths, question } from './operation.ts'
import { FILTERS, FILTERS_TEXT, FORMAT, fromParameter, query, WINDOW_END } from './parameters.ts'
import { ASKING } from './problems.ts'
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
  oneOf,
  ref,
  type Schema,
  TEXT,
  TIME,
} from './schema.ts'

const CARRIED = {
  cost_usd: MONEY,
  baseline_cost_usd: MONEY,
  change_usd: MONEY,
  share: described(nullable(NUMBER), 'Of the change; null where there is none.'),
}

export const EXPLAIN_SCHEMAS: Readonly<Record<string, Schema>> = {
  Carrier: {
    anyOf: [
      object({ value: TEXT, ...CARRIED }),
      object({ others: described(COUNT, 'How many values are not shown.'), ...CARRIED }),
    ],
  },
  Period: object({
    calls: COUNT,
    cost_usd: MONEY,
    input_tokens: COUNT,
    output_tokens: COUNT,
    cache_hit_rate: nullable(NUMBER),
    cost_per_call: described(nullable(MONEY), 'Of calls with a price.'),
    unpriced_calls: COUNT,
  }),
  Explain: object({
    data: described(
      list(
        object({
          factor: oneOf(PARTS),
          change_usd: MONEY,
          percent: described(nullable(NUMBER), 'Of the change.'),
        }),
      ),
      'The parts add up to `change_usd` to the last digit. `new` is there where there is nothing to compare with.',
    ),
    change_usd: MONEY,
    percent: described(nullable(NUMBER), 'Of the baseline.'),
    current: ref('Period'),
    baseline: described(ref('Period'), 'Scaled to the length of the window.'),
    carried_by: described(
      object(each(CARRIER_DIMENSIONS, () => nullable(list(ref('Carrier'))))),
      `The ${MAX_CARRIERS} values that changed most and all others: each list adds up to \`change_usd\`. A list is null ` +
        'where it cannot be told; `meta.not_carried` says why.',
    ),
    summary: described(TEXT, 'The same in a few sentences.'),
    currency: CURRENCY,
    meta: object({
      ...META_FIELDS,
      baseline: object({
        name: TEXT,
        windows: list(object({ from: TIME, to: TIME })),
        scale: described(TEXT, 'What sums of the baseline are multiplied by: `1/4`.'),
        complete: described(FLAG, 'Whether the ledger has all of the baseline.'),
        coverage: ref('Coverage'),
      }),
      not_carried: object(
        {},
        each(CARRIER_DIMENSIONS, () => TEXT),
      ),
    }),
  }),
}

const baseline = query(
  'baseline',
  '`previous` (the fair window before), `week` (as long, from the same time one week before), `4w` (the mean of the same time in the four ' +
    'weeks before), or `FROM/TO`.',
  { type: 'string', default: DEFAULT_BASELINE },
)

const from = fromParameter('the last 24 whole hours, or those before `to`')

const CARRIERS = {
  ...Object.fromEntries(CARRIER_DIMENSIONS.map(name => [name, null])),
  feature: [
    {
      value: 'chat',
      cost_usd: '0.00225',
      baseline_cost_usd: '0.002',
      change_usd: '0.00025',
      share: 1,
    },
  ],
}

const COVERED = { calls: 1, priced: 1, unpriced: 0, estimated: 0, inconsistent: 0, without_feature: 0 }

const EXAMPLE = {
  data: PARTS.filter(factor => factor !== 'new').map(factor =>
    factor === 'volume'
      ? { factor, change_usd: '0.00025', percent: 100 }
      : { factor, change_usd: '0', percent: 0 },
  ),
  change_usd: '0.00025',
  percent: 12.5,
  current: {
    calls: 9,
    cost_usd: '0.00225',
    input_tokens: 2250,
    output_tokens: 0,
    cache_hit_rate: 0,
    cost_per_call: '0.00025',
    unpriced_calls: 0,
  },
  baseline: {
    calls: 8,
    cost_usd: '0.002',
    input_tokens: 2000,
    output_tokens: 0,
    cache_hit_rate: 0,
    cost_per_call: '0.00025',
    unpriced_calls: 0,
  },
  carried_by: CARRIERS,
  summary: 'Spend rose by $0.000250 (+12.5 %) against the day before. Carried by feature chat.',
  currency: 'USD',
  meta: {
    ...META_EXAMPLE,
    baseline: {
      name: 'previous',
      windows: [{ from: '2026-11-23T00:00:00Z', to: '2026-11-23T10:15:00Z' }],
      scale: '1',
      complete: true,
      coverage: COVERED,
    },
    not_carried: { prompt_version: 'single events of these windows are no longer kept' },
  },
}

export const EXPLAIN_PATHS: Paths = {
  '/v1/explain': {
    get: question({
      id: 'explain',
      tag: 'Spend',
      summary: 'Why spend changed',
      description:
        'Splits the change against a baseline into volume, mix of models, input and output tokens, cache and price, and says ' +
        `who carries it. ${FILTERS_TEXT}`,
      parameters: [baseline, from, ...WINDOW_END, ...FORMAT, ...FILTERS],
      answer: {
        description: 'Parts of the change, and who carries it.',
        schema: ref('Explain'),
        examples: { today: { summary: '?from=today', value: EXAMPLE } },
        csv: `${EXPLAIN_COLUMNS.map(({ name }) => name).join(',')}\r\nfactor,volume,,,,0.00025,100\r\n`,
      },
      problems: ASKING,
    }),
  },
}
