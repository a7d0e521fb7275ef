// SQL as text, kept in files that a reviewer reads: test/golden/sql/<rule>.sql. UPDATE_GOLDEN=1 writes them anew.

import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import type { Statement } from '../../services/api/query/compile.ts'

export function assertGolden(name: string, { sql, params }: Statement): void {
  const file = new URL(`../golden/sql/${name}.sql`, import.meta.url)
  const bound = Object.entries(params).map(([key, value]) => `-- ${key} = ${JSON.stringify(value)}`)
  const text = `${sql}\n\n${bound.join('\n')}\n`
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text)
  assert.equal(text, readFileSync(file, 'utf8'), `test/golden/sql/${name}.sql`)
}
