// `spendledger sql`: a query as user reader, its answer passed through as it comes. Only what a terminal shows as a table is
// filtered: values come from foreign events, and ClickHouse escapes nothing there.

import { runStatement } from '../clickhouse.ts'
import { CommandError } from '../errors.ts'
import { type Io, isTerminal, write } from '../io.ts'
import { plainLayout } from '../plain.ts'
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
  const settings = {
    // Colours could not be told from those that a value brings.
    output_format_pretty_color: '0',
    output_format_pretty_row_numbers: '0',
    output_format_pretty_display_footer_column_names: '0',
    format_csv_null_representation: '',
  }
  const chunks = runStatement(config, { sql: text, format: FORMATS[format], settings })
  const shown = format === 'pretty' && isTerminal(io.stdout) ? forTerminal(chunks) : chunks
  for await (const chunk of shown) await write(io.stdout, chunk)
}

/** A sign may begin in one chunk and end in the next. */
async function* forTerminal(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  for await (const chunk of chunks) yield plainLayout(decoder.decode(chunk, { stream: true }))
  yield plainLayout(decoder.decode())
}

async function readAll(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all).toString('utf8')
}
