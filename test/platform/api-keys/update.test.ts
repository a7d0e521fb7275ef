import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, lstatSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { readKeys, writeKeys } from '#platform/api-keys/file.ts'
import { updateKeys } from '#platform/api-keys/update.ts'
import { keysFile, newKey } from './kit.ts'

const CHILD = fileURLToPath(new URL('update-child.ts', import.meta.url))
const run = promisify(execFile)

test('processes that add keys at the same time lose none', async t => {
  const file = keysFile(t)
  const children = await Promise.all(
    [1, 2, 3].map(() => run(process.execPath, ['--import', 'tsx', CHILD, file, '15'])),
  )
  const made = children.flatMap(({ stdout }) => stdout.trim().split('\n'))
  assert.equal(made.length, 45)
  assert.deepEqual(
    readKeys(file)
      .map(({ id }) => id)
      .sort(),
    made.sort(),
  )
  assert.equal(statSync(file).mode & 0o777, 0o600)
  assert.deepEqual(readdirSync(dirname(file)), ['keys.json'])
})

test('a lock that a killed process left is cleared away once it is old, and not before', async t => {
  const file = keysFile(t)
  const lock = `${file}.lock`
  writeFileSync(lock, 'somebody')
  const { record } = newKey()
  let done = false
  const updating = updateKeys(file, keys => [...keys, record]).then(() => {
    done = true
  })
  await new Promise(resolve => setTimeout(resolve, 200))
  assert.equal(done, false)
  assert.ok(!existsSync(file))
  const old = new Date(Date.now() - 60_000)
  utimesSync(lock, old, old)
  await updating
  assert.deepEqual(readKeys(file), [record])
  assert.ok(!existsSync(lock))
})

test('one whose lock was taken for stale in the middle starts again from what the file holds then', async t => {
  const file = keysFile(t)
  const [mine, other] = [newKey(), newKey()]
  let tries = 0
  await updateKeys(file, keys => {
    if (tries++ === 0) {
      writeKeys(file, [other.record])
      writeFileSync(`${file}.lock`, 'another', { flag: 'w' })
      const old = new Date(Date.now() - 60_000)
      utimesSync(`${file}.lock`, old, old)
    }
    return [...keys, mine.record]
  })
  assert.equal(tries, 2)
  assert.deepEqual(readKeys(file), [other.record, mine.record])
})

test('a change that fails changes nothing and leaves no lock', async t => {
  const file = keysFile(t)
  writeFileSync(file, 'broken')
  await assert.rejects(
    updateKeys(file, () => []),
    /it is not JSON/,
  )
  writeKeys(file, [newKey().record])
  const before = readKeys(file)
  await assert.rejects(
    updateKeys(file, () => {
      throw new Error('no')
    }),
    /^Error: no$/,
  )
  assert.deepEqual(readKeys(file), before)
  assert.deepEqual(readdirSync(dirname(file)), ['keys.json'])
})

test('a link to the file stays a link', async t => {
  const file = keysFile(t)
  const link = `${file}.link`
  writeKeys(file, [])
  symlinkSync(file, link)
  const { record } = newKey()
  await updateKeys(link, keys => [...keys, record])
  assert.ok(lstatSync(link).isSymbolicLink())
  assert.deepEqual(
    readKeys(file).map(({ id }) => id),
    [record.id],
  )
})
