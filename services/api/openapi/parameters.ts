// The query parameters, from the lists that the code reads them by.

import { FEATURE_DIMENSIONS, USER_DIMENSIONS } from '#core/columns.ts'
import { TIME_WORDS } from '#core/periods.ts'
import { COLUMN_DIMENSIONS, type DimensionKind, dimensionOf } from '../query/dimensions.ts'
import { DEFAULT_LIMIT, MAX_FILTER_VALUES, MAX_LIMIT } from '../query/limits.ts'
import { FORMATS } from '../query/parameters.ts'
import { oneOf, type Schema, TEXT } from './schema.ts'

export interface Parameter {
  readonly name: string
  readonly in: 'query' | 'path' | 'header'
  readonly description: string
  readonly schema: Schema
  readonly required?: true
  readonly style?: 'form'
  readonly explode?: boolean
  readonly example?: unknown
}

export const query = (
  name: string,
  description: string,
  schema: Schema = TEXT,
  more: Pick<Parameter, 'required' | 'style' | 'explode' | 'example'> = {},
): Parameter => ({ name, in: 'query', description, schema, ...more })

const VALUES: Readonly<Record<DimensionKind, Schema>> = {
  text: TEXT,
  flag: oneOf(['true', 'false']),
  count: { type: 'integer', minimum: 0 },
}

const ROLLED_UP: ReadonlySet<string> = new Set([...FEATURE_DIMENSIONS, ...USER_DIMENSIONS])

const cheapness = (name: string): string =>
  ROLLED_UP.has(name) ? 'kept by the rollups' : 'from single events, as long as these are kept'

const filter = (name: string): Parameter =>
  query(
    name,
    `Only calls with this \`${name}\` (${cheapness(name)}). Given twice, either value passes; empty is what names none.`,
    { type: 'array', items: VALUES[dimensionOf(name)?.kind ?? 'text'] },
    { style: 'form', explode: true },
  )

/** Stands for all parameters `tag.<key>`: their names are somebody's own. */
const TAGS = query(
  'tag',
  'Filters by tags, each as a parameter of its own: `tag.experiment=b`.',
  {
    type: 'object',
    patternProperties: { '^tag\\..+$': TEXT },
    additionalProperties: false,
  },
  { style: 'form', explode: true },
)

const limit = (most: number, usual: number): Parameter =>
  query('limit', 'Rows at most.', { type: 'integer', minimum: 1, maximum: most, default: usual })

/** @param usual what stands where there is none */
export const fromParameter = (usual: string): Parameter =>
  query(
    'from',
    `Start, inside the window: ${TIME_WORDS}. A word brings its own end. Without it, ${usual}.`,
    TEXT,
    {
      example: '7d',
    },
  )

/** Parameters that several operations take, by the name that they have among the components. */
export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  from: fromParameter('the last 30 days'),
  to: query('to', 'End, not inside the window. A word stands for its start. Default: now.'),
  tz: query(
    'tz',
    'IANA time zone of dates, buckets and times (`Europe/Berlin`); default `SPENDLEDGER_TIMEZONE`.',
  ),
  limit: limit(MAX_LIMIT, DEFAULT_LIMIT),
  cursor: query('cursor', 'The `next_cursor` of an answer to the same question.'),
  format: query('format', '`csv` answers with a file.', { ...oneOf(FORMATS), default: 'json' }),
  strict: query('strict', '`1` refuses events with unknown fields, which are dropped otherwise.', {
    ...oneOf(['0', '1']),
    default: '0',
  }),
  'If-None-Match': {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of an answer that is at hand: 304 if it is still the answer.',
    schema: TEXT,
  },
  'tag.key': TAGS,
  ...Object.fromEntries(COLUMN_DIMENSIONS.map(name => [name, filter(name)])),
}

const shared = (names: readonly string[]): readonly object[] =>
  names.map(name => ({ $ref: `#/components/parameters/${name}` }))

export const WINDOW = shared(['from', 'to', 'tz'])
export const WINDOW_END = shared(['to', 'tz'])
export const ZONE = shared(['tz'])
export const LIMIT = shared(['limit'])
export const CURSOR = shared(['cursor'])
export const FORMAT = shared(['format'])
export const STRICT = shared(['strict'])

/** All dimensions and tags. At most MAX_FILTER_VALUES values together. */
export const FILTERS = shared([...COLUMN_DIMENSIONS, 'tag.key'])

export const FILTERS_TEXT = `Filters are the dimensions by name, with at most ${MAX_FILTER_VALUES} values together.`

/** Rows of a page where the list has limits of its own. */
export const limitOf = limit

/** How a question is asked again without being sent the same answer. */
export const IF_NONE_MATCH = shared(['If-None-Match'])

export const idInPath = (description: string): Parameter => ({
  name: 'id',
  in: 'path',
  required: true,
  description,
  schema: TEXT,
})
