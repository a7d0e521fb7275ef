// The bad-input corpus of the JSON event: one small file a case, named after its rule, with the expected outcome inside. It is
// run against the reader itself and over HTTP; both must say the same.

import { readdirSync, readFileSync } from 'node:fs'
import { uuidV7 } from '#core/identity.ts'

export interface EventCase {
  readonly name: string
  readonly about: string
  /** The event as JSON text, with times put in. */
  readonly body: string
  readonly expect:
    | { readonly code: string; readonly field: string }
    | {
        readonly accepted: true
        /** The fields that a warning names. */
        readonly warnings: readonly string[]
        /** What some fields of the accepted event are. */
        readonly event: Readonly<Record<string, unknown>>
      }
  /** Where HTTP refuses the whole body before an event is read. */
  readonly http?: { readonly status: number; readonly code: string }
}

const DIRECTORY = new URL('events/', import.meta.url)

const UNIT_MS = { d: 86_400_000, h: 3_600_000, m: 60_000 } as const

/**
 * All cases. In their inputs, texts that start with @ stand for times: `@now`, `@now-395d`, `@now+2h`, `@now+14:00` (now,
 * written in that zone), `@epoch_ms` and the like (numbers), `@uuid_v7`.
 *
 * @param now ms since 1970.
 */
export const loadEventCases = (now: number): EventCase[] =>
  readdirSync(DIRECTORY)
    .filter(file => file.endsWith('.json'))
    .sort()
    .map(file => {
      const { input, text, ...rest } = JSON.parse(readFileSync(new URL(file, DIRECTORY), 'utf8'))
      const body: string = text ?? JSON.stringify(input)
      return { ...rest, name: file.slice(0, -'.json'.length), body: withTimes(body, now) }
    })

const withTimes = (body: string, now: number): string =>
  body
    .replace(/@now([+-]\d+)([dhm])/g, (_, count: string, unit: keyof typeof UNIT_MS) =>
      new Date(now + Number(count) * UNIT_MS[unit]).toISOString(),
    )
    .replace('@now+14:00', new Date(now + 14 * UNIT_MS.h).toISOString().replace('Z', '+14:00'))
    .replace('@now', new Date(now).toISOString())
    .replace('"@epoch_ms"', `${now}`)
    .replace('"@epoch_s"', `${Math.floor(now / 1000)}`)
    .replace('"@epoch_us"', `${now}000`)
    .replace('"@epoch_ns"', `${now}000000`)
    .replace('@uuid_v7', uuidV7(now, new Uint8Array(10)))
