import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { directoryInUse, type Failure, startError } from '#adapters/clickhouse/server/start-failure.ts'
import { temporaryDirectory } from './fixture.ts'

const failure = (code: number | undefined, detail: string): Failure => ({ kind: 'failed', code, detail })

const LOCKED = failure(76, 'Code: 76. DB::Exception: Cannot lock file /d/status. Another server instance ...')
const context = { directory: '/d', httpPort: 1, nativePort: 2 }

describe('directoryInUse', () => {
  it('is the engine that finds its directory locked, not any file it cannot open', () => {
    assert.ok(directoryInUse(LOCKED))
    assert.ok(!directoryInUse(failure(76, 'Code: 76. DB::ErrnoException: Cannot open file /etc/passwd')))
    assert.ok(!directoryInUse(failure(undefined, 'SIGKILL')))
  })
})

describe('startError', () => {
  it('names the engine that has the directory', t => {
    const directory = temporaryDirectory(t)
    mkdirSync(join(directory, 'engine'))
    writeFileSync(join(directory, 'engine', 'status'), `PID: ${process.pid}\nStarted at: now\n`)
    const { message } = startError(LOCKED, { ...context, directory })
    assert.match(message, new RegExp(`^${directory} is in use by the engine pid ${process.pid} .*node`))
    assert.match(message, /SPENDLEDGER_DATA_DIR/)
  })

  it('says which port is taken and what to set', () => {
    const taken = (port: number) =>
      failure(210, `Code: 210. DB::NetException: Listen [127.0.0.1]:${port} failed: Address already in use`)
    assert.equal(
      startError(taken(1), context).message,
      'Port 1 is taken. Set SPENDLEDGER_SQL_PORT to another port',
    )
    assert.match(startError(taken(2), context).message, /^Port 2 .*SPENDLEDGER_SQL_NATIVE_PORT/)
  })

  it('passes everything else on, with the way to the log', () => {
    const { message } = startError(failure(undefined, 'exit code 1: no pty'), context)
    assert.equal(
      message,
      'The warehouse engine did not start: exit code 1: no pty (its log: /d/log/clickhouse.err.log)',
    )
  })
})
