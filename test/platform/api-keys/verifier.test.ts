import assert from 'node:assert/strict'
import { timingSafeEqual } from 'node:crypto'
import { test } from 'node:test'
import { createVerifier } from '#platform/api-keys/verifier.ts'
import { newKey } from './kit.ts'

const good = newKey()
const revoked = newKey()
const RECORDS = [good.record, { ...revoked.record, revoked_at: '2026-11-24T09:00:00.000Z' }]

/** The same key with another secret. */
const forged = (key: string) => key.replace(/.$/, digit => (digit === '0' ? '1' : '0'))

test('only the whole key with its own secret is let in', () => {
  const verify = createVerifier(RECORDS)
  assert.deepEqual(verify(good.key), { ok: true, record: good.record })
  assert.deepEqual(verify(forged(good.key)), { ok: false, reason: 'unknown' })
  assert.deepEqual(verify(newKey().key), { ok: false, reason: 'unknown' })
  assert.deepEqual(verify(good.key.slice(0, -1)), { ok: false, reason: 'malformed' })
  assert.deepEqual(verify(good.record.hash), { ok: false, reason: 'malformed' })
  assert.deepEqual(createVerifier([])(good.key), { ok: false, reason: 'unknown' })
})

test('that a key was revoked is said of the key itself, and not to who guesses its id', () => {
  const verify = createVerifier(RECORDS)
  assert.deepEqual(verify(revoked.key), { ok: false, reason: 'revoked' })
  assert.deepEqual(verify(forged(revoked.key)), { ok: false, reason: 'unknown' })
})

test('every key of the right form costs one comparison of two whole hashes, whether its id exists or not', () => {
  const compared: [number, number][] = []
  const verify = createVerifier(RECORDS, (a, b) => {
    compared.push([a.length, b.length])
    return timingSafeEqual(a, b)
  })
  for (const key of [good.key, forged(good.key), revoked.key, forged(revoked.key), newKey().key]) {
    compared.length = 0
    verify(key)
    assert.deepEqual(compared, [[32, 32]])
  }
})

test('an unknown id is refused even if the comparison says yes', () => {
  const verify = createVerifier(RECORDS, () => true)
  assert.deepEqual(verify(newKey().key), { ok: false, reason: 'unknown' })
})
