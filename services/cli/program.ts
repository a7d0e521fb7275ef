// Every command with its options. What a command does is loaded when it is called: `--help` is quick, and a query does not
// wait for the database engine to load.

import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import type { Io } from './io.ts'
import { withKeyOptions } from './key-options.ts'
import { wholeNumber, withConfig, withReading, withWindow } from './options.ts'
import { type ConfigOption, loadSettings } from './settings.ts'

const VERSION = new URL('../../package.json', import.meta.url)

export function createProgram(io: Io): Command {
  const program = new Command('spendledger')
    .description('The ledger for LLM spend: what every call cost, and why.')
    .version((JSON.parse(readFileSync(VERSION, 'utf8')) as { version: string }).version)
    .exitOverride()
    .configureOutput({
      writeOut: text => io.stdout.write(text),
      writeErr: text => io.stderr.write(text),
      // Said once, in one line, by main.ts.
      outputError: () => {},
    })
    .helpCommand(false)
    .showSuggestionAfterError()
  addServices(program, io)
  addSending(program, io)
  addQueries(program, io)
  addPrices(program, io)
  addDeadLetters(program, io)
  addUpkeep(program, io)
  addKeys(program, io)
  return program
}

/** What runs as a process of its own, beside Kafka and ClickHouse. */
const SERVICES = [
  ['collector', 'take events by HTTP into Kafka'],
  ['consumer', 'store events from Kafka in the warehouse; several share the partitions'],
  ['aggregator', 'keep totals up to date; of several, one works'],
  ['alerter', 'stand ready for alerts; this version evaluates no rules and sends nothing'],
  ['api', 'answer questions about spend'],
] as const

function addServices(program: Command, io: Io): void {
  withConfig(program.command('up'))
    .description('run everything in this process, on loopback (npm start)')
    .option('--demo', 'on a scratch directory, with 30 days of made-up history and live traffic')
    .option('--check', 'print the configuration and end: 0 if it can be used, 2 if not')
    .action(async options => (await import('./commands/up.ts')).up(io, options))

  for (const [name, does] of SERVICES) {
    withConfig(program.command(name))
      .description(does)
      .option('--check', 'print the configuration and end: 0 if it can be used, 2 if not')
      .action(async options => (await import('./commands/service.ts')).service(io, name, options))
  }

  withConfig(program.command('warehouse'))
    .description('run only the embedded ClickHouse server, in the foreground')
    .action(async options => (await import('./commands/warehouse.ts')).warehouse(io, options))
}

function addSending(program: Command, io: Io): void {
  withConfig(program.command('send'))
    .description('send events (NDJSON or JSON) to the collector')
    .argument('<file>', 'file, or - for standard input')
    .option('--strict', 'reject events with unknown fields')
    .option('--json', 'print every rejected event as a line of JSON, and the sums as the last one')
    .action(async (file, options) => (await import('./commands/send.ts')).send(io, file, options))

  withConfig(program.command('quote'))
    .description('price events without storing them, line by line')
    .argument('<file>', 'file, or - for standard input')
    .option('--json', 'print the answers as JSON')
    .action(async (file, options) => (await import('./commands/quote.ts')).quote(io, file, options))
}

function addQueries(program: Command, io: Io): void {
  withReading(program.command('top'))
    .description('spend, share, calls, cost per call and change against the previous period')
    .argument('<dimension>', 'features, models, users, tenants, teams, releases, environments, tag.KEY, ...')
    .option('--limit <n>', 'rows', '20')
    .option('--order <by>', 'cost_usd, change, calls, ...; with :asc or :desc')
    .action(async (dimension, options) => (await import('./commands/top.ts')).top(io, dimension, options))

  withReading(program.command('trend'))
    .description('spend over time')
    .option('--by <dimension>', 'one row for each feature, model, ...')
    .addOption(new Option('--granularity <unit>').choices(['hour', 'day', 'week', 'month']).default('day'))
    .action(async options => (await import('./commands/trend.ts')).trend(io, options))

  withReading(program.command('events'))
    .description('single calls, the newest first; with an id, everything that made the cost of one')
    .argument('[id]', 'event_id')
    .option('--top', 'the most expensive first')
    .option('--limit <n>', 'rows', '20')
    .action(async (id, options) => (await import('./commands/events.ts')).events(io, id, options))

  withConfig(program.command('sql'))
    .description('a read-only query of the views, as user reader')
    .argument('<query>', 'SQL, or - for standard input')
    .addOption(new Option('--format <format>').choices(['pretty', 'json', 'csv']).default('pretty'))
    .addOption(new Option('--json', 'a row a line (NDJSON)').conflicts('csv'))
    .option('--csv', 'CSV with a header')
    .action(async (query, options) => (await import('./commands/sql.ts')).sql(io, query, options))
}

