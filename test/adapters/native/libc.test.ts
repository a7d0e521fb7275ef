import assert from 'node:assert/strict'
import { readSync, writeSync } from 'node:fs'
import { constants } from 'node:os'
import { describe, it } from 'node:test'
import { loadLibc } from '#adapters/native/libc.ts'
import { openPty } from '#adapters/native/pty.ts'

describe('libc', () => {
  const libc = loadLibc()

  it('returns what the function returned, and why it failed', () => {
    assert.equal(libc.call('getpid').value, process.pid)
    assert.deepEqual(libc.call('dup', -1), { value: -1, errno: constants.errno.EBADF })
  })

  it('says the same from the pool', async () => {
    assert.deepEqual(await libc.callOnPool('dup', -1), { value: -1, errno: constants.errno.EBADF })
  })

  it('passes memory for the function to fill', () => {
    const text = Buffer.alloc(4_096)
    libc.call('gethostname', text, text.length)
    assert.notEqual(text[0], 0)
  })

  it('throws for a function that does not exist', () => {
    assert.throws(() => libc.call('no_such_function'), /no_such_function/)
  })
})

describe('openPty', () => {
  const { master, terminal } = openPty(loadLibc())

  it('hands a typed line to whoever reads the terminal, and Ctrl-D as the end', () => {
    const line = Buffer.alloc(100)
    writeSync(master, 'hello\n')
    assert.equal(line.toString('utf8', 0, readSync(terminal, line)), 'hello\n')
    writeSync(master, '\x04')
    assert.equal(readSync(terminal, line), 0)
  })

  it('makes the terminal count as one', () => {
    assert.equal(loadLibc().call('isatty', terminal).value, 1)
  })
})
