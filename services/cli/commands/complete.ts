// `spendledger complete bash`: what a shell loads, and what it then asks for on every Tab.

import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { candidatesOf } from '../completion/candidates.ts'
import { completionScript, type Shell } from '../completion/scripts.ts'
import { type Io, write } from '../io.ts'

const BIN = fileURLToPath(new URL('../../../bin/spendledger.js', import.meta.url))

export const complete = (io: Io, shell: Shell): Promise<void> =>
  write(io.stdout, completionScript(shell, BIN))

/** @param words what was typed behind the name, the last word unfinished */
export async function completeWords(io: Io, program: Command, words: readonly string[]): Promise<void> {
  const found = await candidatesOf(program, words, async (name, command) =>
    (await import('../completion/known-values.ts')).knownValues(io, name, command),
  )
  for (const { value, does } of found) await write(io.stdout, `${value}\t${does}\n`)
}
