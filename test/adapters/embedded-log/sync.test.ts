// Whether an answer really waits for the disk cannot be seen from inside, and no kill -9 shows it: strace does.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { tempDir } from './kit.ts'

const CHILD = fileURLToPath(new URL('./append-in-turn.ts', import.meta.url))

it('syncs between each append and its answer', async t => {
  if (spawnSync('strace', ['-V']).status !== 0) return t.skip('strace is not installed')
  const dir = await tempDir(t)
  const trace = join(dir, 'trace')
  const { status, stderr } = spawnSync(
    'strace',
    [
      '-f',
      '-o',
      trace,
      '-e',
      'trace=write,fsync,fdatasync,msync',
      process.execPath,
      '--import',
      'tsx',
      CHILD,
      dir,
    ],
    { timeout: 60_000, encoding: 'utf8' },
  )
  if (/ptrace|Operation not permitted/.test(stderr)) return t.skip('this process may not trace another')
  assert.equal(status, 0, stderr)

  let syncs = 0
  let answers = 0
  for (const line of (await readFile(trace, 'utf8')).split('\n')) {
    if (/(fsync|fdatasync|msync)(\(| resumed).*= 0$/.test(line)) syncs += 1
    if (line.includes('"asked ')) syncs = 0
    if (line.includes('"answered ')) {
      answers += 1
      assert.ok(syncs >= 1, `no sync before ${line}`)
    }
  }
  assert.equal(answers, 20)
})
