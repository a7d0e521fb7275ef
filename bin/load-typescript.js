// Makes Node run TypeScript, by tsx. tsx keeps what it has compiled in <TMPDIR>/tsx-<uid>, and executes what is there whoever
// put it there: in a /tmp that is shared, others' code would run as ours. So its cache is beside the code that it comes
// from, where only those who could change that code can write; where we cannot write either, there is none.

import { lstatSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const CACHE = fileURLToPath(new URL('../node_modules/.cache/spendledger', import.meta.url))

export async function loadTypeScript() {
  const { TMPDIR } = process.env
  if (prepareCache()) process.env.TMPDIR = CACHE
  else process.env.TSX_DISABLE_CACHE = '1'
  // It reads both once: here, and in the thread that it starts.
  const { register } = await import('tsx/esm/api')
  register()
  if (TMPDIR === undefined) delete process.env.TMPDIR
  else process.env.TMPDIR = TMPDIR
}

/** Whether the cache of this user is a directory that nobody else can write to. */
function prepareCache() {
  const uid = process.geteuid?.()
  if (uid === undefined) return false
  const directory = join(CACHE, `tsx-${uid}`)
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    return [CACHE, directory].every(path => isOnlyOurs(path, uid))
  } catch {
    return false
  }
}

function isOnlyOurs(path, uid) {
  const stat = lstatSync(path)
  return stat.isDirectory() && stat.uid === uid && (stat.mode & 0o022) === 0
}
