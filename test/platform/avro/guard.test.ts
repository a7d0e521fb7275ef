import assert from 'node:assert/strict'
import { test } from 'node:test'
import avsc from 'avsc'
import fc from 'fast-check'
import { LedgerError } from '#core/errors.ts'
import { canonicalSchema } from '#platform/avro/canonical-schema.ts'
import { compileGuard } from '#platform/avro/guard.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import { MAX_LONG, MIN_LONG } from '#platform/avro/walk.ts'
import { arbitraryEvent } from './arbitrary-event.ts'
import { bytes, long, text } from './avro-bytes.ts'

const { guard, type } = loadSchemaStore().newest

const record = (fieldType: unknown) => ({
  type: 'record',
  name: 'R',
  fields: [{ name: 'f', type: fieldType }],
})

/** The refusal of bytes as the one field `f` of a record, as "code field". */
function refusalOf(fieldType: unknown, value: Buffer): string | undefined {
  const refusal = compileGuard(canonicalSchema(record(fieldType)))(value, 0)
  return refusal && `${refusal.code} ${refusal.field}`
}

const MAP = { type: 'map', values: 'string' }
const LONGS = { type: 'array', items: 'long' }
const ENUM = { type: 'enum', name: 'E', symbols: ['A', 'B'] }

const CASES: [rule: string, type: unknown, value: Buffer, refusal: string | undefined][] = [
  ['a map of one block', MAP, bytes(long(1), text('k'), text('v'), 0), undefined],
  [
    'a map of two blocks',
    MAP,
    bytes(long(1), text('k'), text('v'), long(1), text('l'), text(''), 0),
    undefined,
  ],
  ['a negative count with its size', MAP, bytes(long(-1), long(4), text('k'), text('v'), 0), undefined],
  [
    'a negative count with a smaller size',
    MAP,
    bytes(long(-1), long(3), text('k'), text('v'), 0),
    'malformed_avro f',
  ],
  [
    'a negative count with a size beyond the end',
    MAP,
    bytes(long(-1), long(99), text('k'), text('v'), 0),
    'malformed_avro f',
  ],
  [
    'a negative count with a negative size',
    MAP,
    bytes(long(-1), long(-4), text('k'), text('v'), 0),
    'malformed_avro f',
  ],
  ['a count of 10^8', LONGS, bytes(long(1e8)), 'malformed_avro f'],
  ['a count of 10^12', MAP, bytes(long(1e12), text('k')), 'malformed_avro f'],
  ['a count of -2^63', MAP, bytes(long(-(2n ** 63n)), long(1), 0), 'malformed_avro f'],
  [
    'items without bytes, more than there are bytes',
    { type: 'array', items: 'null' },
    bytes(long(2e7), 0),
    'malformed_avro f',
  ],
  [
    'more than 1,000 items in all blocks',
    LONGS,
    Buffer.concat(Array(2).fill(bytes(long(501), Buffer.alloc(501)))),
    'too_long f',
  ],
  ['1,000 items', LONGS, bytes(long(1000), Buffer.alloc(1000), 0), undefined],
  ['a map that never ends', MAP, bytes(long(1), text('k'), text('v')), 'malformed_avro f'],
  ['the key __proto__', MAP, bytes(long(1), text('__proto__'), text('v'), 0), 'bad_text f'],
  ['the key constructor', MAP, bytes(long(1), text('constructor'), text('v'), 0), undefined],
  ['a negative length', 'string', bytes(long(-1)), 'malformed_avro f'],
  ['a length beyond the end', 'string', bytes(long(3), 0x61, 0x62), 'malformed_avro f'],
  ['a length of 2^60', 'bytes', bytes(long(2n ** 60n)), 'malformed_avro f'],
  ['UTF-8', 'string', text('é🚀'), undefined],
  ['a byte that is not UTF-8', 'string', text(Buffer.from([0x61, 0xff])), 'bad_text f'],
  ['an overlong coding', 'string', text(Buffer.from([0xc0, 0xaf])), 'bad_text f'],
  ['a surrogate in UTF-8', 'string', text(Buffer.from([0xed, 0xa0, 0x80])), 'bad_text f'],
  [
    'a long text that ends inside a character',
    'string',
    text(Buffer.from(`${'a'.repeat(60)}é`).subarray(0, 61)),
    'bad_text f',
  ],
  ['the greatest long that avsc holds', 'long', long(MAX_LONG), undefined],
  ['2^53 - 1, which avsc refuses', 'long', long(MAX_LONG + 1), 'out_of_range f'],
  ['2^53', 'long', long(2n ** 53n), 'out_of_range f'],
  ['2^63 - 1', 'long', long(2n ** 63n - 1n), 'out_of_range f'],
  ['the least long that avsc holds', 'long', long(MIN_LONG), undefined],
  ['a long that avsc reads with the wrong sign', 'long', long(MIN_LONG - 1), 'out_of_range f'],
  ['a number of ten bytes with leading zeros', 'long', Buffer.from('82808080808080808000', 'hex'), undefined],
  ['a number of eleven bytes', 'long', Buffer.from('8280808080808080808000', 'hex'), 'malformed_avro f'],
  ['a number that is cut off', 'long', Buffer.from('8280', 'hex'), 'malformed_avro f'],
  ['the greatest int', 'int', long(2 ** 31 - 1), undefined],
  ['an int of 2^31', 'int', long(2 ** 31), 'out_of_range f'],
  ['an int of 2^40', 'int', long(2 ** 40), 'out_of_range f'],
  ['the least int', 'int', long(-(2 ** 31)), undefined],
  ['a union of the second branch', ['null', 'long'], bytes(long(1), long(7)), undefined],
  ['a union whose first branch has a value', ['long', 'null'], bytes(long(0), long(7)), undefined],
  ['a union whose first branch lacks its value', ['long', 'null'], bytes(long(0)), 'malformed_avro f'],
  ['a union index out of range', ['null', 'long'], bytes(long(2), long(7)), 'malformed_avro f'],
  ['a negative union index', ['null', 'long'], bytes(long(-1)), 'malformed_avro f'],
  ['an enum index', ENUM, long(1), undefined],
  ['an enum index out of range', ENUM, long(2), 'malformed_avro f'],
  ['a negative enum index', ENUM, long(-1), 'malformed_avro f'],
  ['true', 'boolean', bytes(1), undefined],
  ['a boolean of 2', 'boolean', bytes(2), 'malformed_avro f'],
  ['a missing boolean', 'boolean', bytes(), 'malformed_avro f'],
  ['a double', 'double', Buffer.alloc(8), undefined],
  ['half a double', 'double', Buffer.alloc(4), 'malformed_avro f'],
  ['a float', 'float', Buffer.alloc(4), undefined],
  ['a fixed', { type: 'fixed', name: 'F', size: 3 }, Buffer.alloc(3), undefined],
  ['a fixed cut off', { type: 'fixed', name: 'F', size: 3 }, Buffer.alloc(2), 'malformed_avro f'],
  ['a null', 'null', bytes(), undefined],
  ['bytes after the end', 'long', bytes(long(1), 0), 'malformed_avro '],
]

