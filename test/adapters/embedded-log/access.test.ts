// Events may name people: no other user of the machine may read the log.

import assert from 'node:assert/strict'
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { openTestLog, tempDir } from './kit.ts'

const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8)

it('makes a directory that only its owner can enter', async t => {
  const dir = join(await tempDir(t), 'log')
  await openTestLog(t, dir)
  assert.equal(await modeOf(dir), '700')
})

it('closes an open directory that was there before', async t => {
  const dir = join(await tempDir(t), 'log')
  await mkdir(dir, { mode: 0o755 })
  await openTestLog(t, dir)
  assert.equal(await modeOf(dir), '700')
})
