import assert from 'node:assert/strict'
import { test } from 'node:test'
import { format, inspect } from 'node:util'
import { maskCredentials, Secret, secretUrl } from '#platform/secret.ts'

const CANARY = 'hunter2-canary'

test('a secret gives its value only when asked', () => {
  assert.equal(new Secret(CANARY).reveal(), CANARY)
})

test('a secret shows itself in no way of printing', () => {
  const secret = new Secret(CANARY)
  const prints = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ deep: { secret } }, { showHidden: true, depth: 9 }),
    format('%s %o %O %j', secret, secret, secret, secret),
    Object.entries(secret).join(),
    JSON.stringify({ ...secret }),
  ]
  for (const print of prints) assert.doesNotMatch(print, /hunter2/)
  assert.equal(String(secret), '[secret]')
})

test('a database address prints with its password masked', () => {
  const url = `http://writer:${CANARY}@db:8123/spendledger`
  assert.equal(secretUrl(url).reveal(), url)
  assert.equal(String(secretUrl(url)), 'http://writer:[secret]@db:8123/spendledger')
  assert.equal(String(secretUrl('http://db:8123/spendledger')), 'http://db:8123/spendledger')
})

test('a password with an @ is masked whole', () => {
  assert.doesNotMatch(String(secretUrl(`http://writer:a@b:${CANARY}@db/x`)), /hunter2|a@b|a%40b/)
})

test('credentials in the addresses of a text are masked, everything else stays', () => {
  assert.equal(
    maskCredentials(`connect to https://u:${CANARY}@db:8443/x?a=b@c and kafka://k:v@host failed`),
    'connect to https://[secret]@db:8443/x?a=b@c and kafka://[secret]@host failed',
  )
  assert.equal(maskCredentials('mail a@b.c, http://db:8123/x@y'), 'mail a@b.c, http://db:8123/x@y')
})
