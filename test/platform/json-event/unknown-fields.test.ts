import assert from 'node:assert/strict'
import { test } from 'node:test'
import { likelyField, unknownFields, warnUnknown } from '#platform/json-event/unknown-fields.ts'

test('the fields of the event and `usage` are known', () => {
  assert.deepEqual(unknownFields({ provider: 'openai', usage: {}, tokens: {} }), [])
  assert.deepEqual(unknownFields({ provider: 'openai', toString: 1, usages: {} }), ['toString', 'usages'])
})

test('a warning says what may have been meant', () => {
  const meant = (name: string) => warnUnknown([name])[0]?.message
  assert.equal(meant('feture'), 'unknown field "feture" was dropped; did you mean "feature"?')
  assert.equal(meant('shoe_size'), 'unknown field "shoe_size" was dropped')
})

test('typos, camelCase, dashes and common names of other tools are recognised', () => {
  assert.equal(likelyField('enviroment'), 'environment')
  assert.equal(likelyField('timeToFirstTokenMs'), 'time_to_first_token_ms')
  assert.equal(likelyField('tenant-id'), 'tenant_id')
  assert.equal(likelyField('model'), 'request_model')
  assert.equal(likelyField('endUser'), 'user_id')
  assert.equal(likelyField('constructor'), undefined)
})

test('a prompt is not mistaken for a field', () => {
  for (const name of ['messages', 'prompt', 'completion']) {
    assert.match(warnUnknown([name])[0]?.message ?? '', /prompts and completions are never stored$/)
  }
})

test('20,000 unknown fields give eleven warnings', () => {
  const names = Array.from({ length: 20_000 }, (_, i) => `x${i}`)
  const warnings = warnUnknown(names)
  assert.equal(warnings.length, 11)
  assert.equal(warnings.at(-1)?.message, '19990 more unknown fields were dropped')
})

test('a name of any length or content is shown short and clean', () => {
  const [warning] = warnUnknown([`\u001b${'x'.repeat(100_000)}`])
  assert.ok((warning?.message.length ?? 0) < 150)
  assert.ok(!warning?.message.includes('\u001b'))
  assert.equal(warning?.field.length, 64)
})
