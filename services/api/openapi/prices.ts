// What /v1/prices takes and answers: the rules of one model, or what is in force, model by model.

import { FLAG_DIMENSIONS, WORD_DIMENSIONS } from '#core/price-conditions.ts'
import { DEFAULT_PRICES, MAX_PRICES } from '../prices/answer.ts'
import { priceColumns } from '../prices/rows.ts'
import { NEXT_CURSOR } from './events.ts'
import { type Paths, question } from './operation.ts'
import { CURSOR, FORMAT, limitOf, query } from './parameters.ts'
import {
  CURRENCY,
  described,
  each,
  FLAG,
  list,
  mapOf,
  nullable,
  object,
  ref,
  type Schema,
  TEXT,
  TIME,
} from './schema.ts'

const ROW = {
  provider: TEXT,
  model: TEXT,
  rule_id: TEXT,
  from: TIME,
  to: described(nullable(TIME), 'Null until further notice.'),
  rates: ref('Rates'),
  source: nullable(object({ url: TEXT, checked: TEXT }, { note: TEXT })),
}

const META = {
  at: described(TIME, 'The moment whose prices these are.'),
  price_book_version: TEXT,
}

const PAGE = { next_cursor: NEXT_CURSOR, currency: CURRENCY }

const NEAR = {
  did_you_mean: described(list(TEXT), 'Names that are near, where nobody knows the one that was asked for.'),
}

export const PRICE_SCHEMAS: Readonly<Record<string, Schema>> = {
  Rates: described(
    mapOf(TEXT),
    'USD by bucket or unit: `5/Mtok`, `10/K`; `REFUSE` where there is no price on purpose.',
  ),
  When: described(
    object(
      {},
      {
        ...each(Object.keys(WORD_DIMENSIONS), () => list(TEXT)),
        ...each(Object.keys(FLAG_DIMENSIONS), () => FLAG),
        time: object({ tz: TEXT, days: list(TEXT), windows: list(TEXT) }),
      },
    ),
    'What a call must have been served with. Nothing for every call.',
  ),
  PriceVariant: object({
    id: TEXT,
    when: ref('When'),
    rates: ref('Rates'),
    context_tiers: list(
      described(
        object({ id: TEXT, above: { type: 'integer', minimum: 0 }, rates: ref('Rates') }),
        'For the whole request, once its input is more tokens than `above`.',
      ),
    ),
  }),
  PriceRow: object(ROW),
  PriceRule: object({
    ...ROW,
    in_force: described(FLAG, 'Whether it prices a call of the moment that was asked for.'),
    variants: described(list(ref('PriceVariant')), 'The first that matches a call is its price.'),
    multipliers: list(object({ id: TEXT, when: ref('When'), tokens: described(TEXT, 'A fraction: `1/2`.') })),
  }),
  PriceList: object({ data: list(ref('PriceRow')), ...PAGE, meta: object(META, NEAR) }),
  ModelPrices: object({
    data: list(ref('PriceRule')),
    ...PAGE,
    meta: object(META, NEAR),
  }),
}

const RULE = {
  provider: 'anthropic',
  model: 'claude-opus-4-8',
  rule_id: 'anthropic/claude-opus-4-8/2026-05-01',
  from: '2026-05-01T00:00:00Z',
  to: null,
  rates: { input: '5/Mtok', output: '25/Mtok', cache_read: '0.5/Mtok' },
  source: { url: 'https://docs.claude.com/en/docs/about-claude/pricing', checked: '2026-11-20' },
}

const ANSWER = {
  next_cursor: null,
  currency: 'USD',
  meta: { at: '2026-11-24T00:00:00.000Z', price_book_version: 'b1946ac92492d234' },
}

export const PRICE_PATHS: Paths = {
  '/v1/prices': {
    get: question({
      id: 'listPrices',
      tag: 'Prices',
      summary: 'What models cost',
      description:
        'With `model`: every rule of the models of exactly this name, the newest first. Without it: what every model costs ' +
        'at `at`, page by page. Contracts and aliases are not in the answer.',
      parameters: [
        query('model', 'A name of a model; `*` for the rules on units.', TEXT, {
          example: 'claude-opus-4-8',
        }),
        query('provider', 'Who serves it.'),
        query('at', 'A date or an ISO time; default now.'),
        limitOf(MAX_PRICES, DEFAULT_PRICES),
        ...CURSOR,
        ...FORMAT,
      ],
      answer: {
        description: 'Rules of one model, or a page of the list.',
        schema: { anyOf: [ref('ModelPrices'), ref('PriceList')] },
        examples: {
          one: {
            summary: '?model=claude-opus-4-8&at=2026-11-24',
            value: {
              ...ANSWER,
              data: [
                {
                  ...RULE,
                  in_force: true,
                  variants: [{ id: 'standard', when: {}, rates: RULE.rates, context_tiers: [] }],
                  multipliers: [{ id: 'batch', when: { batch: true }, tokens: '1/2' }],
                },
              ],
            },
          },
          all: { summary: '?at=2026-11-24', value: { ...ANSWER, data: [RULE] } },
        },
        csv: `${priceColumns('models')
          .map(({ name }) => name)
          .join(',')}\r\n`,
      },
      problems: ['bad_query'],
    }),
  },
}
