// What POST /v1/events and POST /v1/quote take and answer. The event is the schema that the collector validates by.

import { LedgerError } from '#core/errors.ts'
import { BODY_LIMIT, JSON_TYPE, NDJSON_TYPE } from '#platform/http-body.ts'
import { EVENT_SCHEMA } from '#platform/json-event/event-schema.ts'
import { PROBLEM_TYPE, problemOf } from '#platform/problem.ts'
import { MAX_EVENTS } from '../quote/body.ts'
import { EXAMPLE_LINES, STORED } from './event-examples.ts'
import { PRICE_FIELDS } from './event-rows.ts'
import type { Examples, Paths } from './operation.ts'
import { STRICT } from './parameters.ts'
import { PROBLEM_FIELDS, REFUSAL_CODES } from './problems.ts'
import {
  COUNT,
  CURRENCY,
  described,
  list,
  nullable,
  object,
  oneOf,
  ref,
  type Schema,
  TEXT,
  TIME,
} from './schema.ts'

const INDEX: Schema = {
  type: 'integer',
  minimum: 0,
  maximum: MAX_EVENTS - 1,
  description: 'Place of the event in the request, from 0.',
}

const REFUSED = {
  index: INDEX,
  event_id: TEXT,
  code: described(oneOf(REFUSAL_CODES), 'For programs: does not change.'),
  message: described(TEXT, 'For people.'),
}

const WARNINGS = list(object({ index: INDEX, message: TEXT }))

const RECEIPT = {
  accepted: { type: 'integer', minimum: 0, description: 'Events that are stored durably.' },
  rejected: list(ref('Rejection')),
  warnings: WARNINGS,
}

const QUOTES = {
  data: list(ref('Quote')),
  rejected: list(ref('QuoteRejection')),
  warnings: WARNINGS,
}

export const SENDING_SCHEMAS: Readonly<Record<string, Schema>> = {
  Event: {
    ...EVENT_SCHEMA,
    description:
      'One attempt at a model call. Needed are `provider`, a model (`request_model` or `response_model`) and usage: ' +
      "`usage` as the provider sent it, or `tokens` in the ledger's buckets, and `units`. For retries that are safe, send " +
      '`event_id` or `response_id` with `occurred_at`. null means "not given".',
  },
  Events: {
    anyOf: [ref('Event'), { type: 'array', items: ref('Event'), minItems: 1, maxItems: MAX_EVENTS }],
  },
  Rejection: object({ ...REFUSED, field: described(TEXT, 'Path of the field at fault.') }),
  Receipt: object(RECEIPT),
  RefusedReceipt: object({ ...PROBLEM_FIELDS, ...RECEIPT }),
  QuoteRejection: object(REFUSED),
  Quote: object({
    index: INDEX,
    provider: TEXT,
    occurred_at: TIME,
    input_tokens: COUNT,
    output_tokens: COUNT,
    resolved_model: described(nullable(TEXT), 'The name in the price book; null where there is none.'),
    region_class: described(TEXT, 'Where the call runs, as far as it says: `geo:us`.'),
    ...PRICE_FIELDS,
    lines: list(ref('PriceLine')),
  }),
  Quotes: object({ ...QUOTES, currency: CURRENCY }),
  RefusedQuotes: object({ ...PROBLEM_FIELDS, ...QUOTES }),
}

const CALL = {
  provider: 'openai',
  request_model: 'gpt-5.4',
  response_model: 'gpt-5.4-2026-03-05',
  response_id: 'chatcmpl-123',
  occurred_at: '2026-11-24T10:00:00Z',
  usage: {
    prompt_tokens: 1200,
    completion_tokens: 90,
    prompt_tokens_details: { cached_tokens: 800 },
  },
  feature: 'support-chat',
  user_id: 'u1',
  tenant_id: 'acme',
  environment: 'prod',
  latency_ms: 812,
  tags: { experiment: 'b' },
}

