// Files that hold secrets, written whole or not at all: a half-written one would lock people out, and one that others could
// read for a moment was read.

import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

/** Writes beside the place, syncs, renames. The file has exactly this mode, whatever the umask. */
export function writeWhole(path: string, text: string, mode: number): void {
  const beside = `${path}.new`
  // One may lie there from a process that was killed, and `wx` writes to nothing that exists, through a link or not.
  rmSync(beside, { force: true })
  const fd = openSync(beside, 'wx', 0o600)
  try {
    writeSync(fd, text)
    fchmodSync(fd, mode)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(beside, path)
}
