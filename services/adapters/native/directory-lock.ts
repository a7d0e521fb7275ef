// One process at a time in a data directory. The kernel holds the lock and lets go of it when the process ends, however it
// ends, so there is no stale lock to clear by hand. Two processes in one directory would interleave their log writes.
import { closeSync, constants, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { constants as os } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describeProcess } from '#platform/describe-process.ts'
import { loadLibc } from './libc.ts'
import { StartError } from './start-error.ts'

/** flock(2): https://man7.org/linux/man-pages/man2/flock.2.html */
const LOCK_EX = 2
const LOCK_NB = 4

const RETRY_MS = 50

export interface DirectoryLockOptions {
  /** How long to wait for another holder, which may be about to end, ms. */
  readonly waitMs: number
  /** What holds the lock, in words for whoever is refused it: `spendledger up`. */
  readonly describe: string
  readonly signal?: AbortSignal
}

export interface DirectoryLock {
  /** Lets go; a second call does nothing. */
  release(): void
}

/**
 * Locks `<dir>/lock`, waiting for a predecessor that is still ending. Children do not inherit the lock: Node opens files
 * close-on-exec.
 *
 * @throws StartError naming the holder when it has not let go in time, or when the platform cannot lock
 */
export async function lockDirectory(dir: string, options: DirectoryLockOptions): Promise<DirectoryLock> {
  const libc = loadLibc()
  const deadline = performance.now() + options.waitMs
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = join(resolve(dir), 'lock')
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600)
  try {
    for (;;) {
      const { value, errno } = libc.call('flock', fd, LOCK_EX | LOCK_NB)
      if (value === 0) break
      if (errno !== os.errno.EWOULDBLOCK) throw new StartError(`${path} cannot be locked: errno ${errno}`)
      if (performance.now() >= deadline) {
        throw new StartError(
          `${resolve(dir)} is in use by ${holder(path)}. Stop it, or set SPENDLEDGER_DATA_DIR to another directory`,
        )
      }
      await sleep(RETRY_MS, undefined, options.signal ? { signal: options.signal } : {})
    }
    ftruncateSync(fd)
    writeSync(fd, `${JSON.stringify({ pid: process.pid, command: options.describe })}\n`, 0)
  } catch (error) {
    closeSync(fd)
    throw error
  }
  let held = true
  return {
    release() {
      if (held) closeSync(fd)
      held = false
    },
  }
}

/** Who wrote the lock file; whoever took it a moment ago may not have written it yet. */
function holder(path: string): string {
  try {
    const { pid, command } = JSON.parse(readFileSync(path, 'utf8')) as { pid: number; command: string }
    return describeProcess(pid, command)
  } catch {
    return 'another process'
  }
}
