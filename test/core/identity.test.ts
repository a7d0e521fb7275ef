import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LedgerError } from '#core/errors.ts'
import {
  effectiveReceivedAt,
  eventVersion,
  isUuidV7,
  responseEventId,
  uuidV7,
  uuidV7Time,
} from '#core/identity.ts'
import { LIMITS, USAGE_SOURCES } from '#core/usage-event.ts'

const LAST_BOOK = 2 ** 18 - 1
const LAST_TIME = 2 ** 44 - 1

test('two observers of a response make one event_id, however they spell the provider', () => {
  assert.equal(responseEventId('openai', 'chatcmpl-1'), 'r:openai:chatcmpl-1')
  assert.equal(responseEventId('OpenAI', 'chatcmpl-1'), 'r:openai:chatcmpl-1')
})

test('an event_id made of a response id is never too long, and differs where the ids differ', () => {
  const long = 'resp_'.padEnd(1000, 'A')
  const id = responseEventId('openai', `${long}1`)
  assert.match(id, /^r:sha256:[0-9a-f]{64}$/)
  assert.notEqual(id, responseEventId('openai', `${long}2`))
  assert.notEqual(id, responseEventId('anthropic', `${long}1`))
})

test('a response id that just fits is kept readable', () => {
  const fits = 'x'.repeat(LIMITS.event_id_bytes - 'r:openai:'.length)
  assert.equal(responseEventId('openai', fits), `r:openai:${fits}`)
  assert.match(responseEventId('openai', `${fits}x`), /^r:sha256:/)
})

const version = (usageSource: (typeof USAGE_SOURCES)[number], bookSequence: number, receivedAt: number) =>
  eventVersion({ usageSource, bookSequence, receivedAt })

test('the version is quality, then book, then earliness, in 2, 18 and 44 bits', () => {
  assert.equal(version('none', 0, LAST_TIME), 0n)
  assert.equal(version('none', 0, 0), 2n ** 44n - 1n)
  assert.equal(version('none', 1, LAST_TIME), 2n ** 44n)
  assert.equal(version('estimated', 0, LAST_TIME), 2n ** 62n)
  assert.equal(version('provider', LAST_BOOK, 0), 2n ** 64n - 1n)
})

test('the version is exact for every part', () => {
  const parts = [
    fc.nat({ max: 3 }),
    fc.nat({ max: LAST_BOOK }),
    fc.maxSafeNat().map(n => n % 2 ** 44),
  ] as const
  fc.assert(
    fc.property(...parts, (quality, book, time) => {
      // Partial reports are cumulative: of two, the later one knows more.
      const rank = quality === 2 ? BigInt(time) : 2n ** 44n - 1n - BigInt(time)
      const expected = (BigInt(quality) << 62n) | (BigInt(book) << 44n) | rank
      assert.equal(version(USAGE_SOURCES[quality] ?? 'none', book, time), expected)
    }),
  )
})

test('better usage beats any book, a newer book any arrival, an earlier arrival a later one, and the latest of partial reports the others', () => {
  const book = fc.nat({ max: LAST_BOOK })
  const time = fc.nat({ max: LAST_TIME })
  const copy = fc.tuple(fc.nat({ max: USAGE_SOURCES.length - 1 }), book, time)
  fc.assert(
    fc.property(copy, copy, ([quality, book1, time1], [other, book2, time2]) => {
      const rank = quality - other || book1 - book2 || (quality === 2 ? time1 - time2 : time2 - time1)
      const a = version(USAGE_SOURCES[quality] ?? 'none', book1, time1)
      const b = version(USAGE_SOURCES[other] ?? 'none', book2, time2)
      assert.equal(a > b, rank > 0)
      assert.equal(a < b, rank < 0)
    }),
  )
})

test('a part that does not fit its bits is an error', () => {
  for (const book of [-1, 1.5, LAST_BOOK + 1]) assert.throws(() => version('none', book, 0), LedgerError)
  for (const time of [-1, 1.5, LAST_TIME + 1]) assert.throws(() => version('none', 0, time), LedgerError)
})

test('a received_at that cannot be true is replaced by the log time', () => {
  const logTime = Date.UTC(2026, 10, 24)
  const hour = 3_600_000
  for (const good of [Date.UTC(2020, 0), logTime - 5, logTime, logTime + hour]) {
    assert.equal(effectiveReceivedAt(good, logTime), good)
  }
  for (const bad of [-1, 0, Date.UTC(2020, 0) - 1, logTime + hour + 1, logTime * 1000, Number.NaN]) {
    assert.equal(effectiveReceivedAt(bad, logTime), logTime)
  }
})

test('a UUIDv7 gives its time back', () => {
  const random = fc.uint8Array({ minLength: 10, maxLength: 10 })
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 48 - 1 }), random, (now, bytes) => {
      const uuid = uuidV7(now, bytes)
      assert.ok(isUuidV7(uuid))
      assert.equal(uuidV7Time(uuid), now)
    }),
  )
})

test('UUIDv7s differ by their random bits and sort by time', () => {
  const zeros = new Uint8Array(10)
  const ones = new Uint8Array(10).fill(255)
  assert.equal(uuidV7(0x0123456789ab, zeros), '01234567-89ab-7000-8000-000000000000')
  assert.equal(uuidV7(0x0123456789ab, ones), '01234567-89ab-7fff-bfff-ffffffffffff')
  assert.ok(uuidV7(2, zeros) > uuidV7(1, ones))
})

test('only version 7 is a UUIDv7', () => {
  assert.ok(isUuidV7('017F22E2-79B0-7CC3-98C4-DC0C0C07398F'))
  assert.ok(!isUuidV7('017f22e2-79b0-4cc3-98c4-dc0c0c07398f'))
  assert.ok(!isUuidV7('017f22e2-79b0-7cc3-18c4-dc0c0c07398f'))
  assert.ok(!isUuidV7('x017f22e2-79b0-7cc3-98c4-dc0c0c07398f'))
  // The example of RFC 9562, appendix A.6.
  assert.equal(uuidV7Time('017F22E2-79B0-7CC3-98C4-DC0C0C07398F'), 1_645_557_742_000)
})