const BEFORE_THE_CALL = {
  provider: 'openai',
  request_model: 'gpt-5.4',
  tokens: { input: 1200 },
  max_output_tokens: 500,
}

const QUOTED = {
  index: 0,
  provider: STORED.provider,
  occurred_at: STORED.occurred_at,
  input_tokens: 1200,
  output_tokens: 90,
  resolved_model: STORED.model,
  region_class: '',
  ...Object.fromEntries(Object.entries(STORED).filter(([name]) => name in PRICE_FIELDS)),
  lines: EXAMPLE_LINES,
}

const body = (event: object) => ({
  required: true,
  description: `At most ${MAX_EVENTS} events and ${BODY_LIMIT / 2 ** 20} MiB after decompression; \`Content-Encoding: gzip\` is understood.`,
  content: {
    [JSON_TYPE]: {
      schema: ref('Events'),
      examples: {
        one: { summary: 'One event', value: event },
        several: { summary: 'Several events', value: [event] },
      },
    },
    [NDJSON_TYPE]: {
      schema: { type: 'string', description: 'One event a line.' },
      example: `${JSON.stringify(event)}\n`,
    },
  },
})

const REFUSAL = {
  index: 0,
  event_id: '',
  code: 'missing_field',
  message: 'A needed field is missing: provider, expected the provider that served the call',
} as const

const answered = (description: string, schema: string, examples: Examples) => ({
  description,
  content: { [JSON_TYPE]: { schema: ref(schema), examples } },
})

const refused = (schema: string, value: object) => ({
  description: '`nothing_acceptable`: no event was acceptable; sending them again is useless.',
  content: {
    [PROBLEM_TYPE]: {
      schema: ref(schema),
      examples: {
        refused: {
          value: {
            ...problemOf(new LedgerError('nothing_acceptable', REFUSAL.message)),
            ...value,
            warnings: [],
          },
        },
      },
    },
  },
})

const UNREADABLE = [
  'bad_query',
  'body_not_parseable',
  'body_empty',
  'bad_compression',
  'body_too_large',
  'too_many_events',
  'unsupported_media_type',
] as const

export const SENDING_PATHS: Paths = {
  '/v1/events': {
    post: {
      id: 'sendEvents',
      tag: 'Sending',
      scope: 'ingest',
      summary: 'Report calls',
      description:
        'Stores one event, an array of them, or NDJSON. What is accepted is durable when the answer comes; the others are ' +
        'kept as dead letters. In a cluster the collector takes it, on a port of its own.',
      parameters: STRICT,
      requestBody: body(CALL),
      responses: {
        202: answered('Some or all events are stored.', 'Receipt', {
          all: { value: { accepted: 1, rejected: [], warnings: [] } },
          some: {
            value: { accepted: 1, rejected: [{ ...REFUSAL, index: 1, field: 'provider' }], warnings: [] },
          },
        }),
        422: refused('RefusedReceipt', { accepted: 0, rejected: [{ ...REFUSAL, field: 'provider' }] }),
      },
      problems: [
        ...UNREADABLE,
        'record_too_large',
        'rate_limited',
        'log_full',
        'log_unavailable',
        'log_denied',
      ],
    },
  },
  '/v1/quote': {
    post: {
      id: 'quote',
      tag: 'Prices',
      scope: ['ingest', 'read'],
      summary: 'What calls would cost',
      description:
        'Prices events of any date by the same rules, and stores nothing. Where no output is given but `max_output_tokens` ' +
        'is, that is priced, as an estimate.',
      parameters: STRICT,
      requestBody: body(BEFORE_THE_CALL),
      responses: {
        200: answered('A price for each event that was understood.', 'Quotes', {
          priced: { value: { data: [QUOTED], rejected: [], warnings: [], currency: 'USD' } },
        }),
        422: refused('RefusedQuotes', { data: [], rejected: [REFUSAL] }),
      },
      problems: UNREADABLE,
    },
  },
}
