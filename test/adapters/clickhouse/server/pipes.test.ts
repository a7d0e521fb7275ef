import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { temporaryDirectory } from './fixture.ts'

const skip = process.platform === 'linux' ? false : 'pipes have no name elsewhere'

/** Runs a script in a process of its own, whose pipes may be sealed. */
function run(script: string): unknown {
  const resolve = (name: string) => JSON.stringify(import.meta.resolve(name))
  const prelude = `
    const fs = await import('node:fs')
    const { sealPipes } = await import(${resolve('#adapters/clickhouse/server/pipes.ts')})
    const { dropFileCapabilities } = await import(${resolve('#adapters/clickhouse/server/capabilities.ts')})
    const { loadLibc } = await import(${resolve('#adapters/native/libc.ts')})
    const libc = loadLibc()
    const ends = Buffer.alloc(8)
    libc.call('pipe', ends)
    const [reader, writer] = [ends.readInt32LE(0), ends.readInt32LE(4)]
    const path = Buffer.from('/proc/self/fd/' + reader + '\\0')
    // 0o4000: does not wait for somebody at the other end
    const opens = async () => (await libc.callOnPool('open', path, 0o4000)).value >= 0`
  const node = [
    '--import',
    import.meta.resolve('tsx'),
    '--input-type=module',
    '--eval',
    `${prelude}\n${script}`,
  ]
  const ran = spawnSync(process.execPath, node, {
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    encoding: 'utf8',
    timeout: 20_000,
  })
  assert.equal(ran.status, 0, ran.stderr)
  return JSON.parse(ran.stdout)
}

describe('sealed pipes', { skip }, () => {
  it('cannot be opened by name, by root neither, once its capabilities are gone', () => {
    const opened = run(`
      const before = await opens()
      sealPipes()
      await dropFileCapabilities(libc)
      console.log(JSON.stringify([before, await opens()]))`)
    assert.deepEqual(opened, [true, false])
  })

  it('work as before for who has them open', () => {
    const read = run(`
      sealPipes()
      fs.writeSync(writer, 'word')
      const buffer = Buffer.alloc(4)
      fs.readSync(reader, buffer)
      console.log(JSON.stringify(String(buffer)))`)
    assert.equal(read, 'word')
  })

  it('leave files alone', t => {
    const mode = run(`
      const fd = fs.openSync(${JSON.stringify(join(temporaryDirectory(t), 'data'))}, 'w', 0o600)
      sealPipes()
      console.log(fs.fstatSync(fd).mode & 0o777)`)
    assert.equal(mode, 0o600)
  })
})