for (const [rule, fieldType, value, refusal] of CASES) {
  test(`${refusal ? 'refuses' : 'accepts'} ${rule}`, () => {
    assert.equal(refusalOf(fieldType, value), refusal)
    if (refusal) return
    // What the guard accepts, avsc reads without an exception and to the last byte.
    const decoded = avsc.Type.forSchema(record(fieldType) as avsc.Schema).decode(value)
    assert.equal(decoded.offset, value.length)
  })
}

test('names the path of a nested field', () => {
  const inner = { type: 'record', name: 'Inner', fields: [{ name: 'deep', type: 'boolean' }] }
  assert.equal(refusalOf(inner, bytes(9)), 'malformed_avro f.deep')
})

test('reads a named type where it is used again', () => {
  const schema = {
    type: 'record',
    name: 'R',
    fields: [
      { name: 'a', type: ENUM },
      { name: 'b', type: 'E' },
    ],
  }
  const check = compileGuard(canonicalSchema(schema))
  assert.equal(check(bytes(long(1), long(1)), 0), undefined)
  assert.equal(check(bytes(long(1), long(2)), 0)?.field, 'b')
})

test('does not take a schema whose data could decide the depth', () => {
  const list = { type: 'record', name: 'List', fields: [{ name: 'next', type: ['null', 'List'] }] }
  assert.throws(() => compileGuard(canonicalSchema(list)), LedgerError)
  assert.throws(() => compileGuard(canonicalSchema(record('Nowhere'))), LedgerError)
})

const LIMIT_MS = 50
const LIMIT_BYTES = 50 * 2 ** 20

/** Runs it and fails if it took more than a record may take; CPU time, so that a busy machine does not matter. */
function cheaply<T>(run: () => T): T {
  const heap = process.memoryUsage().heapUsed
  const cpu = process.cpuUsage()
  const result = run()
  const { user, system } = process.cpuUsage(cpu)
  assert.ok((user + system) / 1000 < LIMIT_MS, `${(user + system) / 1000} ms`)
  assert.ok(process.memoryUsage().heapUsed - heap < LIMIT_BYTES)
  return result
}

/** Whatever the bytes are: they are refused, or avsc reads them to the end; and either way cheaply. */
const guardHolds = (value: Uint8Array) =>
  cheaply(() => {
    if (guard(value, 0)) return
    assert.equal(type.decode(Buffer.from(value)).offset, value.length)
  })

test('arbitrary bytes never cost more than 50 ms or 50 MB', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), guardHolds), { numRuns: 2000 })
})

test('a record with some bytes changed is refused or read', () => {
  const change = fc.tuple(fc.nat(), fc.nat({ max: 2 }), fc.uint8Array({ minLength: 1, maxLength: 12 }))
  fc.assert(
    fc.property(arbitraryEvent, fc.array(change, { minLength: 1, maxLength: 3 }), (event, changes) => {
      let value = type.toBuffer(event)
      for (const [where, removed, inserted] of changes) {
        const at = where % value.length
        value = Buffer.concat([value.subarray(0, at), inserted, value.subarray(at + removed)])
      }
      guardHolds(value)
    }),
    { numRuns: 1000 },
  )
})

test('a record cut off anywhere is refused', () => {
  fc.assert(
    fc.property(arbitraryEvent, event => {
      const value = type.toBuffer(event)
      for (let end = 0; end < value.length; end++) {
        assert.equal(guard(value.subarray(0, end), 0)?.code, 'malformed_avro')
      }
    }),
    { numRuns: 20 },
  )
})

test('every event is accepted', () => {
  fc.assert(fc.property(arbitraryEvent, event => guard(type.toBuffer(event), 0) === undefined))
})
