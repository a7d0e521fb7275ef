// `--json` and `--csv` print the body of the endpoint behind a command as it comes, byte by byte: what scripts parse is the
// API's contract and nothing that a command makes of it.

import type { Config } from '#platform/config.ts'
import { type Query, request } from './http.ts'
import { type Io, write } from './io.ts'
import type { ReadOptions } from './options.ts'

/** Prints the body if the options ask for it; says whether they did. */
export async function passThrough(
  io: Io,
  config: Config,
  path: string,
  query: Query,
  options: Pick<ReadOptions, 'json' | 'csv'>,
): Promise<boolean> {
  if (!options.json && !options.csv) return false
  const format = options.csv ? { format: 'csv' } : {}
  const { body } = await request(io, config, path, { query: { ...query, ...format } })
  if (body) for await (const chunk of body as AsyncIterable<Uint8Array>) await write(io.stdout, chunk)
  if (options.json) await write(io.stdout, '\n')
  return true
}
