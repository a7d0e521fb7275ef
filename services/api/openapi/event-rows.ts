// An event as it is listed and as it is stored: the columns of v_events.

import { TOKEN_COLUMNS } from '#core/columns.ts'
import { COST_STATUSES } from '#core/price.ts'
import {
  CAPACITIES,
  EVENT_FIELDS,
  type EventField,
  type FieldKind,
  STATUSES,
  USAGE_SOURCES,
} from '#core/usage-event.ts'
import { LISTED_COLUMNS } from '../query/events.ts'
import {
  COUNT,
  described,
  each,
  FLAG,
  list,
  MONEY,
  mapOf,
  nullable,
  object,
  oneOf,
  ref,
  type Schema,
  TEXT,
  TIME,
} from './schema.ts'

/** Fields that other columns stand for. */
const TRANSLATED: ReadonlySet<string> = new Set<EventField>(['tokens', 'schema_version', 'reported_cost'])

const KINDS: Readonly<Record<Exclude<FieldKind, 'tokens'>, Schema>> = {
  string: TEXT,
  json_text: TEXT,
  decimal: MONEY,
  count: COUNT,
  time: TIME,
  flag: FLAG,
  optional_flag: nullable(FLAG),
  optional_count: nullable(COUNT),
  status: oneOf(STATUSES),
  usage_source: oneOf(USAGE_SOURCES),
  capacity: oneOf(CAPACITIES),
  string_map: mapOf(TEXT),
  decimal_map: mapOf(MONEY),
  count_map: mapOf(COUNT),
}

const FIELDS = Object.fromEntries(
  Object.entries(EVENT_FIELDS).flatMap(([name, kind]) =>
    TRANSLATED.has(name) || kind === 'tokens' ? [] : [[name, KINDS[kind]]],
  ),
)

const COMPONENTS = ['uncached_input', 'cache_read', 'cache_write', 'output', 'units']

/** What the price of a call is, by the names of the columns; quotes have the same ones. */
export const PRICE_FIELDS: Readonly<Record<string, Schema>> = {
  model: described(TEXT, 'The model that was priced.'),
  cost_usd: described(nullable(MONEY), 'What is owed; null is not known, never 0.'),
  cost_status: oneOf(COST_STATUSES),
  cost_reason: described(TEXT, 'Why there is no cost, or what is special about the one there is.'),
  list_cost_usd: nullable(MONEY),
  contracted_cost_usd: nullable(MONEY),
  reported_cost_usd: described(nullable(MONEY), 'What the provider or a gateway said, for comparison.'),
  ...each(
    COMPONENTS.map(name => `${name}_cost_usd`),
    () => MONEY,
  ),
  price_rule_id: TEXT,
  price_variant: TEXT,
  price_tier: TEXT,
  price_multipliers: list(TEXT),
  price_book_version: TEXT,
}

/** Every column of v_events. */
const COLUMNS: Readonly<Record<string, Schema>> = {
  ...FIELDS,
  ...PRICE_FIELDS,
  ...each(TOKEN_COLUMNS, () => COUNT),
  input_tokens: COUNT,
  output_tokens: COUNT,
  inserted_at: TIME,
  log_topic: TEXT,
  log_partition: COUNT,
  log_offset: COUNT,
}

export const EVENT_ROW_SCHEMAS: Readonly<Record<string, Schema>> = {
  ListedEvent: object(each(LISTED_COLUMNS, name => COLUMNS[name] ?? TEXT)),
  StoredEvent: { ...object(COLUMNS), description: 'Everything that is stored of one call.' },
  PriceLine: {
    ...object({
      component: oneOf(COMPONENTS),
      model: described(TEXT, 'The model whose rate it is.'),
      price_rule_id: TEXT,
      name: described(TEXT, 'The bucket or unit.'),
      quantity: TEXT,
      rate: TEXT,
      factor: described(TEXT, "Multipliers and contract, or `reported` for a provider's own figure."),
      amount_usd: MONEY,
    }),
    description: 'quantity x rate x factor = amount; the amounts add up to `cost_usd`.',
  },
  Explanation: object({
    explained: described(FLAG, 'Whether the lines are known.'),
    reason: described(TEXT, 'Why they are not.'),
    lines: list(ref('PriceLine')),
  }),
}
