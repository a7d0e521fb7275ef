import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ALL_SETTINGS } from '#platform/settings.ts'

const DOCUMENT = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8')

test('the table in docs/configuration.md is the table of settings, row by row', () => {
  const documented = DOCUMENT.split('\n').filter(line => /^\| `[A-Z]/.test(line))
  const rows = ALL_SETTINGS.map(
    ({ env, yaml, kind, default: value, doc }) =>
      `| \`${env}\`${kind.secret ? ' (secret)' : ''} | \`${yaml}\` | ${value === undefined ? 'unset' : `\`${value}\``} | ${doc} |`,
  )
  assert.deepEqual(documented, rows)
})

test('no two settings share a name', () => {
  for (const name of ['env', 'yaml'] as const) {
    assert.equal(new Set(ALL_SETTINGS.map(setting => setting[name])).size, ALL_SETTINGS.length)
  }
})

test('no key of the file is a section of another one', () => {
  const keys = ALL_SETTINGS.map(({ yaml }) => yaml)
  for (const key of keys) assert.ok(!keys.some(other => other.startsWith(`${key}.`)), key)
})

test('every default is a value of its own kind', () => {
  for (const { env, kind, default: value } of ALL_SETTINGS) {
    if (value !== undefined) assert.ok(kind.schema.safeParse(value).success, env)
  }
})
