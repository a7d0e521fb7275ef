// Commands that answer questions about spend.

import { type Command, Option } from 'commander'
import type { Io } from '../io.ts'
import { gather, withConfig, withMetrics, withReading, withWindow } from '../options.ts'
import { addSubjects } from './subjects.ts'

export function addQueries(program: Command, io: Io): void {
  withMetrics(withReading(program.command('top')))
    .description('spend, share, calls, cost per call and change against the previous period')
    .argument('<dimension>', 'features, models, users, tenants, teams, releases, environments, tag.KEY, ...')
    .option('--limit <n>', 'rows', '20')
    .option('--order <by>', 'cost_usd, change, calls, ...; with :asc or :desc')
    .action(async (dimension, options) => (await import('../commands/top.ts')).top(io, dimension, options))

  withMetrics(withReading(program.command('trend')))
    .description('spend over time')
    .option('--by <dimension>', 'one row for each feature, model, ...')
    .addOption(new Option('--granularity <unit>').choices(['hour', 'day', 'week', 'month']).default('day'))
    .action(async options => (await import('../commands/trend.ts')).trend(io, options))

  addSubjects(program, io)

  withReading(program.command('explain'))
    .description('why spend changed: volume, mix, input, output, cache, price')
    .option('--baseline <which>', 'compare with previous, week, 4w, or FROM/TO', 'previous')
    .action(async options => (await import('../commands/explain.ts')).explain(io, options))

  withReading(program.command('events'))
    .description('single calls, the newest first; with an id, everything that made the cost of one')
    .argument('[id]', 'event_id')
    .option('--top', 'the most expensive first')
    .option('--limit <n>', 'rows', '20')
    .action(async (id, options) => (await import('../commands/events.ts')).events(io, id, options))

  withReading(program.command('coverage'))
    .description('what the totals leave out: calls without a price, and why they have none')
    .option('--by <dimensions>', 'what to split it by', 'provider,model')
    .option('--limit <n>', 'rows', '20')
    .action(async options => (await import('../commands/coverage.ts')).coverage(io, options))

  withWindow(withConfig(program.command('changes')))
    .description('closed hours whose totals moved, and why')
    .option('--tz <zone>', 'time zone')
    .option('--reason <code>', 'only these, such as late or reprice; may be repeated', gather)
    .option('--limit <n>', 'rows', '50')
    .option('--json', 'print the answer as JSON')
    .addOption(new Option('--csv', 'print the answer as CSV').conflicts('json'))
    .action(async options => (await import('../commands/changes.ts')).changes(io, options))

  withConfig(program.command('sql'))
    .description('a read-only query of the views, as user reader')
    .argument('<query>', 'SQL, or - for standard input')
    .addOption(new Option('--format <format>').choices(['pretty', 'json', 'csv']).default('pretty'))
    .addOption(new Option('--json', 'a row a line (NDJSON)').conflicts('csv'))
    .option('--csv', 'CSV with a header')
    .action(async (query, options) => (await import('../commands/sql.ts')).sql(io, query, options))
}
