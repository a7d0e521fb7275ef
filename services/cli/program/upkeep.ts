// Commands that keep a ledger right: its totals, its schema, its copies and its secrets.

import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { wholeNumber, withConfig, withWindow } from '../options.ts'

export function addUpkeep(program: Command, io: Io): void {
  withWindow(withConfig(program.command('verify')))
    .description('prove that raw events, rollups and the counts of what was read agree (default: 30 days)')
    .option('--wait <seconds>', 'how long hours may take to be recomputed', wholeNumber, 20)
    .option('--json', 'print the report as JSON')
    .action(async options => (await import('../commands/verify.ts')).verify(io, options))

  withWindow(withConfig(program.command('rollup')))
    .description('recompute hours now (default: the last 24)')
    .action(async options => (await import('../commands/rollup.ts')).rollup(io, options))

  withWindow(withConfig(program.command('reprice')))
    .description(
      'price stored events again with the prices in force; shows the difference first (default: all events)',
    )
    .option('--provider <name>', 'only this one')
    .option('--model <id>', 'only this one, as `top models` shows it')
    .option('--dry-run', 'show the difference and write nothing')
    .option('--json', 'print the difference as JSON')
    .action(async options => (await import('../commands/reprice.ts')).reprice(io, options))

  withConfig(program.command('backup'))
    .description('write the embedded warehouse to a file, while it works')
    .argument('<file>', 'such as ledger.tar.zst; it must not be there yet')
    .action(async (file, options) => (await import('../commands/backup.ts')).backup(io, file, options))

  withConfig(program.command('restore'))
    .description('put a backup into a data directory that has no warehouse')
    .argument('<file>', 'what `backup` wrote')
    .action(async (file, options) => (await import('../commands/backup.ts')).restore(io, file, options))

  withConfig(program.command('migrate'))
    .description('bring the warehouse to the newest schema and make the topics')
    .option('--wait <seconds>', 'how long warehouse and brokers may take to come up', wholeNumber, 60)
    .action(async options => (await import('../commands/migrate.ts')).migrate(io, options))

  program
    .command('secrets')
    .description('make what is missing of the passwords, addresses and first API key of a cluster')
    .argument('<directory>', 'where they go; each of its directories is for one reader')
    .option('--clickhouse <address>', 'the ClickHouse server as services reach it', 'http://127.0.0.1:8123')
    .action(async (directory, options) =>
      (await import('../commands/secrets.ts')).secrets(io, directory, options),
    )
}
