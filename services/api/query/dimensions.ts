// What spend can be grouped and filtered by: a closed list. Names that reach the SQL text come from here and nowhere else;
// tag keys and all values are bound.

import { FEATURE_DIMENSIONS, USER_DIMENSIONS } from '#core/columns.ts'

/** Kept by the events alone: exact as well, but every event of the window is read, and not beyond their retention. */
export const EVENT_DIMENSIONS = [
  'source',
  'request_model',
  'response_model',
  'response_id',
  'request_id',
  'attempt',
  'operation',
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
  'finish_reason',
  'error_type',
  'workflow_id',
  'session_id',
  'prompt_id',
  'prompt_version',
  'service',
  'api_key_id',
  'trace_id',
  'span_id',
  'routing_rule',
  'baseline_model',
  'usage_source',
  'cost_status',
  'cost_reason',
  'price_rule_id',
  'price_variant',
  'price_tier',
  'price_book_version',
] as const

export const COLUMN_DIMENSIONS: readonly string[] = [
  ...new Set([...FEATURE_DIMENSIONS, ...USER_DIMENSIONS, ...EVENT_DIMENSIONS]),
]

const FLAGS: ReadonlySet<string> = new Set(['is_byok', 'batch', 'streaming'])
const COUNTS: ReadonlySet<string> = new Set(['attempt'])

export type DimensionKind = 'text' | 'flag' | 'count'

export interface Dimension {
  /** As asked for and answered: "feature", "tag.experiment". */
  readonly name: string
  readonly kind: DimensionKind
  /** The tag's key, where it is a tag. */
  readonly tag?: string
}

const TAG_PREFIX = 'tag.'

const kindOf = (column: string): DimensionKind =>
  FLAGS.has(column) ? 'flag' : COUNTS.has(column) ? 'count' : 'text'

const COLUMNS: ReadonlyMap<string, Dimension> = new Map(
  COLUMN_DIMENSIONS.map(name => [name, { name, kind: kindOf(name) }]),
)

/** The dimension of a name: a column, or `tag.` and a key; undefined for anything else. */
export function dimensionOf(name: string): Dimension | undefined {
  if (!name.startsWith(TAG_PREFIX)) return COLUMNS.get(name)
  const tag = name.slice(TAG_PREFIX.length)
  return tag === '' ? undefined : { name, kind: 'text', tag }
}
