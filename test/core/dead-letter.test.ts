import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  contentId,
  copyVersion,
  createDeadLetter,
  type DeadLetter,
  fromRecord,
  positionId,
  toRecord,
  withoutBytes,
} from '#core/dead-letter.ts'

const AT = Date.UTC(2026, 10, 24, 9, 30)
const ORIGIN = { log_id: 'log-1', topic: 'usage', partition: 3, offset: 41 }

const letter = (more: Partial<Parameters<typeof createDeadLetter>[0]> = {}): DeadLetter =>
  createDeadLetter({
    id: positionId(ORIGIN),
    refusal: { code: 'wrong_type', field: 'tags.\x1b[2J', got: '"five"', expected: 'a text' },
    stage: 'consumer',
    bytes: Buffer.from('{"a":1}'),
    origin: ORIGIN,
    eventId: 'e1',
    refusedAt: AT,
    ...more,
  })

const read = (value: unknown) => fromRecord(Buffer.from(JSON.stringify(value)))

test('a letter is named by its position, or by its bytes', () => {
  assert.equal(positionId(ORIGIN), 'log-1/usage/3/41')
  assert.equal(contentId(Buffer.from('a')), contentId(Buffer.from('a')))
  assert.notEqual(contentId(Buffer.from('a')), contentId(Buffer.from('b')))
})

test('a letter comes back from its record as it was', () => {
  for (const one of [letter(), letter({ origin: null, stage: 'collector', id: 'x', eventId: '' })]) {
    assert.deepEqual(fromRecord(toRecord(one).value), one)
  }
})

test('a letter without bytes is the same letter and says how many there were', () => {
  assert.deepEqual(fromRecord(toRecord(withoutBytes(letter())).value), { ...letter(), bytes_base64: '' })
  assert.equal(withoutBytes(letter()).bytes_total, 7)
})

test('no control character stands in field and message of a letter', () => {
  const { field, message } = letter()
  assert.equal(field, 'tags.\\u001b[2J')
  assert.equal(message, 'A field has the wrong type: tags.\\u001b[2J is "five", expected a text')
})

test('a record without any one of its members is no letter, and neither is one with a member that cannot be', () => {
  const whole = letter()
  for (const name of Object.keys(whole)) {
    const { [name as keyof DeadLetter]: _, ...rest } = whole
    assert.equal(read(rest), undefined, name)
    assert.equal(read({ ...whole, [name]: { toString: 1 } }), undefined, name)
  }
  for (const name of Object.keys(ORIGIN)) {
    assert.equal(read({ ...whole, origin: { ...ORIGIN, [name]: undefined } }), undefined, name)
    assert.equal(read({ ...whole, origin: { ...ORIGIN, [name]: -1 } }), undefined, name)
  }
  for (const time of [-1, 0, 1.5, AT / 1_000, AT * 1_000, 8.64e15, '2026-11-24', null]) {
    assert.equal(read({ ...whole, refused_at: time }), undefined, String(time))
  }
  assert.equal(read({ ...whole, bytes_total: 2 ** 60 }), undefined)
  assert.equal(read({ ...whole, dead_letter_id: '' }), undefined)
  assert.equal(read({ ...whole, stage: 'elsewhere' }), undefined)
})

test('whatever is read from the topic, it is a letter or nothing', () => {
  fc.assert(
    fc.property(fc.oneof(fc.json().map(Buffer.from), fc.uint8Array()), bytes => {
      assert.equal(fromRecord(bytes), undefined)
    }),
  )
  for (const value of [null, 1, 'a', [], {}, { dead_letter_id: 'a', bytes_base64: '' }]) {
    assert.equal(read(value), undefined)
  }
})

test('of two copies the one that was refused first stays, and a mark in microseconds is above both', () => {
  const [first, second] = [copyVersion(letter()), copyVersion(letter({ refusedAt: AT + 1 }))]
  assert.ok(first > second && second >= 0)
  assert.ok(copyVersion(letter({ refusedAt: Date.UTC(2020, 0, 1) })) < Date.UTC(2026, 0, 1) * 1_000)
})
