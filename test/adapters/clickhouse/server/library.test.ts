import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import { engineLibrary, platformWarning } from '#adapters/clickhouse/server/library.ts'

/** Pretends that the process runs elsewhere. */
function pretend(t: TestContext, platform: string, arch: string): void {
  for (const [name, value] of Object.entries({ platform, arch })) {
    const own = Object.getOwnPropertyDescriptor(process, name) ?? {}
    Object.defineProperty(process, name, { ...own, value })
    t.after(() => Object.defineProperty(process, name, own))
  }
}

describe('engineLibrary', () => {
  it('finds the engine that npm installed', () => {
    assert.ok(existsSync(engineLibrary()))
  })

  it('says that there is none for a platform, and what else to do', t => {
    pretend(t, 'win32', 'x64')
    assert.throws(engineLibrary, {
      name: 'StartError',
      message:
        'There is no embedded ClickHouse engine for win32-x64. Or set CLICKHOUSE_URL to use a ClickHouse server',
    })
  })

  it('says that a package is missing where there could be one', t => {
    pretend(t, 'darwin', 'arm64')
    assert.throws(engineLibrary, { message: /for darwin-arm64 is not installed: run npm ci/ })
  })
})

describe('platformWarning', () => {
  it('names platforms on which nobody has tried it', t => {
    pretend(t, 'linux', 'x64')
    assert.equal(platformWarning(), undefined)
    pretend(t, 'linux', 'arm64')
    assert.equal(platformWarning(), 'The embedded ClickHouse engine is untested on linux-arm64')
  })
})
