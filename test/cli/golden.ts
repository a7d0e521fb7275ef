// Output as text, kept in files that a reviewer reads: test/golden/cli/<rule>.txt, escapes as ^[. UPDATE_GOLDEN=1 writes them anew.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'

export function assertGolden(name: string, output: string): void {
  const directory = new URL('../golden/cli/', import.meta.url)
  const file = new URL(`${name}.txt`, directory)
  const text = output.replaceAll('\u001b', '^[')
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(directory, { recursive: true })
    writeFileSync(file, text)
  }
  assert.equal(text, readFileSync(file, 'utf8'), `test/golden/cli/${name}.txt`)
}

/** The widest line, in characters without colours. */
export const widest = (output: string): number =>
  Math.max(...output.split('\n').map(line => [...stripVTControlCharacters(line)].length))
