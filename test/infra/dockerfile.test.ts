// The Dockerfile by simple rules, and what the image may stand on: without the engine's package nothing that a service loads
// may miss it.

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const read = (name: string) => readFileSync(join(ROOT, name), 'utf8')

const instructions = read('Dockerfile')
  .replace(/^#.*\n/gm, '')
  .replace(/\\\n\s*/g, ' ')
  .split('\n')
  .filter(line => line !== '')
  .map(line => {
    const [, name = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? []
    return { name, rest }
  })
const all = (name: string) =>
  instructions.filter(instruction => instruction.name === name).map(({ rest }) => rest)

describe('the Dockerfile', () => {
  it('is read line by line by this test', () => {
    assert.ok(instructions.length > 10)
    assert.deepEqual(
      instructions.filter(({ name }) => name === ''),
      [],
    )
  })

  it('stands on a slim image of the Node that we need, by its tag', () => {
    const [major] = /\d+/.exec(JSON.parse(read('package.json')).engines.node) ?? []
    for (const image of all('FROM')) assert.equal(image.split(' ')[0], `node:${major}-slim`)
  })

  it('ends as a user without rights', () => {
    assert.deepEqual(all('USER'), ['node'])
    const after = instructions.slice(instructions.findIndex(({ name }) => name === 'USER') + 1)
    assert.deepEqual(
      after.map(({ name }) => name),
      ['ENTRYPOINT', 'CMD'],
    )
  })

  it('fetches nothing from addresses, and copies no more than is named', () => {
    assert.deepEqual(all('ADD'), [])
    for (const copied of all('COPY')) assert.doesNotMatch(copied, /(^| )\.( |$)|\*/)
    for (const command of all('RUN')) assert.doesNotMatch(command, /curl|wget|https?:/)
  })

  it('copies only what .dockerignore lets in, and all of it', () => {
    const ignore = read('.dockerignore')
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'))
    assert.equal(ignore[0], '*')
    const letIn = ignore.slice(1).map(line => line.replace(/^!/, ''))
    const copied = all('COPY')
      .filter(copy => !copy.startsWith('--from'))
      .flatMap(copy => copy.split(' ').slice(0, -1))
    assert.deepEqual([...new Set(copied)].sort(), letIn.toSorted())
    for (const name of letIn) assert.ok(existsSync(join(ROOT, name)), name)
  })

  it('installs production dependencies with their binaries, and leaves the engine out in the same layer', () => {
    const [install = ''] = all('RUN')
    assert.match(install, /npm ci --omit=dev /)
    assert.doesNotMatch(install, /--omit=optional/)
    assert.match(install, /rm -rf node_modules\/@chdb$/)
  })

  it('starts the command', () => {
    assert.deepEqual(
      all('ENTRYPOINT').map(text => JSON.parse(text)),
      [['node', 'bin/spendledger.js']],
    )
  })
})

const IMPORT = /(?:^|\n)\s*(?:import|export)\s(?!type\s)(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]/g
const ALIASES: Readonly<Record<string, string>> = JSON.parse(read('package.json')).imports

/** The packages that a file loads as it starts, by itself or through others; `import()` and `require` come later. */
function packagesOf(entry: string): Set<string> {
  const packages = new Set<string>()
  const seen = new Set<string>()
  const visit = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    for (const [, specifier = ''] of readFileSync(file, 'utf8').matchAll(IMPORT)) {
      const alias = Object.entries(ALIASES).find(([key]) => specifier.startsWith(key.replace('*', '')))
      if (specifier.startsWith('.')) visit(resolve(dirname(file), specifier))
      else if (alias)
        visit(join(ROOT, specifier.replace(alias[0].replace('*', ''), alias[1].replace('*', ''))))
      else packages.add(specifier)
    }
  }
  visit(join(ROOT, entry))
  return packages
}

describe('what runs in the image', () => {
  for (const entry of [
    ...['collector', 'consumer', 'aggregator', 'alerter', 'api'].map(name => `services/${name}/main.ts`),
    'services/embedded/secrets.ts',
    'services/embedded/warehouse.ts',
  ]) {
    it(`${entry} loads without the engine`, () => {
      const packages = packagesOf(entry)
      assert.ok(
        packages.has('node:fs') || packages.has('node:fs/promises') || packages.size > 3,
        [...packages].join(),
      )
      assert.deepEqual(
        [...packages].filter(name => /chdb/.test(name)),
        [],
      )
    })
  }
})
