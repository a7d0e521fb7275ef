// `spendledger deadletters list` and `show`: what was refused and why, and the bytes themselves.

import { type Meta, minute } from '../answers.ts'
import { CommandError } from '../errors.ts'
import { counted } from '../figures.ts'
import { json } from '../http.ts'
import { type Io, isTerminal, print, write } from '../io.ts'
import { shortIds, wholeIds } from '../letter-ids.ts'
import { passThrough } from '../pass-through.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'
import { spaceBeside, table } from '../table.ts'

export interface ListOptions extends ConfigOption {
  readonly from?: string
  readonly to?: string
  readonly tz?: string
  readonly reason?: string
  readonly limit: string
  readonly json?: boolean
  readonly csv?: boolean
}

export interface ShowOptions extends ConfigOption {
  readonly bytes?: boolean
  readonly json?: boolean
}

interface Letter {
  readonly dead_letter_id: string
  readonly refused_at: string
  readonly reason: string
  readonly field: string
  readonly event_id: string
  readonly message: string
  readonly replayed_at: string | null
}

interface ListAnswer {
  readonly data: readonly Letter[]
  readonly next_cursor: string | null
  readonly meta: Pick<Meta, 'from' | 'to' | 'tz'>
}

export async function list(io: Io, options: ListOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const { from, to, tz, reason, limit } = options
  const query = { from, to, tz, reason, limit }
  if (await passThrough(io, config, '/v1/dead-letters', query, options)) return

  const { data, next_cursor, meta } = await json<ListAnswer>(io, config, '/v1/dead-letters', { query })
  if (data.length > 0) await print(io, `${letterTable(io, data)}\n`)
  const more = next_cursor === null ? '' : ' and more; --limit shows them'
  await print(
    io,
    `${minute(meta.from)} to ${minute(meta.to)} ${meta.tz}: ${counted(data.length, 'refused event')}${more}`,
  )
}

/** On a terminal every letter is one line: the message gets what the other columns leave. */
function letterTable(io: Io, letters: readonly Letter[]): string {
  const ids = shortIds(letters.map(({ dead_letter_id }) => dead_letter_id))
  const replayed = letters.some(({ replayed_at }) => replayed_at !== null)
  const heads = ['refused_at', ...(replayed ? ['replayed'] : []), 'reason', 'field', 'event_id', 'id']
  const columns = heads.map(head => ({ head }))
  const rows = letters.map(letter => [
    minute(letter.refused_at),
    ...(replayed ? [letter.replayed_at === null ? '' : minute(letter.replayed_at)] : []),
    letter.reason,
    letter.field,
    letter.event_id,
    ids.get(letter.dead_letter_id) ?? letter.dead_letter_id,
  ])
  const room = Math.max(SHORTEST_MESSAGE, spaceBeside(io, columns, rows))
  const message = (text: string) =>
    isTerminal(io.stdout) && text.length > room ? `${text.slice(0, room - 1)}…` : text
  return table(
    io,
    [...columns, { head: 'message' }],
    letters.map((letter, i) => [...(rows[i] ?? []), message(letter.message)]),
  )
}

/** Less of a message says nothing; the line is then longer than the terminal. */
const SHORTEST_MESSAGE = 20

/** @param given the id, or a beginning that only it has */
export async function show(io: Io, given: string, options: ShowOptions): Promise<void> {
  const config = await loadSettings(io, options)
  if (options.bytes) {
    const [id = given] = await wholeIds(io, config, [given])
    const { connectWarehouse } = await import('../../embedded/connect.ts')
    const { warehouse, close } = await connectWarehouse(config, 'writer')
    try {
      const [row] = await warehouse.query<{ bytes: string }>(
        `SELECT base64Encode(bytes) AS bytes FROM dead_letters FINAL
WHERE dead_letter_id = {id:String} ORDER BY refused_at DESC LIMIT 1`,
        { params: { id } },
      )
      if (!row) throw new CommandError('failed', `there is no dead letter ${id}`)
      await write(io.stdout, Buffer.from(row.bytes, 'base64'))
    } finally {
      await close()
    }
    return
  }
  const path = `/v1/dead-letters/${encodeURIComponent(given)}`
  if (await passThrough(io, config, path, {}, { json: options.json === true })) return
  const { data } = await json<{ data: Record<string, unknown> }>(io, config, path)
  const known = Object.entries(data).filter(([, value]) => value !== null && value !== '')
  const rows = known.map(([name, value]) => [name, String(value)])
  await print(io, table(io, [{ head: 'field' }, { head: 'value' }], rows))
}
