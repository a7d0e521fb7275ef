// An event as a row of `usage_events`: one list of columns, each with how it is written. A test holds names and types to the
// table as the engine describes it. Each column has a function of its own on purpose: one shared by many fields would look
// every field up by name, which costs more than writing it.

import { TOKEN_COLUMN } from '#core/columns.ts'
import { parseUnits } from '#core/money.ts'
import { createBreath } from './breath.ts'
import type { PricedEvent } from './delivery.ts'
import { createRowWriter, type RowWriter } from './row-binary.ts'

type Column = readonly [name: string, write: (writer: RowWriter, row: PricedEvent) => void]

function writeMap<V>(writer: RowWriter, map: Record<string, V>, write: (value: V) => void): void {
  const keys = Object.keys(map)
  writer.length(keys.length)
  for (const key of keys) {
    writer.string(key)
    write(map[key] as V)
  }
}

function writeTexts(writer: RowWriter, texts: readonly string[]): void {
  writer.length(texts.length)
  for (const text of texts) writer.string(text)
}

function writeNullable<V>(writer: RowWriter, value: V | null, write: (value: V) => void): void {
  writer.isNull(value === null)
  if (value !== null) write(value)
}

const COLUMNS: readonly Column[] = [
  ['event_id', (w, { event }) => w.string(event.event_id)],
  ['occurred_at', (w, { event }) => w.int64(BigInt(event.occurred_at))],
  ['received_at', (w, row) => w.int64(BigInt(row.receivedAt))],
  ['version', (w, row) => w.bigUint64(row.version)],
  ['log_id', (w, { place }) => w.string(place.logId)],
  ['log_topic', (w, { place }) => w.string(place.topic)],
  ['log_partition', (w, { place }) => w.uint32(place.partition)],
  ['log_offset', (w, { place }) => w.uint64(place.record.offset)],
  ['source', (w, { event }) => w.string(event.source)],
  ['provider', (w, { event }) => w.string(event.provider)],
  ['model', (w, { cost }) => w.string(cost.model)],
  ['request_model', (w, { event }) => w.string(event.request_model)],
  ['response_model', (w, { event }) => w.string(event.response_model)],
  ['response_id', (w, { event }) => w.string(event.response_id)],
  ['request_id', (w, { event }) => w.string(event.request_id)],
  ['attempt', (w, { event }) => w.uint32(event.attempt)],
  ['operation', (w, { event }) => w.string(event.operation)],
  ['service_tier', (w, { event }) => w.string(event.service_tier)],
  ['speed', (w, { event }) => w.string(event.speed)],
  ['inference_geo', (w, { event }) => w.string(event.inference_geo)],
  ['region', (w, { event }) => w.string(event.region)],
  ['host', (w, { event }) => w.string(event.host)],
  ['deployment', (w, { event }) => w.string(event.deployment)],
  ['deployment_type', (w, { event }) => w.string(event.deployment_type)],
  ['capacity', (w, { event }) => w.string(event.capacity)],
  ['is_byok', (w, { event }) => w.bool(event.is_byok)],
  ['batch', (w, { event }) => w.bool(event.batch)],
  ['streaming', (w, { event }) => w.bool(event.streaming)],
  ['status', (w, { event }) => w.string(event.status)],
  ['finish_reason', (w, { event }) => w.string(event.finish_reason)],
  ['output_started', (w, { event }) => writeNullable(w, event.output_started, w.bool)],
  ['error_type', (w, { event }) => w.string(event.error_type)],
  ['max_output_tokens', (w, { event }) => w.uint64(event.max_output_tokens)],
  ['latency_ms', (w, { event }) => w.uint64(event.latency_ms)],
  ['time_to_first_token_ms', (w, { event }) => w.uint64(event.time_to_first_token_ms)],
  ['tenant_id', (w, { event }) => w.string(event.tenant_id)],
  ['user_id', (w, { event }) => w.string(event.user_id)],
  ['user_segment', (w, { event }) => w.string(event.user_segment)],
  ['team', (w, { event }) => w.string(event.team)],
  ['feature', (w, { event }) => w.string(event.feature)],
  ['workflow_id', (w, { event }) => w.string(event.workflow_id)],
  ['session_id', (w, { event }) => w.string(event.session_id)],
  ['task_type', (w, { event }) => w.string(event.task_type)],
  ['prompt_id', (w, { event }) => w.string(event.prompt_id)],
  ['prompt_version', (w, { event }) => w.string(event.prompt_version)],
  ['release', (w, { event }) => w.string(event.release)],
  ['environment', (w, { event }) => w.string(event.environment)],
  ['service', (w, { event }) => w.string(event.service)],
  ['api_key_id', (w, { event }) => w.string(event.api_key_id)],
  ['trace_id', (w, { event }) => w.string(event.trace_id)],
  ['span_id', (w, { event }) => w.string(event.span_id)],
  ['routing_rule', (w, { event }) => w.string(event.routing_rule)],
  ['baseline_model', (w, { event }) => w.string(event.baseline_model)],
  ['tags', (w, { event }) => writeMap(w, event.tags, w.string)],
  [TOKEN_COLUMN.input, (w, { event }) => w.uint32(event.tokens.input)],
  [TOKEN_COLUMN.cache_read, (w, { event }) => w.uint32(event.tokens.cache_read)],
  [TOKEN_COLUMN.cache_write_5m, (w, { event }) => w.uint32(event.tokens.cache_write_5m)],
  [TOKEN_COLUMN.cache_write_1h, (w, { event }) => w.uint32(event.tokens.cache_write_1h)],
  [TOKEN_COLUMN.output, (w, { event }) => w.uint32(event.tokens.output)],
  [TOKEN_COLUMN.reasoning, (w, { event }) => w.uint32(event.tokens.reasoning)],
  [TOKEN_COLUMN.input_audio, (w, { event }) => w.uint32(event.tokens.input_audio)],
  [TOKEN_COLUMN.output_audio, (w, { event }) => w.uint32(event.tokens.output_audio)],
  [TOKEN_COLUMN.input_image, (w, { event }) => w.uint32(event.tokens.input_image)],
  [TOKEN_COLUMN.output_image, (w, { event }) => w.uint32(event.tokens.output_image)],
  [TOKEN_COLUMN.input_video, (w, { event }) => w.uint32(event.tokens.input_video)],
  [TOKEN_COLUMN.cache_read_audio, (w, { event }) => w.uint32(event.tokens.cache_read_audio)],
  [TOKEN_COLUMN.cache_read_image, (w, { event }) => w.uint32(event.tokens.cache_read_image)],
  ['units', (w, { event }) => writeMap(w, event.units, value => w.int128(parseUnits(value)))],
  ['raw_usage', (w, { event }) => w.string(event.raw_usage)],
  ['usage_format', (w, { event }) => w.string(event.usage_format)],
  ['usage_source', (w, { event }) => w.string(event.usage_source)],
  ['total_tokens_reported', (w, { event }) => writeNullable(w, event.total_tokens_reported, w.uint64)],
  ['prompt_parts', (w, { event }) => writeMap(w, event.prompt_parts, w.uint64)],
  ['cost_usd', (w, { cost }) => writeNullable(w, cost.costUsd, w.int64)],
  ['list_cost_usd', (w, { cost }) => writeNullable(w, cost.listCostUsd, w.int64)],
  ['contracted_cost_usd', (w, { cost }) => writeNullable(w, cost.contractedCostUsd, w.int64)],
  ['reported_cost_usd', (w, { cost }) => writeNullable(w, cost.reportedCostUsd, w.int64)],
  ['reported_cost_source', (w, { event }) => w.string(event.reported_cost_source)],
  ['uncached_input_cost_usd', (w, { cost }) => w.int64(cost.components.uncachedInput)],
  ['cache_read_cost_usd', (w, { cost }) => w.int64(cost.components.cacheRead)],
  ['cache_write_cost_usd', (w, { cost }) => w.int64(cost.components.cacheWrite)],
  ['output_cost_usd', (w, { cost }) => w.int64(cost.components.output)],
  ['units_cost_usd', (w, { cost }) => w.int64(cost.components.units)],
  ['cost_status', (w, { cost }) => w.string(cost.status)],
  ['cost_reason', (w, { cost }) => w.string(cost.reason)],
  ['price_rule_id', (w, { cost }) => w.string(cost.ruleId)],
  ['price_variant', (w, { cost }) => w.string(cost.variant)],
  ['price_tier', (w, { cost }) => w.string(cost.tier)],
  ['price_multipliers', (w, { cost }) => writeTexts(w, cost.multipliers)],
  ['price_book_version', (w, { cost }) => w.string(cost.bookVersion)],
]

export const USAGE_COLUMNS: readonly string[] = COLUMNS.map(([name]) => name)

/** Rows as RowBinary, columns in the order of USAGE_COLUMNS. */
export async function encodeRows(rows: readonly PricedEvent[]): Promise<Uint8Array> {
  const breath = createBreath()
  const writer = createRowWriter()
  for (const row of rows) {
    for (const [, write] of COLUMNS) write(writer, row)
    await breath()
  }
  return writer.bytes()
}
