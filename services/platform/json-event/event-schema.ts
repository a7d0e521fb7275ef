// The JSON schema of the JSON event, made from EVENT_FIELDS so that a new field cannot be forgotten here. It checks types only;
// `checkEventLimits` of core checks sizes. Nothing is coerced: a null or "12" where a count belongs is a fault of the sender,
// and reading it as 0 or 12 would make a wrong bill of it.

import { Ajv, type ErrorObject } from 'ajv'
import type { Refusal } from '#core/errors.ts'
import { TOKEN_BUCKETS, type Tokens } from '#core/tokens.ts'
import {
  CAPACITIES,
  type Capacity,
  EVENT_FIELDS,
  type EventField,
  type FieldKind,
  STATUSES,
  type Status,
  USAGE_SOURCES,
  type UsageSource,
} from '#core/usage-event.ts'
import { describeValue } from './describe-value.ts'

interface JsonKinds {
  string: string | null
  json_text: string | null
  decimal: string | number | null
  count: number
  time: string | number
  flag: boolean | null
  optional_flag: boolean | null
  optional_count: number | null
  status: Status | null
  usage_source: UsageSource | null
  capacity: Capacity | null
  tokens: Partial<Tokens>
  string_map: Record<string, string>
  decimal_map: Record<string, string | number>
  count_map: Record<string, number>
}

/** A JSON event whose types are right. null is "not given" where no count belongs. */
export type JsonEvent = { [F in EventField]?: JsonKinds[(typeof EVENT_FIELDS)[F]] } & {
  /** The provider's usage object as it came, or the chunks of a stream that carry it. */
  usage?: object | null
}

const TEXT = { type: ['string', 'null'], description: 'a text' }
const FLAG = { type: ['boolean', 'null'], description: 'true or false' }
const COUNT = { type: 'integer', minimum: 0, description: 'a whole number, not negative' }
const DECIMAL = { type: ['number', 'string'], description: 'a number or a decimal text' }

const oneOf = (values: readonly string[]) => ({
  enum: [...values, null],
  description: `one of ${values.join(', ')}`,
})

const mapOf = (values: object, description: string) => ({
  type: 'object',
  additionalProperties: values,
  description,
})

const KIND_SCHEMAS: Record<FieldKind, object> = {
  string: TEXT,
  json_text: TEXT,
  decimal: { ...DECIMAL, type: ['number', 'string', 'null'] },
  count: COUNT,
  time: {
    type: ['string', 'number'],
    description: 'a time in ISO 8601 with its offset, or milliseconds since 1970',
  },
  flag: FLAG,
  optional_flag: FLAG,
  optional_count: { ...COUNT, type: ['integer', 'null'] },
  status: oneOf(STATUSES),
  usage_source: oneOf(USAGE_SOURCES),
  capacity: oneOf(CAPACITIES),
  tokens: {
    type: 'object',
    properties: Object.fromEntries(TOKEN_BUCKETS.map(bucket => [bucket, COUNT])),
    additionalProperties: false,
    description: `an object with the buckets ${TOKEN_BUCKETS.join(', ')}`,
  },
  string_map: mapOf({ type: 'string', description: 'a text' }, 'an object of texts'),
  decimal_map: mapOf(DECIMAL, 'an object of numbers or decimal texts'),
  count_map: mapOf(COUNT, 'an object of whole numbers'),
}

/** The collector stamps it, whatever the event says. */
export const IGNORED_FIELD = 'received_at' satisfies EventField

const FIELDS = (Object.keys(EVENT_FIELDS) as EventField[]).filter(field => field !== IGNORED_FIELD)

export const EVENT_SCHEMA = {
  type: 'object',
  properties: {
    ...Object.fromEntries(FIELDS.map(field => [field, KIND_SCHEMAS[EVENT_FIELDS[field]]])),
    usage: {
      type: ['object', 'array', 'null'],
      description: "the provider's usage object, or a stream's chunks",
    },
  },
}

const validate = new Ajv({ verbose: true, allowUnionTypes: true }).compile<JsonEvent>(EVENT_SCHEMA)

/** Checks the types of a value's known fields; the refusal names the first that is wrong. */
export function checkTypes(
  value: object,
): { readonly ok: true; readonly json: JsonEvent } | { readonly ok: false; readonly refusal: Refusal } {
  if (validate(value)) return { ok: true, json: value }
  // A validation that failed leaves at least one error.
  const [error] = validate.errors as [ErrorObject]
  return { ok: false, refusal: toRefusal(error) }
}

function toRefusal(error: ErrorObject): Refusal {
  const field = error.instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
  const expected = error.parentSchema?.['description'] as string
  if (error.keyword === 'additionalProperties') {
    const name = error.params['additionalProperty'] as string
    return { code: 'unknown_field', field: `${field}.${name}`, got: '', expected }
  }
  const { data } = error
  const right = error.keyword !== 'type' && typeof data !== 'object'
  const infinite = typeof data === 'number' && !Number.isFinite(data)
  return {
    code: right || infinite ? 'out_of_range' : 'wrong_type',
    field,
    got: describeValue(data),
    expected,
  }
}
