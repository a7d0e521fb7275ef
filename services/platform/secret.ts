// Values that must not be seen: passwords, webhook addresses, keys. Whatever prints one (a log line, JSON, a template, the
// debugger) gets a mask; only `reveal` gives the value, so a search for `.reveal(` finds every place that uses one.

import { inspect } from 'node:util'

export const MASK = '[secret]'

/** A value that prints as its mask. */
export class Secret {
  readonly #value: string
  readonly #mask: string

  /** @param mask what is printed instead, for secrets of which a part may be known, such as an address with a password */
  constructor(value: string, mask: string = MASK) {
    this.#value = value
    this.#mask = mask
    Object.freeze(this)
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return this.#mask
  }

  toJSON(): string {
    return this.#mask
  }

  [inspect.custom](): string {
    return this.#mask
  }
}

/** An absolute URL as a secret that prints with its password masked. */
export function secretUrl(text: string): Secret {
  const url = new URL(text)
  const password = url.password
  url.password = ''
  const masked = password ? url.href.replace('@', `:${MASK}@`) : url.href
  return new Secret(text, masked)
}

/** Masks `user:password@` in addresses inside a text: drivers like to quote the address that failed. */
export const maskCredentials = (text: string): string =>
  text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, `$1${MASK}@`)
