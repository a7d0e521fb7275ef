// The file of API keys: hashes, scopes, pins and limits. It is written whole and for its owner only. Complaints about it come all
// at once and never hold what the file holds: somebody may have put a secret where a hash belongs.

import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { ConfigError } from '../config-error.ts'
import { SETTINGS } from '../settings.ts'
import { writeWhole } from '../whole-file.ts'
import { pinComplaint } from './pins.ts'
import { SCOPES } from './scopes.ts'

const OWNER_ONLY = 0o600

/** What a key may be called. */
export const KEY_NAME = { pattern: /^[^\p{Cc}\p{Cs}]{1,100}$/u, expected: '1 to 100 characters in one line' }

const text = (pattern: RegExp, expected: string) =>
  z.string({ error: `expected ${expected}` }).regex(pattern, { error: `expected ${expected}` })

const TIME = 'a time such as 2026-11-24T09:30:00.000Z'
const time = z.iso.datetime({ error: `expected ${TIME}` })

const LIMIT = 'a whole number from 1'
const limit = z.int({ error: `expected ${LIMIT}` }).min(1, { error: `expected ${LIMIT}` })

const pins = z.record(z.string(), z.string({ error: 'expected a text' })).superRefine((value, context) => {
  for (const [field, pinned] of Object.entries(value)) {
    const message = pinComplaint(field, pinned)
    if (message) context.addIssue({ code: 'custom', path: [field], message })
  }
})

const scopes = z
  .array(z.enum(SCOPES, { error: `expected ${SCOPES.join(', ')}` }), { error: 'expected a list of scopes' })
  .min(1, { error: `expected at least one of ${SCOPES.join(', ')}` })

const record = z.strictObject({
  id: text(/^[0-9a-f]{12}$/, '12 hex digits'),
  name: text(KEY_NAME.pattern, KEY_NAME.expected),
  hash: text(/^[0-9a-f]{64}$/, 'the SHA-256 of a secret, 64 hex digits'),
  scopes,
  pinned: pins.optional(),
  limits: z
    .strictObject({ events_per_minute: limit.optional(), bytes_per_minute: limit.optional() })
    .optional(),
  created_at: time,
  revoked_at: time.optional(),
})

const file = z.strictObject({
  version: z.literal(1, { error: 'expected 1' }),
  keys: z.array(record, { error: 'expected a list of keys' }).superRefine((value, context) => {
    const seen = new Set<string>()
    for (const [index, { id }] of value.entries()) {
      if (seen.has(id)) context.addIssue({ code: 'custom', path: [index, 'id'], message: 'is there twice' })
      seen.add(id)
    }
  }),
})

/** One key as it is stored. */
export type KeyRecord = Readonly<z.infer<typeof record>>

/** A text that is no file of keys. */
export class KeysFileError extends Error {
  /** Each with its place in the file. */
  readonly complaints: readonly string[]

  constructor(complaints: readonly string[]) {
    super(complaints.join('; '))
    this.name = 'KeysFileError'
    this.complaints = complaints
  }
}

/** The same as complaints about the setting that names the file: a process that needs the file does not start. */
export const asConfigError = (file: string, complaints: readonly string[]): ConfigError =>
  new ConfigError(
    complaints.map(complaint => ({
      setting: SETTINGS.apiKeysFile.env,
      message: `${file}: ${complaint}`,
    })),
  )

/** @throws KeysFileError with everything that is wrong */
export function parseKeys(content: string): readonly KeyRecord[] {
  const checked = file.safeParse(parseJson(content))
  if (checked.success) return checked.data.keys
  throw new KeysFileError(checked.error.issues.map(complaintOf))
}

/** @throws KeysFileError, and what node:fs throws for a file that cannot be read */
export const readKeys = (path: string): readonly KeyRecord[] => parseKeys(readFileSync(path, 'utf8'))

export const serializeKeys = (keys: readonly KeyRecord[]): string =>
  `${JSON.stringify({ version: 1, keys }, null, 2)}\n`

export const writeKeys = (path: string, keys: readonly KeyRecord[]): void =>
  writeWhole(path, serializeKeys(keys), OWNER_ONLY)

/** The parser's own message quotes the text. */
function parseJson(content: string): unknown {
  try {
    return JSON.parse(content)
  } catch {
    throw new KeysFileError(['it is not JSON'])
  }
}

function complaintOf(issue: z.core.$ZodIssue): string {
  const place = issue.path.map(key => (typeof key === 'number' ? `[${key}]` : `.${fieldName(key)}`)).join('')
  const message =
    issue.code === 'unrecognized_keys'
      ? `${issue.keys.map(fieldName).join(', ')} is not known`
      : issue.message
  return `${place === '' ? 'the file' : place.replace(/^\./, '')}: ${message}`
}

/** A field of the file may have any name, even a secret. */
const fieldName = (key: PropertyKey): string => (/^\w{1,30}$/.test(String(key)) ? String(key) : 'a field')
