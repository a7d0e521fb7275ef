// Where the demo keeps its data. Its place under a shared /tmp can be guessed, so anybody may have put something there
// before: symbolic links, or passwords that they know.

import { lstatSync, mkdirSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { CommandError } from './errors.ts'

/** One for each OS user: others could not write to it. */
export const demoDirectory = (): string => join(tmpdir(), `spendledger-demo-${userInfo().uid}`)

const WRITABLE_BY_OTHERS = 0o022

/**
 * Makes the directory for this OS user alone, or finds that it is so already.
 *
 * @throws CommandError `wrong_configuration` when somebody else may have put things into it
 */
export function prepareDemoDirectory(directory: string, uid: number = userInfo().uid): void {
  try {
    mkdirSync(directory, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const stat = lstatSync(directory)
  const refusal = !stat.isDirectory()
    ? 'is not a directory'
    : stat.uid !== uid
      ? 'belongs to another user'
      : (stat.mode & WRITABLE_BY_OTHERS) !== 0
        ? 'can be written to by other users'
        : undefined
  if (refusal) {
    throw new CommandError(
      'wrong_configuration',
      `${directory} ${refusal}, so the demo does not use it. Remove it, or set TMPDIR to a directory of your own`,
    )
  }
}
