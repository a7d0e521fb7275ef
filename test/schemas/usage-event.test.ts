// Holds the Avro schema to the fields of core and to the rules that keep it readable for ever.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { TOKEN_BUCKETS } from '#core/tokens.ts'
import { CAPACITIES, EVENT_FIELDS, type FieldKind, STATUSES, USAGE_SOURCES } from '#core/usage-event.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { defaultEvent } from '#platform/json-event/default-event.ts'

interface Field {
  readonly name: string
  readonly type: unknown
  readonly default?: unknown
  readonly doc?: string
}

const { newest } = loadSchemaStore()
const schema = JSON.parse(
  readFileSync(new URL(`../../schemas/avro/${newest.file}`, import.meta.url), 'utf8'),
) as { name: string; namespace: string; fields: Field[] }

const enumOf = (name: string, symbols: readonly string[], fallback: string) => ({
  type: 'enum',
  name,
  symbols,
  default: fallback,
})

const AVRO_TYPES: Record<Exclude<FieldKind, 'tokens'>, unknown> = {
  string: 'string',
  json_text: 'string',
  decimal: 'string',
  count: 'long',
  time: { type: 'long', logicalType: 'timestamp-millis' },
  flag: 'boolean',
  optional_flag: ['null', 'boolean'],
  optional_count: ['null', 'long'],
  status: enumOf('Status', STATUSES, 'ok'),
  usage_source: enumOf('UsageSource', USAGE_SOURCES, 'none'),
  capacity: enumOf('Capacity', CAPACITIES, 'unknown'),
  string_map: { type: 'map', values: 'string' },
  decimal_map: { type: 'map', values: 'string' },
  count_map: { type: 'map', values: 'long' },
}

test('the record is dev.spendledger.UsageEvent', () => {
  assert.equal(`${schema.namespace}.${schema.name}`, 'dev.spendledger.UsageEvent')
})

test('the schema has the fields of EVENT_FIELDS in their order', () => {
  assert.deepEqual(
    schema.fields.map(({ name }) => name),
    Object.keys(EVENT_FIELDS),
  )
})

for (const field of schema.fields) {
  const kind: FieldKind = EVENT_FIELDS[field.name as keyof typeof EVENT_FIELDS]

  test(`${field.name} has the Avro type of its kind, and a doc`, () => {
    if (kind !== 'tokens') assert.deepEqual(field.type, AVRO_TYPES[kind])
    assert.ok(field.doc?.endsWith('.'), 'a sentence')
  })
}

test('the record tokens has the buckets in their order, as longs of default 0', () => {
  const tokens = schema.fields.find(({ name }) => name === 'tokens')?.type as { fields: Field[] }
  assert.deepEqual(
    tokens.fields.map(({ name, type, default: initial }) => [name, type, initial]),
    TOKEN_BUCKETS.map(bucket => [bucket, 'long', 0]),
  )
  assert.ok(tokens.fields.every(({ doc }) => doc?.endsWith('.')))
})

test('every field but event_id and occurred_at has a default', () => {
  const without = schema.fields.filter(field => field.default === undefined).map(({ name }) => name)
  assert.deepEqual(without, ['event_id', 'occurred_at'])
})

test('what an Avro event leaves out is what a JSON event leaves out', () => {
  const required = { event_id: 'e-1', occurred_at: 1 }
  const decoded = newest.type.fromBuffer(newest.type.toBuffer(required))
  assert.deepEqual(decoded, { ...defaultEvent(), ...required })
})
