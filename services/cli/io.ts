// What a command may touch outside of itself; a parameter, so that tests run commands as functions. Output is awaited: a pipe
// that is read slowly holds a command back instead of filling the memory.

import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { createColors } from 'picocolors'
import type { Clock } from '#ports/clock.ts'

export type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number }

export interface Io {
  readonly stdin: AsyncIterable<Uint8Array>
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly fetch: typeof fetch
  readonly clock: Clock
  /** ms */
  readonly sleep: (ms: number) => Promise<unknown>
  /** From now on the command itself answers Ctrl-C: it runs services that must stop in order. */
  readonly takeSignals: () => void
}

export async function write(output: Output, chunk: string | Uint8Array): Promise<void> {
  if (!output.write(chunk)) await once(output, 'drain')
}

/** Writes a text and a line break. */
export const print = ({ stdout }: Io, text: string): Promise<void> => write(stdout, `${text}\n`)

/** A word to the person, on standard error. */
export const note = ({ stderr }: Io, text: string): Promise<void> => write(stderr, `${text}\n`)

/** Whether a person looks at this output; pipes get neither colours nor progress. */
export const isTerminal = (output: Output): boolean => output.isTTY === true

/** Colours for standard output, if there may be any: https://no-color.org */
export const colorsFor = ({ stdout, env }: Io): ReturnType<typeof createColors> =>
  createColors(isTerminal(stdout) && !env['NO_COLOR'] && env['TERM'] !== 'dumb')
