// Walks the bytes of a record against its writer's schema before avsc sees them. Without it, ten bytes that claim a map of
// 10^12 entries stop the process, an array count ends it, and a legal long of 2^53 makes a record that fails for ever.
// What passes decodes without an exception, in time and memory proportional to its bytes.

import { isUtf8 } from 'node:buffer'
import { LedgerError, type Refusal } from '#core/errors.ts'
import {
  type CanonicalComplex,
  type CanonicalSchema,
  isPrimitive,
  type Primitive,
} from './canonical-schema.ts'
import { bytesLeft, readLong, refuse, refuseEnd, type Walk } from './walk.ts'

/** Refuses bytes that are not exactly one record of the schema, from `start` to their end. */
export type Guard = (bytes: Uint8Array, start: number) => Refusal | undefined

/** Checks one value and moves past it, or notes the refusal and returns false. */
type Check = (walk: Walk) => boolean

/** No map or array of an event holds more; the limits of single fields are lower. */
const MAX_ITEMS = 1000

const INT_LIMIT = 2 ** 31

/** Below this length a loop finds out faster than a call into the runtime whether a text is ASCII. */
const SHORT_TEXT_BYTES = 48

const PROTO = Buffer.from('__proto__')

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
      return walk => Number.isInteger(index(walk, field, schema.symbols.length, 'symbol'))
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
      return walk => !Number.isNaN(readLong(walk, field, 'out_of_range'))
    case 'float':
      return skip(4, field)
    case 'double':
      return skip(8, field)
    case 'bytes':
      return walk => skipBytes(walk, length(walk, field))
    case 'string':
      return walk => text(walk, field, length(walk, field))
  }
}

const boolean =
  (field: string): Check =>
  walk => {
    const byte = walk.bytes[walk.at++]
    if (byte === 0 || byte === 1) return true
    return byte === undefined
      ? refuseEnd(walk, field)
      : refuse(walk, 'malformed_avro', field, `byte ${byte}`, 'a boolean, 0 or 1')
  }

const int =
  (field: string): Check =>
  walk => {
    const value = readLong(walk, field, 'out_of_range')
    if (value >= -INT_LIMIT && value < INT_LIMIT) return true
    return Number.isNaN(value)
      ? false
      : refuse(walk, 'out_of_range', field, String(value), 'an int of 32 bits')
  }

const skip =
  (size: number, field: string): Check =>
  walk =>
    size <= bytesLeft(walk) ? skipBytes(walk, size) : refuseEnd(walk, field)

/** An index into the branches of a union or the symbols of an enum; NaN when it was refused. */
function index(walk: Walk, field: string, count: number, what: string): number {
  const value = readLong(walk, field)
  if (value >= 0 && value < count) return value
  if (!Number.isNaN(value)) {
    refuse(walk, 'malformed_avro', field, `${what} ${value}`, `0 to ${count - 1}`)
  }
  return Number.NaN
}

const union =
  (branches: readonly Check[], field: string): Check =>
  walk => {
    const branch = branches[index(walk, field, branches.length, 'branch')]
    return branch ? branch(walk) : false
  }

/** The length of a text or byte string that is all there; NaN when it was refused. */
function length(walk: Walk, field: string): number {
  const value = readLong(walk, field)
  if (value >= 0 && value <= bytesLeft(walk)) return value
  if (!Number.isNaN(value)) {
    refuse(walk, 'malformed_avro', field, `a length of ${value}`, `0 to the ${bytesLeft(walk)} bytes left`)
  }
  return Number.NaN
}

function skipBytes(walk: Walk, size: number): boolean {
  if (Number.isNaN(size)) return false
  walk.at += size
  return true
}

function text(walk: Walk, field: string, size: number): boolean {
  if (Number.isNaN(size)) return false
  const start = walk.at
  walk.at += size
  if (size < SHORT_TEXT_BYTES && isAscii(walk.bytes, start, walk.at)) return true
  return (
    isUtf8(walk.bytes.subarray(start, walk.at)) ||
    refuse(walk, 'bad_text', field, 'bytes that are not UTF-8', 'UTF-8')
  )
}

function isAscii(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) {
    if ((bytes[i] ?? 0) >= 0x80) return false
  }
  return true
}

/** A map's entry. avsc would lose a key `__proto__` and change the map's prototype instead. */
const entry =
  (field: string, value: Check): Check =>
  walk => {
    const size = length(walk, field)
    const start = walk.at
    if (!text(walk, field, size)) return false
    if (size === PROTO.length && PROTO.equals(walk.bytes.subarray(start, walk.at))) {
      return refuse(walk, 'bad_text', field, 'the key "__proto__"', 'another key')
    }
    return value(walk)
  }

/** The blocks of an array or map: each a count and that many items, until a count of 0. */
const blocks =
  (field: string, item: Check): Check =>
  walk => {
    let total = 0
    for (;;) {
      const count = readLong(walk, field)
      if (count === 0) return true
      if (Number.isNaN(count)) return false

      // A negative count is followed by the block's size in bytes, for readers that skip.
      const size = count < 0 ? length(walk, field) : undefined
      if (Number.isNaN(size)) return false
      const items = Math.abs(count)
      if (items > bytesLeft(walk)) {
        return refuse(walk, 'malformed_avro', field, `${items} entries in ${bytesLeft(walk)} bytes`, 'fewer')
      }
      total += items
      if (total > MAX_ITEMS) {
        return refuse(walk, 'too_long', field, `${total} entries`, `at most ${MAX_ITEMS}`)
      }

      const end = size === undefined ? undefined : walk.at + size
      for (let i = 0; i < items; i++) {
        if (!item(walk)) return false
      }
      if (end !== undefined && walk.at !== end) {
        return refuse(walk, 'malformed_avro', field, 'a block of another size than it says', 'its true size')
      }
    }
  }
