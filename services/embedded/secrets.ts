// The secrets of a ledger whose parts are processes of their own, made once: what services, the ClickHouse server and people
// need before anything can start. Only what is missing is made; what follows from something else is made anew whenever it
// differs, so a run that was killed half-way is put right by the next.
//
//   <user>.password, api.key            for people
//   writer/, aggregator/, reader/       clickhouse.url, for the services that come in as that user
//   api-keys/                           api-keys.json: hashes, for every service that listens
//   users.d/                            spendledger.xml: hashes and grants, for the ClickHouse server
//
// One directory for each that may read it: a container mounts the directories it needs and sees no others.

import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { serverUsersXml } from '#adapters/clickhouse/server/config-xml.ts'
import { limitsFor, type Machine, thisMachine } from '#adapters/clickhouse/server/limits.ts'
import { loadPasswords, type Passwords, passwordFile } from '#adapters/clickhouse/server/passwords.ts'
import { DATABASE, warehouseUsers } from '#adapters/clickhouse/server/users.ts'
import { writeKeys } from '#platform/api-keys/file.ts'
import { createKey } from '#platform/api-keys/new-key.ts'
import { writeWhole } from '#platform/whole-file.ts'
import type { WarehouseUser } from '#ports/warehouse.ts'

const OWNER_ONLY = { directory: 0o700, file: 0o600 } as const

/**
 * The ClickHouse server runs as a user of its own. Hashes of 192 random bits tell nobody anything, so others may read them:
 * no common group has to exist, and nothing has to run as root to hand a file over.
 */
const READABLE = { directory: 0o755, file: 0o644 } as const

type Modes = typeof OWNER_ONLY | typeof READABLE

export interface SecretsOptions {
  readonly directory: string
  /** Where services reach the ClickHouse server: `http://clickhouse:8123`. */
  readonly clickhouse: URL
  /** The machine that the ClickHouse server runs on: users get shares of it. Default: this one. */
  readonly machine?: Machine
  /** ms, for the key's date */
  readonly now: number
}

/**
 * Makes what is missing. @returns the files that were made or changed, relative to the directory
 *
 * @throws StartError when somebody emptied a password file
 */
export function makeSecrets(options: SecretsOptions): string[] {
  const { directory, clickhouse, machine = thisMachine(), now } = options
  ensureDirectory(directory, OWNER_ONLY)
  const users = warehouseUsers(limitsFor(machine))
  const before = users.filter(({ name }) => isThere(passwordFile(directory, name)))
  const passwords = loadPasswords(directory)
  const made = users.filter(user => !before.includes(user)).map(({ name }) => `${name}.password`)

  const ensure = (name: string, file: string, text: string, modes: Modes) => {
    ensureDirectory(join(directory, name), modes)
    if (ensureFile(join(directory, name, file), text, modes)) made.push(`${name}/${file}`)
  }
  for (const { name } of users) {
    ensure(name, 'clickhouse.url', `${databaseUrl(clickhouse, name, passwords)}\n`, OWNER_ONLY)
  }
  ensure('users.d', 'spendledger.xml', serverUsersXml(users, passwords), READABLE)
  return [...made, ...ensureFirstKey(directory, now)]
}

/**
 * A file of keys is never touched again: the first key may have been revoked, and its text deleted, on purpose. The text is
 * written first, so a run that was killed in between leaves a text that opens nothing, and the next run another.
 */
function ensureFirstKey(directory: string, now: number): string[] {
  const keys = join('api-keys', 'api-keys.json')
  ensureDirectory(join(directory, 'api-keys'), OWNER_ONLY)
  if (isThere(join(directory, keys))) return []
  const { record, key } = createKey(
    { name: 'first', scopes: ['ingest', 'read', 'admin'] },
    { now, randomBytes },
  )
  writeWhole(join(directory, 'api.key'), `${key}\n`, OWNER_ONLY.file)
  writeKeys(join(directory, keys), [record])
  return ['api.key', keys]
}

function databaseUrl(server: URL, user: WarehouseUser, passwords: Passwords): string {
  const url = new URL(`/${DATABASE}`, server)
  url.username = user
  url.password = encodeURIComponent(passwords[user])
  return url.href
}

function ensureDirectory(path: string, { directory: mode }: Modes): void {
  mkdirSync(path, { recursive: true, mode })
  ensureMode(path, mode)
}

/** @returns whether it was not like this before */
function ensureFile(path: string, text: string, { file: mode }: Modes): boolean {
  if (isThere(path) && readFileSync(path, 'utf8') === text) {
    ensureMode(path, mode)
    return false
  }
  writeWhole(path, text, mode)
  return true
}

/** Only its owner may change a mode, and a directory that is mounted may be somebody else's: no need to, no call. */
function ensureMode(path: string, mode: number): void {
  if ((statSync(path).mode & 0o777) !== mode) chmodSync(path, mode)
}

const isThere = (path: string): boolean => statSync(path, { throwIfNoEntry: false }) !== undefined
