// `spendledger keys create`, `list`, `revoke`: the file of API keys that services read again by themselves. A key is shown once,
// when it is made; there is no second look, because only its hash is kept.

import { randomBytes } from 'node:crypto'
import { asConfigError, KEY_NAME, type KeyRecord, KeysFileError, readKeys } from '#platform/api-keys/file.ts'
import { createKey } from '#platform/api-keys/new-key.ts'
import { type Pins, pinComplaint } from '#platform/api-keys/pins.ts'
import type { Scope } from '#platform/api-keys/scopes.ts'
import { updateKeys } from '#platform/api-keys/update.ts'
import { SETTINGS } from '#platform/settings.ts'
import { CommandError } from '../errors.ts'
import { count, counted } from '../figures.ts'
import { type Io, note, print } from '../io.ts'
import { plain } from '../plain.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'
import { table } from '../table.ts'

export interface CreateOptions extends ConfigOption {
  readonly name: string
  readonly scope?: readonly Scope[]
  /** `field=value` */
  readonly pin?: readonly string[]
  readonly eventsPerMinute?: number
  readonly bytesPerMinute?: number
  readonly json?: boolean
}

export interface ListOptions extends ConfigOption {
  readonly json?: boolean
}

export async function create(io: Io, options: CreateOptions): Promise<void> {
  const { name, scope = ['ingest'], pin = [], eventsPerMinute, bytesPerMinute } = options
  if (!KEY_NAME.pattern.test(name)) {
    throw new CommandError('wrong_usage', `--name: expected ${KEY_NAME.expected}`)
  }
  const file = await keysFile(io, options, { mayBeMissing: true })
  const { record, key } = createKey(
    {
      name,
      scopes: [...new Set(scope)],
      pinned: pinsOf(pin),
      limits: {
        ...(eventsPerMinute === undefined ? {} : { events_per_minute: eventsPerMinute }),
        ...(bytesPerMinute === undefined ? {} : { bytes_per_minute: bytesPerMinute }),
      },
    },
    { now: io.clock.now(), randomBytes },
  )
  await withFile(file, () => updateKeys(file, keys => [...keys, record]))
  if (options.json) return print(io, JSON.stringify({ key, ...shownOf(record) }))
  await print(io, key)
  await note(
    io,
    plain(
      `key ${record.id} (${name}) may ${record.scopes.join(', ')}; it is shown this once, ${file} keeps its hash`,
    ),
  )
}

export async function list(io: Io, options: ListOptions): Promise<void> {
  const file = await keysFile(io, options)
  const keys = await withFile(file, () => readKeys(file))
  if (options.json) return print(io, JSON.stringify(keys.map(shownOf)))
  if (keys.length > 0) await print(io, `${keyTable(io, keys)}\n`)
  const revoked = keys.filter(({ revoked_at }) => revoked_at !== undefined).length
  await print(io, `${counted(keys.length, 'key')}, ${count(revoked)} revoked`)
}

export async function revoke(io: Io, id: string, options: ConfigOption): Promise<void> {
  const file = await keysFile(io, options)
  const now = new Date(io.clock.now()).toISOString()
  let before: string | undefined
  await withFile(file, () =>
    updateKeys(file, keys => {
      const found = keys.find(key => key.id === id)
      if (!found) throw new CommandError('failed', `there is no key with this id in ${file}; see keys list`)
      before = found.revoked_at
      return keys.map(key => (key === found ? { ...key, revoked_at: before ?? now } : key))
    }),
  )
  await print(io, before === undefined ? `revoked ${id}` : `${id} was revoked already, at ${before}`)
}

/** @throws CommandError where no file is configured */
async function keysFile(io: Io, options: ConfigOption, { mayBeMissing = false } = {}): Promise<string> {
  const config = await loadSettings(io, options, {}, mayBeMissing ? ['apiKeysFile'] : [])
  if (config.apiKeysFile !== undefined) return config.apiKeysFile
  throw new CommandError(
    'wrong_configuration',
    `${SETTINGS.apiKeysFile.env} is unset, expected the file that holds the API keys`,
  )
}

/** Acts on a file; one that is broken is a configuration that cannot be used. */
async function withFile<T>(file: string, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act()
  } catch (error) {
    throw error instanceof KeysFileError ? asConfigError(file, error.complaints) : error
  }
}

function pinsOf(given: readonly string[]): Pins {
  const pairs = given.map(text => {
    const at = text.indexOf('=')
    return [text.slice(0, at), text.slice(at + 1)] as const
  })
  for (const [field, value] of pairs) {
    const complaint = pinComplaint(field, value)
    if (complaint) throw new CommandError('wrong_usage', `--pin ${plain(field)} ${complaint}`)
  }
  return Object.fromEntries(pairs)
}

/** Everything of an entry but the hash. */
function shownOf({ hash: _, ...shown }: KeyRecord): Omit<KeyRecord, 'hash'> {
  return shown
}

function keyTable(io: Io, keys: readonly KeyRecord[]): string {
  const heads = ['id', 'name', 'scopes', 'pins', 'events/min', 'bytes/min', 'created_at', 'revoked_at']
  const limit = (value: number | undefined) => (value === undefined ? '' : count(value))
  return table(
    io,
    heads.map(head => ({ head, align: head.endsWith('/min') ? 'right' : 'left' })),
    keys.map(({ id, name, scopes, pinned = {}, limits = {}, created_at, revoked_at = '' }) => [
      id,
      name,
      scopes.join(','),
      Object.entries(pinned)
        .map(([field, value]) => `${field}=${value}`)
        .join(','),
      limit(limits.events_per_minute),
      limit(limits.bytes_per_minute),
      created_at,
      revoked_at,
    ]),
  )
}
