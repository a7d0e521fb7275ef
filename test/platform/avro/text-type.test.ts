// Remembering words must not show: every text is read as avsc reads it, the first time and again.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import avsc from 'avsc'
import fc from 'fast-check'
import { textType } from '#platform/avro/text-type.ts'

const plain = avsc.Type.forSchema('string')

test('a text is read as avsc reads it, wherever it stands, however often', () => {
  const remembering = textType()
  const known = fc.constantFrom('', 'openai', 'gpt-5.4', 'é', '\0', 'x'.repeat(24), 'x'.repeat(25))
  const texts = fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string(), known))
  fc.assert(
    fc.property(texts, fc.nat({ max: 9 }), (all, pad) => {
      for (const text of [...all, ...all]) {
        const bytes = Buffer.concat([Buffer.alloc(pad, 1), plain.toBuffer(text), Buffer.alloc(pad, 1)])
        assert.deepEqual(remembering.decode(bytes, pad), plain.decode(bytes, pad))
      }
    }),
  )
})

test('words that share a place take turns and are never mistaken for one another', () => {
  const remembering = textType()
  const words = Array.from({ length: 20_000 }, (_, i) => `word-${i}`)
  for (const word of words) assert.equal(remembering.fromBuffer(plain.toBuffer(word)), word)
  for (const word of words.toReversed()) assert.equal(remembering.fromBuffer(plain.toBuffer(word)), word)
})

test('bytes that are cut off are not read as a word that was seen before', () => {
  const remembering = textType()
  const bytes = plain.toBuffer('openai')
  assert.equal(remembering.fromBuffer(bytes), 'openai')
  for (let end = 0; end < bytes.length; end++) {
    const cut = bytes.subarray(0, end)
    assert.deepEqual(remembering.decode(cut, 0), plain.decode(cut, 0))
  }
})

test('texts of as many bytes and other characters are kept apart', () => {
  const remembering = textType()
  for (const text of ['éé', 'abcd', 'éé', '\0\0\0\0', '☃a', 'abcd']) {
    assert.equal(remembering.fromBuffer(plain.toBuffer(text)), text)
  }
})
