// What the tests of API keys share: keys in a file of a scratch directory, and a clock that a test moves.

import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ApiKeys, openApiKeys } from '#platform/api-keys/api-keys.ts'
import { writeKeys } from '#platform/api-keys/file.ts'
import { createKey, type KeyOptions, type NewKey } from '#platform/api-keys/new-key.ts'
import type { Clock } from '#ports/clock.ts'
import type { Cleanup } from '../../support/engine.ts'
import { silentLog } from '../../support/silent.ts'

export const NOW = Date.UTC(2026, 10, 24, 9, 30)

export const newKey = (options: Partial<KeyOptions> = {}): NewKey =>
  createKey({ name: 'test', scopes: ['ingest'], ...options }, { now: NOW, randomBytes })

export function scratch(t: Cleanup): string {
  const directory = mkdtempSync(join(tmpdir(), 'spendledger-keys-'))
  t.after(async () => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** A path for a file of keys that does not exist yet. */
export const keysFile = (t: Cleanup): string => join(scratch(t), 'keys.json')

/** Keys as a server holds them. */
export function keysOf(t: Cleanup, keys: readonly NewKey[], clock: Clock = { now: () => NOW }): ApiKeys {
  const file = keysFile(t)
  writeKeys(
    file,
    keys.map(({ record }) => record),
  )
  const opened = openApiKeys({ file, log: silentLog(), clock })
  t.after(async () => opened.close())
  return opened
}

export const bearer = (key: string) => ({ authorization: `Bearer ${key}` })
