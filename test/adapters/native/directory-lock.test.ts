import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { lockDirectory } from '#adapters/native/directory-lock.ts'

function temporaryDirectory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'spendledger-lock-'))
  t.after(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

const options = { waitMs: 0, describe: 'spendledger up' }

describe('lockDirectory', () => {
  it('refuses a second holder and names the first', async t => {
    const dir = temporaryDirectory(t)
    const lock = await lockDirectory(dir, options)
    t.after(lock.release)
    await assert.rejects(lockDirectory(dir, options), {
      name: 'StartError',
      message: `${dir} is in use by pid ${process.pid} (spendledger up). Stop it, or set SPENDLEDGER_DATA_DIR to another directory`,
    })
  })

  it('lets the next one in after release, and releases only once', async t => {
    const dir = temporaryDirectory(t)
    const first = await lockDirectory(dir, options)
    first.release()
    const second = await lockDirectory(dir, options)
    t.after(second.release)
    first.release()
    await assert.rejects(lockDirectory(dir, options), { name: 'StartError' })
  })

  it('waits for a predecessor that is still ending', async t => {
    const dir = temporaryDirectory(t)
    const first = await lockDirectory(dir, options)
    setTimeout(first.release, 200)
    const second = await lockDirectory(dir, { ...options, waitMs: 5_000 })
    second.release()
  })

  it('stops waiting when it is told to', async t => {
    const dir = temporaryDirectory(t)
    const lock = await lockDirectory(dir, options)
    t.after(lock.release)
    const signal = AbortSignal.timeout(50)
    await assert.rejects(lockDirectory(dir, { ...options, waitMs: 30_000, signal }), { name: 'AbortError' })
  })

  it('makes the directory, and both it and the lock file are for the owner only', async t => {
    const dir = join(temporaryDirectory(t), 'a', 'b')
    const lock = await lockDirectory(dir, options)
    t.after(lock.release)
    assert.equal(statSync(dir).mode & 0o777, 0o700)
    assert.equal(statSync(join(dir, 'lock')).mode & 0o777, 0o600)
  })

  it('ends with its process, however that ends, even while a child of it lives on', async t => {
    const dir = temporaryDirectory(t)
    const module = import.meta.resolve('#adapters/native/directory-lock.ts')
    const script = `
      import { spawn } from 'node:child_process'
      const { lockDirectory } = await import(${JSON.stringify(module)})
      await lockDirectory(${JSON.stringify(dir)}, ${JSON.stringify(options)})
      const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 30_000)'], { stdio: 'ignore' })
      console.log(child.pid)
      setTimeout(() => {}, 30_000)`
    const tsx = import.meta.resolve('tsx')
    const holder = spawn(process.execPath, ['--import', tsx, '--input-type=module', '--eval', script])
    t.after(() => holder.kill('SIGKILL'))
    const [line] = await once(holder.stdout, 'data')
    const orphan = Number(String(line))
    t.after(() => process.kill(orphan, 'SIGKILL'))
    await assert.rejects(lockDirectory(dir, options), { name: 'StartError' })

    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const lock = await lockDirectory(dir, { ...options, waitMs: 1_000 })
    lock.release()
    assert.doesNotThrow(() => process.kill(orphan, 0))
  })
})
