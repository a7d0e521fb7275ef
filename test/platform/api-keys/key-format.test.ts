import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { formatKey, hashSecret, newKeyParts, parseKey } from '#platform/api-keys/key-format.ts'
import { newKey } from './kit.ts'

test('a key is sl_, 12 digits of id and 256 bits of secret; its parts are found again', () => {
  const parts = newKeyParts(randomBytes)
  const key = formatKey(parts)
  assert.match(key, /^sl_[0-9a-f]{12}_[0-9a-f]{64}$/)
  assert.deepEqual(parseKey(key), parts)
  assert.notEqual(formatKey(newKeyParts(randomBytes)), key)
})

test('whatever is not a whole key is none', () => {
  const key = formatKey(newKeyParts(randomBytes))
  const others = [
    '',
    'sl_',
    key.slice(1),
    key.slice(0, -1),
    `${key}0`,
    `${key}\n`,
    ` ${key}`,
    key.toUpperCase(),
  ]
  for (const text of [...others, key.replace('_', '-'), `sl_${'é'.repeat(12)}_${'0'.repeat(64)}`]) {
    assert.equal(parseKey(text), undefined, text)
  }
})

test('what is stored is the SHA-256 of the secret, and neither secret nor key', () => {
  const { record, key } = newKey()
  const secret = key.split('_')[2] ?? ''
  assert.equal(record.hash, createHash('sha256').update(secret).digest('hex'))
  assert.equal(record.hash, hashSecret(secret).toString('hex'))
  assert.equal(record.id, key.split('_')[1])
  assert.ok(!JSON.stringify(record).includes(secret))
})
