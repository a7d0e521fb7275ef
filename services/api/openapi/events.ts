// What /v1/events and /v1/events/{id} take and answer: single calls.

import { EVENT_ORDERS, LISTED_COLUMNS } from '../query/events.ts'
import { EXAMPLE_LINES, LISTED, STORED } from './event-examples.ts'
import { META_EXAMPLE } from './meta.ts'
import { type Paths, question } from './operation.ts'
import { CURSOR, FILTERS, FILTERS_TEXT, FORMAT, idInPath, LIMIT, query, WINDOW, ZONE } from './parameters.ts'
import { ASKING } from './problems.ts'
import { CURRENCY, described, list, nullable, object, oneOf, ref, type Schema, TEXT } from './schema.ts'

export const NEXT_CURSOR = described(nullable(TEXT), 'For `cursor`; null on the last page.')

export const EVENT_SCHEMAS: Readonly<Record<string, Schema>> = {
  EventList: object({
    data: list(ref('ListedEvent')),
    next_cursor: NEXT_CURSOR,
    currency: CURRENCY,
    meta: ref('Meta'),
  }),
  OneEvent: object({
    data: ref('StoredEvent'),
    price: ref('Explanation'),
    currency: CURRENCY,
    meta: ref('Meta'),
  }),
}

const order = query('order', '`top`: the dearest first, and what has no price last.', {
  ...oneOf(EVENT_ORDERS),
  default: 'newest',
})

const PRICE = { explained: true, reason: '', lines: EXAMPLE_LINES }

const META = {
  ...META_EXAMPLE,
  coverage: { calls: 1, priced: 1, unpriced: 0, estimated: 0, inconsistent: 0, without_feature: 0 },
  source: 'events',
}

export const EVENT_PATHS: Paths = {
  '/v1/events': {
    get: question({
      id: 'listEvents',
      tag: 'Calls',
      summary: 'Single calls',
      description: `The newest or the dearest calls, page by page. ${FILTERS_TEXT}`,
      parameters: [order, ...LIMIT, ...CURSOR, ...WINDOW, ...FORMAT, ...FILTERS],
      answer: {
        description: 'One page.',
        schema: ref('EventList'),
        examples: { page: { value: { data: [LISTED], next_cursor: null, currency: 'USD', meta: META } } },
        csv: `${LISTED_COLUMNS.join(',')}\r\n`,
      },
      problems: ASKING,
    }),
  },
  '/v1/events/{id}': {
    get: question({
      id: 'getEvent',
      tag: 'Calls',
      summary: 'One call, and its price line by line',
      description:
        'The prices are those that the call was priced with, which the warehouse keeps; where they are not there, ' +
        '`explained` is false.',
      parameters: [idInPath('The `event_id`, percent-encoded.'), ...ZONE],
      answer: {
        description: 'The call.',
        schema: ref('OneEvent'),
        examples: { call: { value: { data: STORED, price: PRICE, currency: 'USD', meta: META } } },
      },
      problems: [...ASKING, 'not_found'],
    }),
  },
}
