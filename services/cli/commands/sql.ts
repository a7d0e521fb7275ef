// `spendledger sql`: a query as user reader, its answer passed through as it comes.

import { runStatement } from '../clickhouse.ts'
import { CommandError } from '../errors.ts'
import { type Io, isTerminal, write } from '../io.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'

export interface SqlOptions extends ConfigOption {
  readonly format: 'pretty' | 'json' | 'csv'
  readonly json?: boolean
  readonly csv?: boolean
}

const FORMATS = { pretty: 'PrettySpaceMonoBlock', json: 'JSONEachRow', csv: 'CSVWithNames' } as const

/** @param query `-` reads it from standard input */
export async function sql(io: Io, query: string, options: SqlOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const text = (query === '-' ? await readAll(io.stdin) : query).trim().replace(/;$/, '')
  if (text === '')
    throw new CommandError('wrong_usage', 'there is no query; try sql "SELECT count() FROM v_events"')
  const format = options.json ? 'json' : options.csv ? 'csv' : options.format
  const colors = isTerminal(io.stdout) && !io.env['NO_COLOR']
  const settings = {
    output_format_pretty_color: colors ? '1' : '0',
    output_format_pretty_row_numbers: '0',
    output_format_pretty_display_footer_column_names: '0',
  }
  for await (const chunk of runStatement(config, { sql: text, format: FORMATS[format], settings })) {
    await write(io.stdout, chunk)
  }
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all).toString('utf8')
}
