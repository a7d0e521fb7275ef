// A key that is just being made: its entry for the file, and the key itself, which exists nowhere but in what this returns.

import type { KeyRecord } from './file.ts'
import { formatKey, hashSecret, newKeyParts } from './key-format.ts'

export type KeyOptions = Pick<KeyRecord, 'name' | 'scopes' | 'pinned' | 'limits'>

export interface NewKey {
  readonly record: KeyRecord
  /** sl_<id>_<secret>: to be shown once. */
  readonly key: string
}

/**
 * @param options valid ones
 * @param made.now ms
 * @param made.randomBytes that of node:crypto
 */
export function createKey(
  options: KeyOptions,
  made: { readonly now: number; readonly randomBytes: (size: number) => Buffer },
): NewKey {
  const { name, scopes, pinned = {}, limits = {} } = options
  const parts = newKeyParts(made.randomBytes)
  return {
    record: {
      id: parts.id,
      name,
      hash: hashSecret(parts.secret).toString('hex'),
      scopes,
      pinned,
      limits,
      created_at: new Date(made.now).toISOString(),
    },
    key: formatKey(parts),
  }
}
