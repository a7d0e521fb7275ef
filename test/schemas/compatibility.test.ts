// Producers and consumers are deployed independently, so every version of the schema must read every other (FULL_TRANSITIVE).
// Two made-up versions show that the check can fail, and what a next version may do.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import {
  createSchemaStore,
  loadSchemaStore,
  type StoredSchema,
  storedSchema,
} from '#platform/avro/schema-store.ts'
import { defaultEvent } from '#platform/json-event/default-event.ts'

const DIRECTORY = new URL('../../schemas/avro/', import.meta.url)

const store = loadSchemaStore()

/** Whether a reader of one version reads what a writer of the other wrote. */
function canRead(reader: StoredSchema, writer: StoredSchema): boolean {
  try {
    reader.type.createResolver(writer.type)
    return true
  } catch {
    return false
  }
}

const compatible = (a: StoredSchema, b: StoredSchema): boolean => canRead(a, b) && canRead(b, a)

interface SchemaJson {
  fields: { name: string; type: unknown; default?: unknown }[]
}

/** Version 1, changed. */
function madeUp(id: number, change: (schema: SchemaJson) => void): StoredSchema {
  const schema = JSON.parse(readFileSync(new URL('usage-event.v1.avsc', DIRECTORY), 'utf8')) as SchemaJson
  change(schema)
  return storedSchema(id, `made-up.v${id}.avsc`, schema)
}

const unchanged = (id: number) => madeUp(id, () => {})

const oneMoreField = (id: number) =>
  madeUp(id, ({ fields }) => fields.splice(20, 0, { name: 'cache_key', type: 'string', default: '' }))

test('every schema file has an id, and every id a file', () => {
  const files = readdirSync(DIRECTORY).filter(file => file.endsWith('.avsc'))
  assert.deepEqual(store.versions.map(({ file }) => file).sort(), files.sort())
})

for (const a of store.versions) {
  for (const b of store.versions) {
    test(`version ${a.id} and version ${b.id} read each other`, () => assert.ok(compatible(a, b)))
  }
}

test('a version with one more field that has a default is compatible', () => {
  assert.ok(compatible(unchanged(1), oneMoreField(2)))
})

test('a version with one field less is compatible if the field had a default', () => {
  const without = (name: string) =>
    madeUp(2, schema => {
      schema.fields = schema.fields.filter(field => field.name !== name)
    })
  assert.ok(compatible(unchanged(1), without('region')))
  assert.ok(!compatible(unchanged(1), without('occurred_at')))
})

test('a new field without a default is incompatible', () => {
  const version = madeUp(2, ({ fields }) => fields.push({ name: 'cache_key', type: 'string' }))
  assert.ok(!compatible(unchanged(1), version))
})

test('another type, or a renamed field, is incompatible', () => {
  const retyped = madeUp(2, ({ fields }) => {
    for (const field of fields) if (field.name === 'region') field.type = ['null', 'string']
    for (const field of fields) if (field.name === 'region') field.default = null
  })
  const renamed = madeUp(2, ({ fields }) => {
    for (const field of fields) if (field.name === 'event_id') field.name = 'id'
  })
  assert.ok(!compatible(unchanged(1), retyped))
  assert.ok(!compatible(unchanged(1), renamed))
})

test('a new symbol is read as the default by readers that do not know it', () => {
  const withSymbol = (id: number) =>
    madeUp(id, ({ fields }) => {
      const status = fields.find(({ name }) => name === 'status')?.type as { symbols: string[] }
      status.symbols.push('refunded')
    })
  assert.ok(compatible(unchanged(1), withSymbol(2)))

  const newer = withSymbol(1)
  const codec = createUsageEventCodec(createSchemaStore([newer, unchanged(2)]))
  const body = newer.type.toBuffer({ event_id: 'e-1', occurred_at: 1, status: 'refunded' })
  const decoded = codec.decode(Buffer.concat([Buffer.from('0000000001', 'hex'), body]))
  assert.equal(decoded.kind === 'avro' && decoded.event.status, 'ok')
})

const event = { ...defaultEvent(), event_id: 'e-1', occurred_at: 1, feature: 'chat', tags: { a: 'b' } }

test('an older event is read with the default of the new field', () => {
  const v1 = unchanged(1)
  const codec = createUsageEventCodec(createSchemaStore([v1, oneMoreField(2)]))
  const bytes = createUsageEventCodec(createSchemaStore([v1])).encode(event)
  assert.deepEqual(codec.decode(bytes), { kind: 'avro', event: { ...event, cache_key: '' } })
})

test('a newer event is read without the field that is not known yet', () => {
  const newer = oneMoreField(1)
  const codec = createUsageEventCodec(createSchemaStore([newer, unchanged(2)]))
  const body = newer.type.toBuffer({ ...event, cache_key: 'k' })
  assert.deepEqual(codec.decode(Buffer.concat([Buffer.from('0000000001', 'hex'), body])), {
    kind: 'avro',
    event,
  })
})
