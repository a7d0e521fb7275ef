// The schemas that producers may write with: the files of schemas/avro and their pinned ids. An id must keep its meaning for
// ever; producers in other languages carry it as five constant bytes.

import { readFileSync } from 'node:fs'
import avsc, { type Schema, type Type } from 'avsc'
import { LedgerError } from '#core/errors.ts'
import { canonicalSchema } from './canonical-schema.ts'
import { fingerprint } from './fingerprint.ts'
import { compileGuard, type Guard } from './guard.ts'
import { textType } from './text-type.ts'

/** One version of the usage event's schema. */
export interface StoredSchema {
  /** The id in Confluent framing. */
  readonly id: number
  readonly file: string
  /** CRC-64-AVRO of the canonical form. */
  readonly fingerprint: bigint
  /** Checks bytes of this version before `type` decodes them. */
  readonly guard: Guard
  readonly type: Type
}

export interface SchemaStore {
  /** Every version, oldest first. */
  readonly versions: readonly StoredSchema[]
  /** What is written with, and what every version is read as. */
  readonly newest: StoredSchema
  byId(id: number): StoredSchema | undefined
  byFingerprint(fingerprint: bigint): StoredSchema | undefined
}

const DEFAULT_DIRECTORY = new URL('../../../schemas/avro/', import.meta.url)

/**
 * Reads `ids.json` and the schema files it names.
 *
 * @throws LedgerError `internal` when a file is missing or is not an Avro schema: nothing can be decoded then.
 */
export function loadSchemaStore(directory: URL = DEFAULT_DIRECTORY): SchemaStore {
  const ids = readJson(new URL('ids.json', directory)) as Record<string, string>
  return createSchemaStore(
    Object.entries(ids).map(([id, file]) =>
      storedSchema(Number(id), file, readJson(new URL(file, directory))),
    ),
  )
}

/** A store of these versions; the greatest id is the newest. */
export function createSchemaStore(schemas: readonly StoredSchema[]): SchemaStore {
  const versions = [...schemas].sort((a, b) => a.id - b.id)
  const newest = versions.at(-1)
  if (!newest) throw new LedgerError('internal', 'no Avro schema has an id')
  const byId = new Map(versions.map(schema => [schema.id, schema]))
  const byFingerprint = new Map(versions.map(schema => [schema.fingerprint, schema]))
  return {
    versions,
    newest,
    byId: id => byId.get(id),
    byFingerprint: value => byFingerprint.get(value),
  }
}

/** Compiles a schema that was parsed from JSON. */
export function storedSchema(id: number, file: string, schema: unknown): StoredSchema {
  const canonical = canonicalSchema(schema)
  return {
    id,
    file,
    fingerprint: fingerprint(JSON.stringify(canonical)),
    guard: compileGuard(canonical),
    type: plainType(schema as Schema),
  }
}

/** Logical types stay unregistered, so times are numbers. */
function plainType(schema: Schema): Type {
  const type = avsc.Type.forSchema(schema, { omitRecordMethods: true, registry: { string: textType() } })
  makePlain(type)
  return type
}

/**
 * Makes decoded records plain objects. As instances of avsc's generated classes they would not be deeply equal to the same
 * event built from JSON, and comparing the two ways in is how we know that they agree.
 */
function makePlain(type: Type): void {
  if (!(type instanceof avsc.types.RecordType)) return
  type.recordConstructor.prototype = Object.prototype
  for (const field of type.fields) makePlain(field.type)
}

function readJson(url: URL): unknown {
  try {
    return JSON.parse(readFileSync(url, 'utf8'))
  } catch (cause) {
    throw new LedgerError('internal', `cannot read ${url.pathname}`, { cause })
  }
}
