// Walks the bytes of a record against its writer's schema before avsc sees them. Without it, ten bytes that claim a map of
// 10^12 entries stop the process, an array count ends it, and a legal long of 2^53 makes a record that fails for ever.
// What passes decodes without an exception, in time and memory proportional to its bytes.

import { LedgerError, type Refusal } from '#core/errors.ts'
import {
  type CanonicalComplex,
  type CanonicalSchema,
  isPrimitive,
  type Primitive,
} from './canonical-schema.ts'
import {
  blocks,
  boolean,
  byteString,
  type Check,
  entry,
  enumIndex,
  int,
  long,
  skip,
  text,
  union,
} from './checks.ts'
import { bytesLeft, refuse, type Walk } from './walk.ts'

/** Refuses bytes that are not exactly one record of the schema, from `start` to their end. */
export type Guard = (bytes: Uint8Array, start: number) => Refusal | undefined

/**
 * Compiles the guard of a schema.
 *
 * @throws LedgerError `internal` for a recursive schema: data must not decide how deep we go.
 */
export function compileGuard(schema: CanonicalSchema): Guard {
  const check = compile(schema, '', { types: new Map(), open: new Set() })
  return (bytes, start) => {
    const walk: Walk = { bytes, at: start, refusal: undefined }
    if (check(walk) && walk.at < bytes.length) {
      refuse(walk, 'malformed_avro', '', `${bytesLeft(walk)} more bytes`, 'the end of the record')
    }
    return walk.refusal
  }
}

interface Names {
  readonly types: Map<string, CanonicalComplex>
  /** Types whose definition we are inside of. */
  readonly open: Set<string>
}

function compile(schema: CanonicalSchema, field: string, names: Names): Check {
  if (typeof schema === 'string') {
    return isPrimitive(schema) ? primitive(schema, field) : reference(schema, field, names)
  }
  if (isUnion(schema)) {
    return union(
      schema.map(branch => compile(branch, field, names)),
      field,
    )
  }
  if ('name' in schema) names.types.set(schema.name, schema)
  switch (schema.type) {
    case 'record':
      return record(schema, field, names)
    case 'enum':
      return enumIndex(field, schema.symbols.length)
    case 'fixed':
      return skip(schema.size, field)
    case 'array':
      return blocks(field, compile(schema.items, field, names))
    case 'map':
      return blocks(field, entry(field, compile(schema.values, field, names)))
  }
}

const isUnion = (schema: CanonicalSchema): schema is readonly CanonicalSchema[] => Array.isArray(schema)

function reference(name: string, field: string, names: Names): Check {
  const type = names.types.get(name)
  if (!type || names.open.has(name)) {
    throw new LedgerError('internal', `Avro schema: ${name} is ${type ? 'recursive' : 'not defined'}`)
  }
  return compile(type, field, names)
}

function record(schema: Extract<CanonicalComplex, { type: 'record' }>, field: string, names: Names): Check {
  names.open.add(schema.name)
  const prefix = field === '' ? '' : `${field}.`
  const checks = schema.fields.map(({ name, type }) => compile(type, prefix + name, names))
  names.open.delete(schema.name)
  const zeroes = schema.fields.map(({ type }) => zeroIsWhole(type))
  return walk => {
    const { bytes } = walk
    for (let i = 0; i < checks.length; i++) {
      if (zeroes[i] && bytes[walk.at] === 0) walk.at++
      else if (!checks[i]?.(walk)) return false
    }
    return true
  }
}

/**
 * Whether a byte 0 is a whole value: an empty text or map, 0, false, the first symbol, the null of an optional value. Most
 * fields of most events are that, so records look for it first.
 */
function zeroIsWhole(schema: CanonicalSchema): boolean {
  if (typeof schema === 'string')
    return schema !== 'null' && schema !== 'float' && schema !== 'double' && isPrimitive(schema)
  if (isUnion(schema)) return schema[0] === 'null'
  return schema.type === 'enum' || schema.type === 'array' || schema.type === 'map'
}

function primitive(type: Primitive, field: string): Check {
  switch (type) {
    case 'null':
      return () => true
    case 'boolean':
      return boolean(field)
    case 'int':
      return int(field)
    case 'long':
      return long(field)
    case 'float':
      return skip(4, field)
    case 'double':
      return skip(8, field)
    case 'bytes':
      return byteString(field)
    case 'string':
      return text(field)
  }
}
