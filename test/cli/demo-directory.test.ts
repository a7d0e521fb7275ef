import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { prepareDemoDirectory } from '../../services/cli/demo-directory.ts'

function place(t: TestContext): string {
  const parent = mkdtempSync(join(tmpdir(), 'spendledger-demo-test-'))
  t.after(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'demo')
}

const refuses = (directory: string, why: RegExp, uid?: number) =>
  assert.throws(() => prepareDemoDirectory(directory, uid), { message: why })

test('the demo makes its directory for its user alone, and takes it again', t => {
  const directory = place(t)
  prepareDemoDirectory(directory)
  assert.equal(statSync(directory).mode & 0o777, 0o700)
  prepareDemoDirectory(directory)
})

test('the demo does not use what others may have prepared', t => {
  const directory = place(t)
  mkdirSync(directory)
  refuses(directory, /belongs to another user.*set TMPDIR/, userInfo().uid + 1)
  for (const mode of [0o770, 0o702]) {
    chmodSync(directory, mode)
    refuses(directory, /can be written to by other users/)
  }
})

test('the demo follows no link and replaces no file', t => {
  const directory = place(t)
  mkdirSync(`${directory}-target`, { mode: 0o700 })
  symlinkSync(`${directory}-target`, directory)
  refuses(directory, /is not a directory/)
  rmSync(directory)
  writeFileSync(directory, '')
  refuses(directory, /is not a directory/)
})