function addPrices(program: Command, io: Io): void {
  withConfig(program.command('price'))
    .description('what a model costs, by which rule and from which source')
    .argument('<model>', 'its name, exactly')
    .option('--provider <name>', 'only of this one')
    .option('--at <time>', 'at this instant; default now')
    .option('--json', 'print the answer as JSON')
    .action(async (model, options) => (await import('./commands/price.ts')).price(io, model, options))

  const prices = program.command('prices').description('price files: checked, compared, imported')

  withConfig(prices.command('lint'))
    .description('whether a price file can be used, and what looks wrong in it')
    .argument('[file]', 'a book, or own prices; default: the shipped prices with SPENDLEDGER_PRICES')
    .option('--strict', 'prices of common models that nobody has checked for 45 days are errors')
    .option('--json', 'print the findings as JSON')
    .action(async (file, options) => (await import('./commands/prices-lint.ts')).lint(io, file, options))

  prices
    .command('diff')
    .description('what one price file says otherwise than another')
    .argument('<a>', 'a book, own prices (laid over the shipped book), or `shipped`')
    .argument('<b>', 'the same')
    .option('--json', 'print the difference as JSON')
    .action(async (a, b, options) => (await import('./commands/prices-diff.ts')).diff(io, a, b, options))

  prices
    .command('import')
    .description("make own prices of LiteLLM's model_prices_and_context_window.json")
    .argument('<file>', 'the map')
    .option('--out <file>', 'where to; default: standard output')
    .option('--json', 'print what was left out and found as JSON, on standard error')
    .action(async (file, options) =>
      (await import('./commands/prices-import.ts')).importPrices(io, file, options),
    )
}

function addDeadLetters(program: Command, io: Io): void {
  const letters = program.command('deadletters').description('what was refused, why, and a way back')

  withWindow(withConfig(letters.command('list')))
    .description('the newest first')
    .option('--tz <zone>', 'time zone')
    .option('--reason <code>', 'only these')
    .option('--limit <n>', 'rows', '50')
    .option('--json', 'print the answer as JSON')
    .action(async options => (await import('./commands/deadletters.ts')).list(io, options))

  withConfig(letters.command('show'))
    .description('one of them')
    .argument('<id>', 'its id, or a beginning that only it has')
    .addOption(new Option('--bytes', 'print what was refused, byte by byte').conflicts('json'))
    .option('--json', 'print the answer as JSON')
    .action(async (id, options) => (await import('./commands/deadletters.ts')).show(io, id, options))

  withConfig(letters.command('replay'))
    .description('send them again, after what was wrong has been put right')
    .argument('[ids...]', 'ids, or beginnings that only one of them has')
    .option('--reason <code>', 'all of this reason that were not replayed yet')
    .action(async (ids, options) => {
      const { replay } = await import('./commands/replay.ts')
      await replay(io, await namedLetters(io, ids, options), options)
    })
}

/** The whole ids of what a person names; both kinds of naming at once are for the command to refuse. */
async function namedLetters(
  io: Io,
  ids: readonly string[],
  options: ConfigOption & { readonly reason?: string },
): Promise<readonly string[]> {
  if ((ids.length === 0) === (options.reason === undefined)) return ids
  const { checkReason, wholeIds } = await import('./letter-ids.ts')
  const config = await loadSettings(io, options)
  if (options.reason === undefined) return wholeIds(io, config, ids)
  await checkReason(io, config, options.reason)
  return ids
}

function addUpkeep(program: Command, io: Io): void {
  withWindow(withConfig(program.command('verify')))
    .description('prove that raw events, rollups and the counts of what was read agree (default: 30 days)')
    .option('--wait <seconds>', 'how long hours may take to be recomputed', wholeNumber, 20)
    .option('--json', 'print the report as JSON')
    .action(async options => (await import('./commands/verify.ts')).verify(io, options))

  withWindow(withConfig(program.command('rollup')))
    .description('recompute hours now (default: the last 24)')
    .action(async options => (await import('./commands/rollup.ts')).rollup(io, options))

  withWindow(withConfig(program.command('reprice')))
    .description(
      'price stored events again with the prices in force; shows the difference first (default: all events)',
    )
    .option('--provider <name>', 'only this one')
    .option('--model <id>', 'only this one, as `top models` shows it')
    .option('--dry-run', 'show the difference and write nothing')
    .option('--json', 'print the difference as JSON')
    .action(async options => (await import('./commands/reprice.ts')).reprice(io, options))

  withConfig(program.command('backup'))
    .description('write the embedded warehouse to a file, while it works')
    .argument('<file>', 'such as ledger.tar.zst; it must not be there yet')
    .action(async (file, options) => (await import('./commands/backup.ts')).backup(io, file, options))

  withConfig(program.command('restore'))
    .description('put a backup into a data directory that has no warehouse')
    .argument('<file>', 'what `backup` wrote')
    .action(async (file, options) => (await import('./commands/backup.ts')).restore(io, file, options))

  withConfig(program.command('migrate'))
    .description('bring the warehouse to the newest schema and make the topics')
    .option('--wait <seconds>', 'how long warehouse and brokers may take to come up', wholeNumber, 60)
    .action(async options => (await import('./commands/migrate.ts')).migrate(io, options))

  program
    .command('secrets')
    .description('make what is missing of the passwords, addresses and first API key of a cluster')
    .argument('<directory>', 'where they go; each of its directories is for one reader')
    .option('--clickhouse <address>', 'the ClickHouse server as services reach it', 'http://127.0.0.1:8123')
    .action(async (directory, options) =>
      (await import('./commands/secrets.ts')).secrets(io, directory, options),
    )
}

function addKeys(program: Command, io: Io): void {
  const keys = program.command('keys').description('API keys, in the file SPENDLEDGER_API_KEYS_FILE')

  withKeyOptions(withConfig(keys.command('create')))
    .description('make a key and print it, this once')
    .action(async options => (await import('./commands/keys.ts')).create(io, options))

  withConfig(keys.command('list'))
    .description('all of them, without secrets')
    .option('--json', 'print them as JSON')
    .action(async options => (await import('./commands/keys.ts')).list(io, options))

  withConfig(keys.command('revoke'))
    .description('let nobody in with a key any more; services notice within a second')
    .argument('<id>', 'the part between sl_ and the next _')
    .action(async (id, options) => (await import('./commands/keys.ts')).revoke(io, id, options))
}
