// The passwords of the warehouse's users: made once, kept in files that only their owner can read, and reused, so that a
// dashboard keeps its connection over restarts. They lie outside of the directory that the engine can see.
import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeWhole } from '#platform/whole-file.ts'
import type { WarehouseUser } from '#ports/warehouse.ts'
import { StartError } from '../../native/start-error.ts'

export type Passwords = Readonly<Record<WarehouseUser, string>>

/** 192 bits: beyond guessing, and 32 characters that need no quoting in URLs and shells. */
const PASSWORD_BYTES = 24

const OWNER_ONLY = 0o600

/** Where a user's password is: `<dataDir>/reader.password`. */
export const passwordFile = (dataDir: string, user: WarehouseUser): string =>
  join(dataDir, `${user}.password`)

/**
 * The passwords of a data directory; those that are missing are made. The caller holds the directory's lock.
 *
 * @throws StartError when a file is there and empty: somebody edited it, and a new password would lock out its users
 */
export function loadPasswords(dataDir: string): Passwords {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const load = (user: WarehouseUser) =>
    readPassword(passwordFile(dataDir, user)) ?? createPassword(dataDir, user)
  return { writer: load('writer'), aggregator: load('aggregator'), reader: load('reader') }
}

function readPassword(path: string): string | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  chmodSync(path, OWNER_ONLY)
  if (text.trim() === '') throw new StartError(`${path} is empty. Remove it to have a new password made`)
  return text.trim()
}

function createPassword(dataDir: string, user: WarehouseUser): string {
  const password = randomBytes(PASSWORD_BYTES).toString('base64url')
  writeWhole(passwordFile(dataDir, user), `${password}\n`, OWNER_ONLY)
  return password
}
