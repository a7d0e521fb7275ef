// The layout's rules, held by walking the code: who may import whom, how long a file may be, what core may touch.

import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const SERVICES = join(ROOT, 'services')

const files = readdirSync(SERVICES, { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .sort()

interface Import {
  readonly from: string
  /** As written. */
  readonly specifier: string
  /** The folder below services/ that it leads to; undefined for packages. */
  readonly target: string | undefined
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s(?:[^'"]*?\sfrom\s)?['"]([^'"]+)['"]|import\(['"]([^'"]+)['"]\)/g

function importsOf(file: string): Import[] {
  const text = readFileSync(join(SERVICES, file), 'utf8')
  return [...text.matchAll(IMPORT)].map(match => {
    const specifier = match[1] ?? match[2] ?? ''
    return { from: file, specifier, target: targetOf(file, specifier) }
  })
}

function targetOf(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return specifier.slice(1).split('/')[0]
  if (!specifier.startsWith('.')) return undefined
  const path = relative(SERVICES, resolve(SERVICES, dirname(file), specifier))
  return path.startsWith('..') ? `outside:${path}` : path.split('/')[0]
}

const LOWER = ['core', 'ports', 'platform']

/** What a folder may import besides itself. */
function allowedTargets(file: string): string[] {
  const [folder = ''] = file.split('/')
  switch (folder) {
    case 'core':
      return []
    case 'ports':
      return ['core']
    case 'platform':
      return ['core', 'ports']
    case 'adapters':
      return LOWER
    case 'embedded':
      return [...LOWER, 'adapters', 'collector', 'consumer', 'aggregator', 'alerter', 'api']
    case 'cli':
      return [...LOWER, 'embedded', 'collector', 'consumer', 'aggregator', 'alerter', 'api']
    default:
      return file.endsWith('/main.ts') ? [...LOWER, 'adapters'] : LOWER
  }
}

const forbidden = (edge: Import): boolean => {
  const [own] = edge.from.split('/')
  return edge.target !== undefined && edge.target !== own && !allowedTargets(edge.from).includes(edge.target)
}

describe('imports', () => {
  const edges = files.flatMap(importsOf)

  it('are found at all', () => {
    assert.ok(edges.length > 100, `only ${edges.length} imports were found: the pattern is wrong`)
  })

  it('follow the arrows of the design', () => {
    const wrong = edges.filter(forbidden).map(edge => `${edge.from} -> ${edge.specifier}`)
    assert.deepEqual(wrong, [])
  })

  it('would be refused from core to an adapter, from a service to a service, and out of services/', () => {
    const edge = (from: string, specifier: string): Import => ({
      from,
      specifier,
      target: targetOf(from, specifier),
    })
    assert.ok(forbidden(edge('core/money.ts', '#adapters/clickhouse/client.ts')))
    assert.ok(forbidden(edge('consumer/app.ts', '../collector/app.ts')))
    assert.ok(forbidden(edge('consumer/app.ts', '#adapters/clickhouse/client.ts')))
    assert.ok(forbidden(edge('core/money.ts', '../../test/support/engine.ts')))
    assert.ok(!forbidden(edge('consumer/main.ts', '#adapters/clickhouse/client.ts')))
  })

  it('of core are core itself and node:crypto', () => {
    const wrong = edges
      .filter(
        edge =>
          edge.from.startsWith('core/') && edge.target === undefined && edge.specifier !== 'node:crypto',
      )
      .map(edge => `${edge.from} -> ${edge.specifier}`)
    assert.deepEqual(wrong, [])
  })

  it('of ports name no package', () => {
    const wrong = edges
      .filter(edge => edge.from.startsWith('ports/') && edge.target === undefined)
      .map(edge => `${edge.from} -> ${edge.specifier}`)
    assert.deepEqual(wrong, [])
  })
})

const TYPE_HOLES = /@ts-(?:ignore|nocheck|expect-error)|(?:\bas|:) any\b/

describe('files', () => {
  const lengths = files.map(file => ({
    file,
    lines: readFileSync(join(SERVICES, file), 'utf8').split('\n').length,
  }))

  it('have one concept: median at most 120 lines, none over 400', () => {
    const sorted = lengths.map(({ lines }) => lines).sort((a, b) => a - b)
    const median = sorted[sorted.length >> 1] ?? 0
    assert.ok(median <= 120, `the median is ${median}`)
    assert.deepEqual(
      lengths.filter(({ lines }) => lines > 400),
      [],
    )
  })

  it('of core take clock and randomness as parameters', () => {
    const wrong = files.filter(
      file =>
        file.startsWith('core/') &&
        /Date\.now\(|new Date\(\)|Math\.random\(/.test(readFileSync(join(SERVICES, file), 'utf8')),
    )
    assert.deepEqual(wrong, [])
  })

  it('have no type holes', () => {
    const wrong = files.filter(file => TYPE_HOLES.test(readFileSync(join(SERVICES, file), 'utf8')))
    assert.deepEqual(wrong, [])
  })
})
