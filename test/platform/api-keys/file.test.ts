import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { type KeyRecord, KeysFileError, parseKeys, readKeys, writeKeys } from '#platform/api-keys/file.ts'
import { keysFile, newKey } from './kit.ts'

const complaints = (content: unknown): readonly string[] => {
  try {
    parseKeys(typeof content === 'string' ? content : JSON.stringify(content))
  } catch (error) {
    assert.ok(error instanceof KeysFileError)
    return error.complaints
  }
  return []
}

const fileOf = (...keys: object[]) => ({ version: 1, keys })

test('a file is written for its owner only and read again as it was', t => {
  const file = keysFile(t)
  writeFileSync(file, '', { mode: 0o644 })
  const { record } = newKey({
    scopes: ['ingest', 'read'],
    pinned: { environment: 'prod' },
    limits: { events_per_minute: 5, bytes_per_minute: 7 },
  })
  const revoked: KeyRecord = { ...newKey().record, revoked_at: '2026-11-24T10:00:00.000Z' }
  writeKeys(file, [record, revoked])
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.deepEqual(readKeys(file), [record, revoked])
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), fileOf(record, revoked))
})

test('pins and limits may be left out, also one of the limits', () => {
  const { pinned: _pinned, limits: _limits, ...least } = newKey().record
  assert.deepEqual(complaints(fileOf(least, { ...newKey().record, limits: { bytes_per_minute: 1 } })), [])
  assert.deepEqual(complaints(fileOf()), [])
})

test('everything that is wrong is said at once, with its place', () => {
  const { record } = newKey()
  const found = complaints(
    fileOf(
      { ...record, id: 'ABC', hash: 'short', scopes: ['write'] },
      { ...newKey().record, name: '', scopes: [], limits: { events_per_minute: 0 }, created_at: 'today' },
      { ...newKey().record, scope: 'admin', pinned: { event_id: 'x', team: '', feature: 'a\nb' } },
    ),
  )
  assert.deepEqual(found, [
    'keys[0].id: expected 12 hex digits',
    'keys[0].hash: expected the SHA-256 of a secret, 64 hex digits',
    'keys[0].scopes[0]: expected ingest, read, admin',
    'keys[1].name: expected 1 to 100 characters in one line',
    'keys[1].scopes: expected at least one of ingest, read, admin',
    'keys[1].limits.events_per_minute: expected a whole number from 1',
    'keys[1].created_at: expected a time such as 2026-11-24T09:30:00.000Z',
    'keys[2].pinned.event_id: cannot be pinned, expected one of source, tenant_id, user_id, user_segment, team, feature, workflow_id, session_id, task_type, prompt_id, prompt_version, release, environment, service, api_key_id, routing_rule',
    'keys[2].pinned.team: is empty, expected a text',
    'keys[2].pinned.feature: expected text without control characters or lone surrogates',
    'keys[2]: scope is not known',
  ])
})

test('an id that is there twice is refused: which secret counts would be a matter of luck', () => {
  const { record } = newKey()
  assert.deepEqual(complaints(fileOf(record, { ...newKey().record, id: record.id })), [
    'keys[1].id: is there twice',
  ])
})

test('identity, time, usage and money cannot be pinned', () => {
  const fields = [
    'event_id',
    'occurred_at',
    'received_at',
    'response_id',
    'request_id',
    'trace_id',
    'span_id',
  ]
  const others = ['provider', 'request_model', 'raw_usage', 'usage_source', 'reported_cost', 'tokens', 'tags']
  for (const field of [...fields, ...others]) {
    const [complaint] = complaints(fileOf({ ...newKey().record, pinned: { [field]: 'x' } }))
    assert.match(complaint ?? '', /cannot be pinned/, field)
  }
})

test('other versions and what is no such file at all are refused', () => {
  assert.deepEqual(complaints({ version: 2, keys: [] }), ['version: expected 1'])
  assert.deepEqual(complaints(fileOf().keys), ['the file: Invalid input: expected object, received array'])
  assert.deepEqual(complaints({ version: 1 }), ['keys: expected a list of keys'])
  assert.deepEqual(complaints('{"version":1,'), ['it is not JSON'])
})

test('no complaint holds a secret or a hash, wherever they stand', () => {
  const { record, key } = newKey()
  const wrongs = [
    `{"hash":"${record.hash}" "${key}"}`,
    fileOf({ ...record, hash: key, id: key, name: [key], created_at: record.hash, scopes: [key] }),
    fileOf({ ...record, [key]: 1, pinned: { [key]: key, team: `${key}\n` }, limits: { [record.hash]: 1 } }),
    { version: key, keys: key, [record.hash]: 1 },
  ]
  for (const wrong of wrongs) {
    const text = complaints(wrong).join()
    assert.ok(text.length > 0)
    for (const hidden of [record.hash, key.slice(20)]) assert.ok(!text.includes(hidden), text)
  }
})
