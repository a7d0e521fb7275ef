// The usage event as the program sees it: one per attempt at a model call. The Avro schema
// (schemas/avro/usage-event.v1.avsc) says the same for the wire; a test holds the two together.

import type { Tokens } from './tokens.ts'

/**
 * How each field is typed and checked.
 * string: at most 1,024 bytes; count: whole number >= 0; time: ms since 1970, UTC; flag: boolean;
 * optional_*: null means "not known", which differs from 0 or false; decimal: a decimal string, '' is "not given".
 */
export const EVENT_FIELDS = {
  event_id: 'string',
  occurred_at: 'time',
  received_at: 'time',
  source: 'string',
  schema_version: 'count',

  provider: 'string',
  request_model: 'string',
  response_model: 'string',
  response_id: 'string',
  request_id: 'string',
  attempt: 'count',
  operation: 'string',
  service_tier: 'string',
  speed: 'string',
  inference_geo: 'string',
  region: 'string',
  host: 'string',
  deployment: 'string',
  deployment_type: 'string',
  capacity: 'capacity',
  is_byok: 'flag',
  batch: 'flag',
  streaming: 'flag',
  status: 'status',
  finish_reason: 'string',
  output_started: 'optional_flag',
  error_type: 'string',
  max_output_tokens: 'count',
  latency_ms: 'count',
  time_to_first_token_ms: 'count',

  tenant_id: 'string',
  user_id: 'string',
  user_segment: 'string',
  team: 'string',
  feature: 'string',
  workflow_id: 'string',
  session_id: 'string',
  task_type: 'string',
  prompt_id: 'string',
  prompt_version: 'string',
  release: 'string',
  environment: 'string',
  service: 'string',
  api_key_id: 'string',
  trace_id: 'string',
  span_id: 'string',
  routing_rule: 'string',
  baseline_model: 'string',
  tags: 'string_map',

  tokens: 'tokens',
  units: 'decimal_map',
  raw_usage: 'json_text',
  usage_format: 'string',

  usage_source: 'usage_source',
  total_tokens_reported: 'optional_count',
  reported_cost: 'decimal',
  reported_cost_source: 'string',
  prompt_parts: 'count_map',
} as const

export type EventField = keyof typeof EVENT_FIELDS
export type FieldKind = (typeof EVENT_FIELDS)[EventField]

export const STATUSES = ['ok', 'error', 'aborted', 'cached_by_gateway'] as const
export const USAGE_SOURCES = ['none', 'estimated', 'provider_partial', 'provider'] as const
export const CAPACITIES = ['unknown', 'on_demand', 'provisioned'] as const

export type Status = (typeof STATUSES)[number]
export type UsageSource = (typeof USAGE_SOURCES)[number]
export type Capacity = (typeof CAPACITIES)[number]

interface KindTypes {
  string: string
  json_text: string
  decimal: string
  count: number
  time: number
  flag: boolean
  optional_flag: boolean | null
  optional_count: number | null
  status: Status
  usage_source: UsageSource
  capacity: Capacity
  tokens: Tokens
  string_map: Record<string, string>
  decimal_map: Record<string, string>
  count_map: Record<string, number>
}

export type UsageEvent = { [F in EventField]: KindTypes[(typeof EVENT_FIELDS)[F]] }

/** Sizes that every way in keeps to; larger values are refused with the field's name, never cut. */
export const LIMITS = {
  event_id_bytes: 128,
  string_bytes: 1024,
  raw_usage_bytes: 16_384,
  tags: 64,
  tag_key_bytes: 64,
  tag_value_bytes: 256,
  units: 32,
  prompt_parts: 32,
} as const
