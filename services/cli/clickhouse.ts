// SQL straight to the warehouse's HTTP interface as user reader, as an outside client would do it: the command line shows
// what a reader gets, limits and words of the server included.

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '#platform/config.ts'
import { CommandError, OTHER_DIRECTORY, PASSWORD_REFUSED } from './errors.ts'
import { networkCode } from './http.ts'
import { post, type StreamedAnswer } from './http-stream.ts'

export interface Statement {
  readonly sql: string
  /** A FORMAT of ClickHouse. */
  readonly format: string
  readonly settings: Readonly<Record<string, string>>
}

interface Access {
  readonly url: URL
  readonly user: string
  readonly password: string
}

/** The answer in chunks. @throws CommandError with the server's own words, before or in the middle of the answer */
export async function* runStatement(config: Config, statement: Statement): AsyncGenerator<Uint8Array> {
  const { url, user, password } = await accessTo(config)
  const { sql, format, settings } = statement
  url.searchParams.set('default_format', format)
  for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value)

  let answer: StreamedAnswer
  try {
    answer = await post(url, { 'x-clickhouse-user': user, 'x-clickhouse-key': password }, sql)
  } catch (error) {
    throw new CommandError(
      'unreachable',
      `the warehouse does not answer at ${url.origin} (${networkCode(error)}): is \`npm start\` running? SPENDLEDGER_SQL_PORT says where`,
      { cause: error },
    )
  }
  if (answer.status !== 200) {
    const words = await textOf(answer.chunks)
    if (!config.clickhouseUrl && PASSWORD_REFUSED.test(words)) {
      throw new CommandError('unreachable', OTHER_DIRECTORY)
    }
    throw new CommandError('query_failed', words)
  }
  yield* untilException(answer.chunks, answer.header('x-clickhouse-exception-tag'))
}

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all).toString('utf8').trim()
}

async function accessTo(config: Config): Promise<Access> {
  if (config.clickhouseUrl) {
    const given = new URL(config.clickhouseUrl.reveal())
    const url = new URL(given.origin)
    url.searchParams.set('database', given.pathname.slice(1))
    // The account may be one that writes: it was given for other commands too. 2, not 1: queries may bring settings.
    url.searchParams.set('readonly', '2')
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

/**
 * An error after the first rows comes inside of the body, behind a mark with a random tag, and then the connection is cut.
 * https://clickhouse.com/docs/interfaces/http#http_response_codes_caveats
 */
async function* untilException(
  chunks: AsyncIterable<Buffer>,
  tag: string | undefined,
): AsyncGenerator<Uint8Array> {
  const mark = Buffer.from(`\r\n__exception__\r\n${tag}\r\n`)
  let kept: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of chunks) {
      kept = Buffer.concat([kept, chunk])
      if (kept.includes(mark)) continue
      // The mark may begin in this chunk and end in the next.
      const safe = Math.max(0, kept.length - mark.length)
      yield kept.subarray(0, safe)
      kept = kept.subarray(safe)
    }
  } catch (error) {
    if (!kept.includes(mark)) {
      throw new CommandError('query_failed', `the answer broke off (${networkCode(error)})`, { cause: error })
    }
  }
  const at = kept.indexOf(mark)
  yield at < 0 ? kept : kept.subarray(0, at)
  if (at >= 0) throw new CommandError('query_failed', messageIn(kept.subarray(at + mark.length), tag))
}

/** Up to the line with the message's length and the tag. */
function messageIn(rest: Buffer, tag: string | undefined): string {
  const text = rest.toString('utf8')
  const end = text.search(new RegExp(`\\n\\d+ ${tag}\\r?\\n`))
  return (end < 0 ? text : text.slice(0, end)).trim()
}
