// Whether a presented text is one of the keys. The answer takes the same steps for an id that does not exist, so its time does not
// tell which ids there are; and whoever does not know the secret is not told that a key was revoked.

import { timingSafeEqual } from 'node:crypto'
import type { KeyRecord } from './file.ts'
import { hashSecret, parseKey } from './key-format.ts'

/** Why a text is no key: not of its form; no such id or another secret; it was one. */
export type Failure = 'malformed' | 'unknown' | 'revoked'

export type Verdict =
  | { readonly ok: true; readonly record: KeyRecord }
  | { readonly ok: false; readonly reason: Failure }

export type Verify = (presented: string) => Verdict

/** What an unknown id is compared with; no secret has this hash. */
const NO_HASH = Buffer.alloc(32)

/** @param equal compares two hashes in constant time */
export function createVerifier(
  records: readonly KeyRecord[],
  equal: (a: Buffer, b: Buffer) => boolean = timingSafeEqual,
): Verify {
  const known = new Map(records.map(record => [record.id, { record, hash: Buffer.from(record.hash, 'hex') }]))
  return presented => {
    const parts = parseKey(presented)
    if (!parts) return { ok: false, reason: 'malformed' }
    const found = known.get(parts.id)
    const same = equal(hashSecret(parts.secret), found?.hash ?? NO_HASH)
    if (!found || !same) return { ok: false, reason: 'unknown' }
    if (found.record.revoked_at !== undefined) return { ok: false, reason: 'revoked' }
    return { ok: true, record: found.record }
  }
}
