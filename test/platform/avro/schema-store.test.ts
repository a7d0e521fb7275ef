import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { LedgerError } from '#core/errors.ts'
import { createSchemaStore, loadSchemaStore } from '#platform/avro/schema-store.ts'

test('the repository pins the id and the fingerprint of version 1 for ever', () => {
  const schema = loadSchemaStore().byId(1)
  assert.equal(schema?.file, 'usage-event.v1.avsc')
  assert.equal(schema?.fingerprint.toString(16), 'faf2fdfa8d6ae361')
})

test('the newest version has the greatest id', t => {
  const directory = mkdtempSync(join(tmpdir(), 'schemas-'))
  t.after(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'ids.json'), '{"10":"b.avsc","9":"a.avsc"}')
  writeFileSync(join(directory, 'a.avsc'), '"int"')
  writeFileSync(join(directory, 'b.avsc'), '"long"')
  const store = loadSchemaStore(pathToFileURL(`${directory}/`))
  assert.deepEqual(
    store.versions.map(({ id }) => id),
    [9, 10],
  )
  assert.equal(store.newest.file, 'b.avsc')
  assert.equal(store.byFingerprint(0x7275d51a3f395c8fn)?.id, 9)
})

test('a missing or broken file is an error that names it', t => {
  const directory = mkdtempSync(join(tmpdir(), 'schemas-'))
  t.after(() => rmSync(directory, { recursive: true }))
  writeFileSync(join(directory, 'ids.json'), '{"1":"absent.avsc"}')
  assert.throws(
    () => loadSchemaStore(pathToFileURL(`${directory}/`)),
    (error: unknown) => error instanceof LedgerError && error.message.includes('absent.avsc'),
  )
})

test('a store needs a schema', () => {
  assert.throws(() => createSchemaStore([]), LedgerError)
})
