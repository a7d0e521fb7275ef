// An event as a row of `usage_events`: the columns in groups, each with what writes it beneath, in the same order. Tests hold
// the names to the table as the engine describes it, and each value to its column. Every column is written in so many words:
// a list of columns to go through, or fields looked up by name, would cost twice as much as the writing.

import { TOKEN_COLUMN } from '#core/columns.ts'
import { parseUnits } from '#core/money.ts'
import type { PricedEvent } from './delivery.ts'
import type { RowWriter } from './row-binary.ts'

const PLACE = [
  'event_id',
  'occurred_at',
  'received_at',
  'version',
  'log_id',
  'log_topic',
  'log_partition',
  'log_offset',
]

function writePlace(w: RowWriter, { event, place, receivedAt, version }: PricedEvent): void {
  w.string(event.event_id)
  w.uint64(event.occurred_at)
  w.uint64(receivedAt)
  w.bigUint64(version)
  w.string(place.logId)
  w.string(place.topic)
  w.uint32(place.partition)
  w.uint64(place.record.offset)
}

const CALL = [
  'source',
  'provider',
  'model',
  'request_model',
  'response_model',
  'response_id',
  'request_id',
  'attempt',
  'operation',
  'service_tier',
  'speed',
  'inference_geo',
  'region',
  'host',
  'deployment',
  'deployment_type',
  'capacity',
  'is_byok',
  'batch',
  'streaming',
  'status',
  'finish_reason',
  'output_started',
  'error_type',
  'max_output_tokens',
  'latency_ms',
  'time_to_first_token_ms',
]

function writeCall(w: RowWriter, { event, cost }: PricedEvent): void {
  w.string(event.source)
  w.string(event.provider)
  w.string(cost.model)
  w.string(event.request_model)
  w.string(event.response_model)
  w.string(event.response_id)
  w.string(event.request_id)
  w.uint32(event.attempt)
  w.string(event.operation)
  w.string(event.service_tier)
  w.string(event.speed)
  w.string(event.inference_geo)
  w.string(event.region)
  w.string(event.host)
  w.string(event.deployment)
  w.string(event.deployment_type)
  w.string(event.capacity)
  w.bool(event.is_byok)
  w.bool(event.batch)
  w.bool(event.streaming)
  w.string(event.status)
  w.string(event.finish_reason)
  writeNullable(w, event.output_started, w.bool)
  w.string(event.error_type)
  w.uint64(event.max_output_tokens)
  w.uint64(event.latency_ms)
  w.uint64(event.time_to_first_token_ms)
}

const ATTRIBUTION = [
  'tenant_id',
  'user_id',
  'user_segment',
  'team',
  'feature',
  'workflow_id',
  'session_id',
  'task_type',
  'prompt_id',
  'prompt_version',
  'release',
  'environment',
  'service',
  'api_key_id',
  'trace_id',
  'span_id',
  'routing_rule',
  'baseline_model',
  'tags',
]

function writeAttribution(w: RowWriter, { event }: PricedEvent): void {
  w.string(event.tenant_id)
  w.string(event.user_id)
  w.string(event.user_segment)
  w.string(event.team)
  w.string(event.feature)
  w.string(event.workflow_id)
  w.string(event.session_id)
  w.string(event.task_type)
  w.string(event.prompt_id)
  w.string(event.prompt_version)
  w.string(event.release)
  w.string(event.environment)
  w.string(event.service)
  w.string(event.api_key_id)
  w.string(event.trace_id)
  w.string(event.span_id)
  w.string(event.routing_rule)
  w.string(event.baseline_model)
  writeMap(w, event.tags, w.string)
}

const USAGE = [
  TOKEN_COLUMN.input,
  TOKEN_COLUMN.cache_read,
  TOKEN_COLUMN.cache_write_5m,
  TOKEN_COLUMN.cache_write_1h,
  TOKEN_COLUMN.output,
  TOKEN_COLUMN.reasoning,
  TOKEN_COLUMN.input_audio,
  TOKEN_COLUMN.output_audio,
  TOKEN_COLUMN.input_image,
  TOKEN_COLUMN.output_image,
  TOKEN_COLUMN.input_video,
  TOKEN_COLUMN.cache_read_audio,
  TOKEN_COLUMN.cache_read_image,
  'units',
  'raw_usage',
  'usage_format',
  'tokens_given',
  'usage_source',
  'total_tokens_reported',
  'prompt_parts',
]

function writeUsage(w: RowWriter, { event, tokensGiven }: PricedEvent): void {
  const { tokens } = event
  w.uint32(tokens.input)
  w.uint32(tokens.cache_read)
  w.uint32(tokens.cache_write_5m)
  w.uint32(tokens.cache_write_1h)
  w.uint32(tokens.output)
  w.uint32(tokens.reasoning)
  w.uint32(tokens.input_audio)
  w.uint32(tokens.output_audio)
  w.uint32(tokens.input_image)
  w.uint32(tokens.output_image)
  w.uint32(tokens.input_video)
  w.uint32(tokens.cache_read_audio)
  w.uint32(tokens.cache_read_image)
  writeMap(w, event.units, value => w.int128(parseUnits(value)))
  w.string(event.raw_usage)
  w.string(event.usage_format)
  w.bool(tokensGiven)
  w.string(event.usage_source)
  writeNullable(w, event.total_tokens_reported, w.uint64)
  writeMap(w, event.prompt_parts, w.uint64)
}

const COST = [
  'cost_usd',
  'list_cost_usd',
  'contracted_cost_usd',
  'reported_cost_usd',
  'reported_cost_source',
  'uncached_input_cost_usd',
  'cache_read_cost_usd',
  'cache_write_cost_usd',
  'output_cost_usd',
  'units_cost_usd',
  'cost_status',
  'cost_reason',
  'price_rule_id',
  'price_variant',
  'price_tier',
  'price_multipliers',
  'price_book_version',
]

function writeCost(w: RowWriter, { event, cost }: PricedEvent): void {
  const { components } = cost
  writeNullable(w, cost.costUsd, w.int64)
  writeNullable(w, cost.listCostUsd, w.int64)
  writeNullable(w, cost.contractedCostUsd, w.int64)
  writeNullable(w, cost.reportedCostUsd, w.int64)
  w.string(event.reported_cost_source)
  w.int64(components.uncachedInput)
  w.int64(components.cacheRead)
  w.int64(components.cacheWrite)
  w.int64(components.output)
  w.int64(components.units)
  w.string(cost.status)
  w.string(cost.reason)
  w.string(cost.ruleId)
  w.string(cost.variant)
  w.string(cost.tier)
  writeTexts(w, cost.multipliers)
  w.string(cost.bookVersion)
}

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

export const USAGE_COLUMNS: readonly string[] = [...PLACE, ...CALL, ...ATTRIBUTION, ...USAGE, ...COST]

/** Writes a row, its columns in the order of USAGE_COLUMNS. */
export function writeRow(writer: RowWriter, row: PricedEvent): void {
  writePlace(writer, row)
  writeCall(writer, row)
  writeAttribution(writer, row)
  writeUsage(writer, row)
  writeCost(writer, row)
}
