// SQL straight to the warehouse's HTTP interface as user reader, as any outside client would do it: the command line shows
// what a reader gets, limits and words of the server included.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '#platform/config.ts'
import { CommandError } from './errors.ts'
import { networkCode } from './http.ts'
import type { Io } from './io.ts'

export interface Statement {
  readonly sql: string
  /** A FORMAT of ClickHouse. */
  readonly format: string
  /** Bound to `{name:Type}`. */
  readonly params?: Readonly<Record<string, string>>
  readonly settings?: Readonly<Record<string, string>>
}

interface Access {
  readonly url: URL
  readonly user: string
  readonly password: string
}

/** The answer in chunks. @throws CommandError with the server's own words, before or in the middle of the answer */
export async function* runStatement(
  io: Io,
  config: Config,
  statement: Statement,
): AsyncGenerator<Uint8Array> {
  const { url, user, password } = await accessTo(config)
  const { sql, format, params = {}, settings = {} } = statement
  url.searchParams.set('default_format', format)
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value)
  for (const [name, value] of Object.entries(params)) url.searchParams.set(`param_${name}`, value)

  let response: Response
  try {
    response = await io.fetch(url, {
      method: 'POST',
      headers: { 'x-clickhouse-user': user, 'x-clickhouse-key': password },
      body: sql,
    })
  } catch (error) {
    throw new CommandError(
      'unreachable',
      `the warehouse does not answer at ${url.origin} (${networkCode(error)}): is \`npm start\` running? SPENDLEDGER_SQL_PORT says where`,
      { cause: error },
    )
  }
  if (!response.ok) throw new CommandError('query_failed', (await response.text()).trim())
  if (response.body) yield* untilException(response.body, response.headers.get('x-clickhouse-exception-tag'))
}

/** The rows of a statement; few enough to be held. */
export async function queryRows<Row>(
  io: Io,
  config: Config,
  statement: Omit<Statement, 'format'>,
): Promise<Row[]> {
  const chunks: Uint8Array[] = []
  for await (const chunk of runStatement(io, config, { ...statement, format: 'JSONEachRow' }))
    chunks.push(chunk)
  const lines = Buffer.concat(chunks).toString('utf8').split('\n')
  return lines.filter(line => line !== '').map(line => JSON.parse(line) as Row)
}

async function accessTo(config: Config): Promise<Access> {
  if (config.clickhouseUrl) {
    const given = new URL(config.clickhouseUrl.reveal())
    const url = new URL(given.origin)
    url.searchParams.set('database', given.pathname.slice(1))
    return { url, user: decodeURIComponent(given.username), password: decodeURIComponent(given.password) }
  }
  const url = new URL(`http://127.0.0.1:${config.sqlPort}`)
  url.searchParams.set('database', 'spendledger')
  return { url, user: 'reader', password: await readPassword(config) }
}

async function readPassword(config: Config): Promise<string> {
  const file = join(config.dataDir, 'reader.password')
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    throw new CommandError(
      'unreachable',
      `cannot read ${file}: was spendledger ever started here? SPENDLEDGER_DATA_DIR says where its data are`,
      { cause: error },
    )
  }
}

/** More of a message than this is not kept. */
const MAX_MESSAGE_BYTES = 64 * 1024

/**
 * An error after the first rows comes inside of the body, behind a mark that holds a random tag, and then the connection is
 * cut. https://clickhouse.com/docs/interfaces/http#http_response_codes_caveats
 */
async function* untilException(
  body: AsyncIterable<Uint8Array>,
  tag: string | null,
): AsyncGenerator<Uint8Array> {
  const mark = Buffer.from(tag === null ? '' : `__exception__\r\n${tag}`)
  let kept: Buffer = Buffer.alloc(0)
  let failed = false
  try {
    for await (const chunk of body) {
      kept = Buffer.concat([kept, chunk])
      if (failed) {
        if (kept.length > MAX_MESSAGE_BYTES) break
        continue
      }
      const at = mark.length === 0 ? -1 : kept.indexOf(mark)
      if (at >= 0) {
        failed = true
        yield kept.subarray(0, at)
        kept = kept.subarray(at + mark.length)
        continue
      }
      // The mark may begin in this chunk and end in the next.
      const safe = Math.max(0, kept.length - Math.max(0, mark.length - 1))
      if (safe > 0) yield kept.subarray(0, safe)
      kept = kept.subarray(safe)
    }
  } catch (error) {
    if (!failed) {
      throw new CommandError('query_failed', `the answer broke off (${networkCode(error)})`, { cause: error })
    }
  }
  if (failed) throw new CommandError('query_failed', messageIn(kept.toString('utf8'), tag ?? ''))
  yield kept
}

/** Between the two marks: the message, and a line with its length and the tag. */
const messageIn = (text: string, tag: string): string =>
  (text.split(new RegExp(`\\r?\\n\\d+ ${tag}`))[0] ?? text).trim()
