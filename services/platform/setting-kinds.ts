// The kinds of values that a setting may have. Every setting arrives as text, from the environment or from YAML, and is
// checked by the same rule; a kind says in words what it expects, because that sentence is what a person gets to read.

import { isIP } from 'node:net'
import { z } from 'zod'
import { Secret, secretUrl } from './secret.ts'

export interface Kind<T> {
  /** Completes the sentence "expected ...". */
  readonly expected: string
  readonly schema: z.ZodType<T, string>
  /** Never shown, and may be given as NAME_FILE. */
  readonly secret?: true
  /** YAML may give it as a list. */
  readonly list?: true
  /** A path; relative ones count from the working directory, in YAML from the directory of the file. */
  readonly path?: 'directory' | 'file'
}

const CONTROL = /\p{Cc}/u

const plainText = z.string().refine(text => text.trim() === text && !CONTROL.test(text))

const parsedUrl = (text: string): URL | undefined => {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

const isHttpUrl = (text: string): boolean => /^https?:$/.test(parsedUrl(text)?.protocol ?? '')

function isDatabaseUrl(text: string): boolean {
  const url = parsedUrl(text)
  return isHttpUrl(text) && /^\/\w+$/.test(url?.pathname ?? '') && url?.search === '' && url.hash === ''
}

/** Splits at commas; blanks around the parts do not count. */
const parts = (text: string): string[] => text.split(',').map(part => part.trim())

/** A whole number in plain digits: no sign, no exponent, no separators. */
export const integer = (min: number, max: number): Kind<number> => ({
  expected: `a whole number from ${min} to ${max}`,
  schema: z
    .string()
    .regex(/^\d{1,16}$/)
    .transform(Number)
    .pipe(z.number().int().min(min).max(max)),
})

export const port: Kind<number> = { ...integer(0, 65_535), expected: 'a port from 0 (any free one) to 65535' }

/** A port, or undefined for `off`. */
export const portOrOff: Kind<number | undefined> = {
  expected: 'a port from 0 (any free one) to 65535, or off',
  schema: z.union([z.literal('off').transform(() => undefined), port.schema]),
}

export const flag: Kind<boolean> = {
  expected: 'true or false',
  schema: z.enum(['true', 'false']).transform(text => text === 'true'),
}

export const oneOf = <const V extends string>(values: readonly V[]): Kind<V> => ({
  expected: `one of ${values.join(', ')}`,
  schema: z
    .string()
    .transform(text => text.toLowerCase())
    .pipe(z.enum(values)),
})

export const text = (maxLength: number): Kind<string> => ({
  expected: `a text of at most ${maxLength} characters`,
  schema: plainText.pipe(z.string().max(maxLength)),
})

/** https://kafka.apache.org/documentation/#topicconfigs: the names that a broker accepts. */
export const topic: Kind<string> = {
  expected: 'a topic name: letters, digits, ".", "_" and "-", at most 249',
  schema: z
    .string()
    .regex(/^[a-zA-Z0-9._-]{1,249}$/)
    .refine(name => name !== '.' && name !== '..'),
}

/** As a topic, with room for what the consumer appends to name the group that reads dead letters: "-dead". */
export const group: Kind<string> = {
  expected: 'a group name: letters, digits, ".", "_" and "-", at most 244',
  schema: z.string().regex(/^[a-zA-Z0-9._-]{1,244}$/),
}

export const host: Kind<string> = {
  expected: 'an IP address or a host name, without scheme and port',
  schema: z
    .string()
    .refine(
      name => isIP(name) !== 0 || (name.length <= 253 && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(name)),
    ),
}

export const brokers: Kind<readonly string[]> = {
  expected: 'host:port, more of them separated by commas, without a scheme; a name for an IPv6 address',
  schema: z
    .string()
    .transform(parts)
    .pipe(z.array(z.string().refine(isHostAndPort)).min(1)),
  list: true,
}

function isHostAndPort(broker: string): boolean {
  // kafkajs cuts at the first colon, so an IPv6 address needs a name.
  const [, name = '', number = ''] = /^([^:/\s[\]]+):(\d{1,5})$/.exec(broker) ?? []
  return host.schema.safeParse(name).success && Number(number) >= 1 && Number(number) <= 65_535
}

/** Time zones of the IANA database as this Node knows them; the spelling of the database where only the case differs. */
export const timeZone: Kind<string> = {
  expected: 'a time zone of the IANA database, such as UTC or Europe/Berlin',
  schema: z.string().transform((name, context) => {
    try {
      const known = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone
      return known.toLowerCase() === name.toLowerCase() ? known : name
    } catch {
      context.addIssue('unknown time zone')
      return z.NEVER
    }
  }),
}

/** A directory, which need not exist yet. */
export const directory: Kind<string> = {
  expected: 'a path; "~" is not expanded here',
  schema: plainText.refine(path => !path.startsWith('~')),
  path: 'directory',
}

/** A file, which must exist. */
export const file: Kind<string> = { ...directory, expected: 'the path of a file', path: 'file' }

export const url: Kind<string> = {
  expected: 'an address that begins with http:// or https://',
  schema: plainText.refine(isHttpUrl),
}

export const secret: Kind<Secret> = {
  expected: 'a text in one line',
  schema: plainText.transform(value => new Secret(value)),
  secret: true,
}

/** An address that is itself the secret, such as a webhook's. */
export const secretAddress: Kind<Secret> = {
  ...url,
  schema: url.schema.transform(value => new Secret(value)),
  secret: true,
}

/** A database's address: only its password is secret. A query would be a second way to pass settings, so there is none. */
export const databaseUrl: Kind<Secret> = {
  expected:
    'http(s)://user:password@host:8123/database; special characters in the password are percent-encoded',
  schema: plainText.refine(isDatabaseUrl).transform(secretUrl),
  secret: true,
}
