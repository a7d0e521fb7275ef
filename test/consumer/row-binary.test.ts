// The short ways of writing a value give the bytes of the long ones.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRowWriter } from '../../services/consumer/row-binary.ts'

const written = (write: (writer: ReturnType<typeof createRowWriter>) => void): Buffer => {
  const writer = createRowWriter()
  write(writer)
  return Buffer.from(writer.bytes())
}

test('a safe integer has the bytes of the same Int64', () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), value => {
      assert.deepEqual(
        written(w => w.uint64(value)),
        written(w => w.int64(BigInt(value))),
      )
    }),
  )
})

test('a text is its length and its UTF-8, ASCII or not, short or long', () => {
  const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ minLength: 100, maxLength: 200 }))
  fc.assert(
    fc.property(text, value => {
      const bytes = Buffer.from(value)
      const long = written(w => {
        w.length(bytes.length)
        w.raw(bytes)
      })
      assert.deepEqual(
        written(w => w.string(value)),
        long,
      )
    }),
  )
})

test('what was cut off is written over', () => {
  const bytes = written(w => {
    w.string('kept')
    const size = w.size()
    w.string('cut')
    w.cut(size)
    w.string('new')
  })
  assert.equal(bytes.toString(), '\u0004kept\u0003new')
})
