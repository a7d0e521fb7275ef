import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { describeProcess, shownCommand } from '#platform/describe-process.ts'

describe('describeProcess', () => {
  it('shows the program and what it runs', () => {
    assert.equal(shownCommand(['node', 'server.js', '--port', '80']), 'node server.js')
    assert.equal(shownCommand(['/usr/bin/python3', '/opt/app/main.py']), '/usr/bin/python3 /opt/app/main.py')
    assert.equal(shownCommand(['spendledger', 'up']), 'spendledger up')
    assert.equal(shownCommand(['nginx: master process', '']), 'nginx:')
    assert.equal(shownCommand(['redis-server']), 'redis-server')
  })

  it('shows nothing that may be a secret', () => {
    for (const args of [
      ['--token=s3cret', 'server.js'],
      ['--token', 's3cret'],
      ['-p', 's3cret'],
      ['TOKEN=s3cret'],
      ['https://user:s3cret@host/'],
      ['sk-proj-A1b2s3cret'],
      ['eyJhbGciOi.eyJzdWIiOi.s3cretAbc'],
    ]) {
      assert.equal(shownCommand(['app', ...args]), 'app')
    }
  })

  it('does so for a process that runs', { skip: process.platform !== 'linux' }, async t => {
    const child = spawn(process.execPath, ['--eval', 'console.log(1);setInterval(() => {}, 1000)', 's3cret'])
    t.after(() => child.kill('SIGKILL'))
    await once(child.stdout, 'data')
    assert.equal(describeProcess(child.pid ?? 0), `pid ${child.pid} (${process.execPath})`)
  })

  it('takes the word of a process for itself, and does without', () => {
    assert.equal(describeProcess(812, 'spendledger up'), 'pid 812 (spendledger up)')
    assert.equal(describeProcess(2 ** 30), `pid ${2 ** 30}`)
  })
})
