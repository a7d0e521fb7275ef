import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { writeWhole } from '#platform/whole-file.ts'

function temporaryDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'spendledger-whole-'))
  t.after(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

describe('writeWhole', () => {
  it('writes and replaces, with the mode that it is told whatever the umask', t => {
    const directory = temporaryDirectory(t)
    const path = join(directory, 'key')
    const umask = process.umask(0o077)
    t.after(() => process.umask(umask))
    writeWhole(path, 'one', 0o600)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    writeWhole(path, 'two', 0o644)
    assert.equal(readFileSync(path, 'utf8'), 'two')
    assert.equal(statSync(path).mode & 0o777, 0o644)
    assert.deepEqual(readdirSync(directory), ['key'])
  })

  it('writes through no link that lies where it writes first', t => {
    const directory = temporaryDirectory(t)
    symlinkSync(join(directory, 'target'), join(directory, 'key.new'))
    writeWhole(join(directory, 'key'), 'one', 0o600)
    assert.ok(!existsSync(join(directory, 'target')))
  })
})
