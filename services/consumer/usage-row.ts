// An event as a row of `usage_events`: one list of columns, each with how it is written. A test holds names and types to the
// table as the engine describes it.

import { TOKEN_COLUMN } from '#core/columns.ts'
import { parseUnits } from '#core/money.ts'
import { TOKEN_BUCKETS } from '#core/tokens.ts'
import type { EventField, UsageEvent } from '#core/usage-event.ts'
import type { PricedEvent } from './delivery.ts'
import { createRowWriter, type RowWriter } from './row-binary.ts'

type Column = readonly [name: string, write: (writer: RowWriter, row: PricedEvent) => void]

type FieldOf<T> = { [F in EventField]: UsageEvent[F] extends T ? F : never }[EventField]

const text = (...fields: FieldOf<string>[]): Column[] =>
  fields.map(field => [field, (writer, row) => writer.string(row.event[field])])
const count = (...fields: FieldOf<number>[]): Column[] =>
  fields.map(field => [field, (writer, row) => writer.uint64(row.event[field])])
const flag = (...fields: FieldOf<boolean>[]): Column[] =>
  fields.map(field => [field, (writer, row) => writer.bool(row.event[field])])

type CostText = 'status' | 'reason' | 'model' | 'ruleId' | 'variant' | 'tier'
const costText = (column: string, field: CostText): Column => [
  column,
  (writer, row) => writer.string(row.cost[field]),
]
type Amount = 'costUsd' | 'listCostUsd' | 'contractedCostUsd' | 'reportedCostUsd'
const amount = (column: string, field: Amount): Column => [
  column,
  (writer, row) => {
    const value = row.cost[field]
    writer.isNull(value === null)
    if (value !== null) writer.int64(value)
  },
]
const component = (column: string, field: keyof PricedEvent['cost']['components']): Column => [
  column,
  (writer, row) => writer.int64(row.cost.components[field]),
]

const MAX_UINT32 = 4_294_967_295

function writeMap<V>(writer: RowWriter, map: Record<string, V>, write: (value: V) => void): void {
  const entries = Object.entries(map)
  writer.length(entries.length)
  for (const [key, value] of entries) {
    writer.string(key)
    write(value)
  }
}

const COLUMNS: readonly Column[] = [
  ['event_id', (writer, row) => writer.string(row.event.event_id)],
  ['occurred_at', (writer, row) => writer.int64(BigInt(row.event.occurred_at))],
  ['received_at', (writer, row) => writer.int64(BigInt(row.receivedAt))],
  ['version', (writer, row) => writer.bigUint64(row.version)],
  ['log_id', (writer, row) => writer.string(row.place.logId)],
  ['log_topic', (writer, row) => writer.string(row.place.topic)],
  ['log_partition', (writer, row) => writer.uint32(row.place.partition)],
  ['log_offset', (writer, row) => writer.uint64(row.place.record.offset)],
  ...text('source', 'provider'),
  costText('model', 'model'),
  ...text('request_model', 'response_model', 'response_id', 'request_id'),
  ['attempt', (writer, row) => writer.uint32(Math.min(row.event.attempt, MAX_UINT32))],
  ...text(
    'operation',
    'service_tier',
    'speed',
    'inference_geo',
    'region',
    'host',
    'deployment',
    'deployment_type',
  ),
  ['capacity', (writer, row) => writer.string(row.event.capacity)],
  ...flag('is_byok', 'batch', 'streaming'),
  ['status', (writer, row) => writer.string(row.event.status)],
  ...text('finish_reason'),
  [
    'output_started',
    (writer, row) => {
      const started = row.event.output_started
      writer.isNull(started === null)
      if (started !== null) writer.bool(started)
    },
  ],
  ...text('error_type'),
  ...count('max_output_tokens', 'latency_ms', 'time_to_first_token_ms'),
  ...text(
    'tenant_id',
    'user_id',
    'user_segment',
    'team',
    'feature',
    'workflow_id',
    'session_id',
    'task_type',
  ),
  ...text(
    'prompt_id',
    'prompt_version',
    'release',
    'environment',
    'service',
    'api_key_id',
    'trace_id',
    'span_id',
  ),
  ...text('routing_rule', 'baseline_model'),
  ['tags', (writer, row) => writeMap(writer, row.event.tags, value => writer.string(value))],
  ...TOKEN_BUCKETS.map(
    (bucket): Column => [TOKEN_COLUMN[bucket], (writer, row) => writer.uint32(row.event.tokens[bucket])],
  ),
  ['units', (writer, row) => writeMap(writer, row.event.units, value => writer.int128(parseUnits(value)))],
  ...text('raw_usage', 'usage_format'),
  ['usage_source', (writer, row) => writer.string(row.event.usage_source)],
  [
    'total_tokens_reported',
    (writer, row) => {
      const total = row.event.total_tokens_reported
      writer.isNull(total === null)
      if (total !== null) writer.uint64(total)
    },
  ],
  ['prompt_parts', (writer, row) => writeMap(writer, row.event.prompt_parts, value => writer.uint64(value))],
  amount('cost_usd', 'costUsd'),
  amount('list_cost_usd', 'listCostUsd'),
  amount('contracted_cost_usd', 'contractedCostUsd'),
  amount('reported_cost_usd', 'reportedCostUsd'),
  ...text('reported_cost_source'),
  component('uncached_input_cost_usd', 'uncachedInput'),
  component('cache_read_cost_usd', 'cacheRead'),
  component('cache_write_cost_usd', 'cacheWrite'),
  component('output_cost_usd', 'output'),
  component('units_cost_usd', 'units'),
  costText('cost_status', 'status'),
  costText('cost_reason', 'reason'),
  costText('price_rule_id', 'ruleId'),
  costText('price_variant', 'variant'),
  costText('price_tier', 'tier'),
  [
    'price_multipliers',
    (writer, row) => {
      writer.length(row.cost.multipliers.length)
      for (const multiplier of row.cost.multipliers) writer.string(multiplier)
    },
  ],
  ['price_book_version', (writer, row) => writer.string(row.cost.bookVersion)],
]

export const USAGE_COLUMNS: readonly string[] = COLUMNS.map(([name]) => name)

/** Rows as RowBinary, columns in the order of USAGE_COLUMNS. */
export function encodeRows(rows: readonly PricedEvent[]): Uint8Array {
  const writer = createRowWriter()
  for (const row of rows) {
    for (const [, write] of COLUMNS) write(writer, row)
  }
  return writer.bytes()
}
