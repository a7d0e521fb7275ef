// Changing the file of keys when several people, or a script and a person, change it at once: read, change and write happen under
// a lock, so that no key is lost that somebody was just given.

import { randomUUID } from 'node:crypto'
import { readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type KeyRecord, readKeys, writeKeys } from './file.ts'

/** ms that one who holds the lock may take. It takes a few; whoever takes longer was killed. */
const STALE_MS = 10_000

const RETRY_MS = 20

/**
 * Puts `change(keys)` in the place of the keys of the file. A file that does not exist holds none and is made.
 *
 * @throws KeysFileError, what `change` throws, and what node:fs throws
 */
export async function updateKeys(
  file: string,
  change: (keys: readonly KeyRecord[]) => readonly KeyRecord[],
): Promise<void> {
  // A link stays a link: only what it leads to is replaced.
  const target = readIfThere(file, path => realpathSync(path)) ?? file
  const lock = `${target}.lock`
  const token = randomUUID()
  while (!tryChange()) await sleep(RETRY_MS)

  function tryChange(): boolean {
    if (!take(lock, token)) return false
    try {
      const changed = change(readOrNone(target))
      // Others take the lock of a process that was stopped in between for stale.
      if (holderOf(lock) !== token) return false
      writeKeys(target, changed)
      return true
    } finally {
      if (holderOf(lock) === token) rmSync(lock, { force: true })
    }
  }
}

/**
 * Whether the lock is ours now; clears away one whose holder was killed. Where several do that at once, one may clear the new lock
 * of another, who sees it before the write and tries again.
 */
function take(lock: string, token: string): boolean {
  try {
    writeFileSync(lock, token, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs
  if (since !== undefined && Math.abs(Date.now() - since) > STALE_MS) rmSync(lock, { force: true })
  return false
}

const holderOf = (lock: string): string | undefined => readIfThere(lock, path => readFileSync(path, 'utf8'))

const readOrNone = (file: string): readonly KeyRecord[] => readIfThere(file, readKeys) ?? []

function readIfThere<T>(path: string, read: (path: string) => T): T | undefined {
  try {
    return read(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
