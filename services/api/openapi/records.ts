// What /v1/dead-letters and /v1/changes take and answer: refused events, and closed hours whose total moved.

import { CHANGES, DEAD_LETTERS, type RecordView } from '../query/records.ts'
import { NEXT_CURSOR } from './events.ts'
import { META_EXAMPLE } from './meta.ts'
import { type Paths, question } from './operation.ts'
import { CURSOR, FORMAT, idInPath, LIMIT, type Parameter, query, WINDOW, ZONE } from './parameters.ts'
import { ASKING } from './problems.ts'
import {
  COUNT,
  CURRENCY,
  described,
  each,
  list,
  MONEY,
  nullable,
  object,
  oneOf,
  ref,
  type Schema,
  TEXT,
  TIME,
} from './schema.ts'

const UNPRICED = described(nullable(COUNT), 'Null where it was not recorded yet.')

/** Columns that are not plain text. */
const COLUMNS: Readonly<Record<string, Schema>> = {
  refused_at: TIME,
  stage: oneOf(['collector', 'consumer']),
  field: described(TEXT, 'Path of the field at fault.'),
  log_partition: nullable(COUNT),
  log_offset: nullable(COUNT),
  bytes_total: COUNT,
  replayed_at: nullable(TIME),
  hour: described(TIME, 'Start of the hour.'),
  old_calls: COUNT,
  new_calls: COUNT,
  old_unpriced: UNPRICED,
  new_unpriced: UNPRICED,
  old_cost_usd: MONEY,
  new_cost_usd: MONEY,
  change_usd: MONEY,
  changed_at: TIME,
}

const rowOf = ({ columns, reasons }: RecordView): Schema =>
  object({ ...each(columns, name => COLUMNS[name] ?? TEXT), reason: oneOf(reasons) })

export const RECORD_SCHEMAS: Readonly<Record<string, Schema>> = {
  DeadLetter: described(rowOf(DEAD_LETTERS), 'A refused event: never its bytes.'),
  DeadLetters: object({ data: list(ref('DeadLetter')), next_cursor: NEXT_CURSOR, meta: ref('WindowMeta') }),
  OneDeadLetter: object({ data: ref('DeadLetter') }),
  Change: rowOf(CHANGES),
  Changes: object({
    data: list(ref('Change')),
    next_cursor: NEXT_CURSOR,
    currency: CURRENCY,
    meta: ref('Meta'),
  }),
}

const filtersOf = ({ filters, reasons }: RecordView): Parameter[] =>
  filters.map(name =>
    query(
      name,
      `Only with this \`${name}\`. Given twice, either value passes.`,
      { type: 'array', items: name === 'reason' ? oneOf(reasons) : TEXT },
      { style: 'form', explode: true },
    ),
  )

const parametersOf = (view: RecordView) => [...filtersOf(view), ...LIMIT, ...CURSOR, ...WINDOW, ...FORMAT]

const csvOf = ({ columns }: RecordView): string => `${columns.join(',')}\r\n`

const LETTER = {
  dead_letter_id: 'llm.usage.v1/0/41',
  refused_at: '2026-11-24T10:00:01.200Z',
  stage: 'consumer',
  reason: 'too_old',
  field: 'occurred_at',
  got: '"2020-01-01T00:00:00Z"',
  expected: 'a time within the last 400 days',
  message: 'occurred_at is older than raw events are kept',
  event_id: 'r:openai:chatcmpl-123',
  log_id: 'b1946ac9',
  log_topic: 'llm.usage.v1',
  log_partition: 0,
  log_offset: 41,
  bytes_total: 512,
  replayed_at: null,
}

/** As far as the list shows them. */
const CHANGE_FIELDS: Readonly<Record<string, unknown>> = {
  hour: '2026-11-24T08:00:00Z',
  reason: 'late',
  old_calls: 4,
  new_calls: 5,
  old_unpriced: 0,
  new_unpriced: 0,
  old_cost_usd: '0.002',
  new_cost_usd: '0.00225',
  change_usd: '0.00025',
  changed_at: '2026-11-24T09:12:30.250Z',
}

const CHANGE = Object.fromEntries(CHANGES.columns.map(name => [name, CHANGE_FIELDS[name]]))

const { from, to, tz } = META_EXAMPLE

const COMMON = {
  tag: 'Corrections',
  problems: ASKING,
} as const

export const RECORD_PATHS: Paths = {
  '/v1/dead-letters': {
    get: question({
      ...COMMON,
      id: 'listDeadLetters',
      summary: 'Events that were refused',
      description: 'When, at which stage and why, the newest first.',
      parameters: parametersOf(DEAD_LETTERS),
      answer: {
        description: 'One page.',
        schema: ref('DeadLetters'),
        examples: { page: { value: { data: [LETTER], next_cursor: null, meta: { from, to, tz } } } },
        csv: csvOf(DEAD_LETTERS),
      },
    }),
  },
  '/v1/dead-letters/{id}': {
    get: question({
      ...COMMON,
      id: 'getDeadLetter',
      summary: 'One refused event',
      description: 'By its id, or any beginning of it that no other has.',
      parameters: [idInPath('The id or its beginning, percent-encoded.'), ...ZONE],
      answer: {
        description: 'The refused event.',
        schema: ref('OneDeadLetter'),
        examples: { letter: { value: { data: LETTER } } },
      },
      problems: [...COMMON.problems, 'not_found'],
    }),
  },
  '/v1/changes': {
    get: question({
      ...COMMON,
      id: 'listChanges',
      summary: 'Closed hours whose total moved',
      description:
        '`first` is the total when the hour was complete; after it `late` (more calls), `reprice` (the same calls, priced ' +
        'again), `late_and_reprice` or `correction`.',
      parameters: parametersOf(CHANGES),
      answer: {
        description: 'One page.',
        schema: ref('Changes'),
        examples: {
          page: { value: { data: [CHANGE], next_cursor: null, currency: 'USD', meta: META_EXAMPLE } },
        },
        csv: csvOf(CHANGES),
      },
    }),
  },
}
