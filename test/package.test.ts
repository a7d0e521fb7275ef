// What a fresh `npm ci` stands on: a lock file that covers every platform's packages and names no registry.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly optionalDependencies?: Record<string, string>
}

const read = (file: string) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'))
const packages = read('package-lock.json').packages as Record<string, Locked>
const manifest = read('package.json') as {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
}

describe('the lock file', () => {
  it('holds the optional packages of all platforms, or npm ci refuses to install on any', () => {
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {})
        .filter(name => !packages[`node_modules/${name}`] && !packages[`${path}/node_modules/${name}`])
        .map(name => `${name} of ${path}`),
    )
    assert.deepEqual(missing, [])
  })

  it('names no registry', () => {
    assert.deepEqual(
      Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined),
      [],
    )
  })

  it('has the engine in one version for all platforms', () => {
    const versions = Object.entries(packages)
      .filter(([path]) => path.startsWith('node_modules/@chdb/'))
      .map(([, { version }]) => version)
    assert.equal(versions.length, 4)
    assert.equal(new Set(versions).size, 1)
  })
})

describe('dependencies', () => {
  it('are pinned exactly, and each has its reason', () => {
    const reasons = readFileSync(new URL('../docs/dependencies.md', import.meta.url), 'utf8')
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      assert.match(version, /^\d+\.\d+\.\d+$/, name)
      assert.ok(reasons.includes(`\`${name}\``), `docs/dependencies.md gives no reason for ${name}`)
    }
  })
})
