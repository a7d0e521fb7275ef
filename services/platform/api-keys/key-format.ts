// What a key looks like: sl_<id>_<secret>. The id finds its entry and may be shown; the secret is shown once, and only its hash
// is kept. A hash that can be guessed back would make a leaked file a leaked key.

import { createHash } from 'node:crypto'

const ID_BYTES = 6

const SECRET_BYTES = 32

const KEY = /^sl_([0-9a-f]{12})_([0-9a-f]{64})$/

export interface KeyParts {
  /** 12 hex digits. */
  readonly id: string
  /** 256 random bits, as 64 hex digits. */
  readonly secret: string
}

/** The parts of a whole key; undefined for every other text. */
export function parseKey(text: string): KeyParts | undefined {
  const [, id, secret] = KEY.exec(text) ?? []
  return id === undefined || secret === undefined ? undefined : { id, secret }
}

export const formatKey = ({ id, secret }: KeyParts): string => `sl_${id}_${secret}`

/** @param randomBytes cryptographically strong, such as that of node:crypto */
export function newKeyParts(randomBytes: (size: number) => Buffer): KeyParts {
  return { id: randomBytes(ID_BYTES).toString('hex'), secret: randomBytes(SECRET_BYTES).toString('hex') }
}

/**
 * SHA-256 of the secret's 64 digits. One round is enough: nobody guesses 256 random bits, and a slow hash, which guards short
 * passwords, would only cost every request its time.
 */
export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest()
