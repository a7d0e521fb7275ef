// Commands that run the ledger itself, whole or a part of it.

import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { withConfig } from '../options.ts'

/** What runs as a process of its own, beside Kafka and ClickHouse. */
const SERVICES = [
  ['collector', 'take events by HTTP into Kafka'],
  ['consumer', 'store events from Kafka in the warehouse; several share the partitions'],
  ['aggregator', 'keep totals up to date; of several, one works'],
  ['alerter', 'stand ready for alerts; this version evaluates no rules and sends nothing'],
  ['api', 'answer questions about spend'],
] as const

export function addServices(program: Command, io: Io): void {
  withConfig(program.command('up'))
    .description('run everything in this process, on loopback (npm start)')
    .option('--demo', 'on a scratch directory, with 30 days of made-up history and live traffic')
    .option('--check', 'print the configuration and end: 0 if it can be used, 2 if not')
    .action(async options => (await import('../commands/up.ts')).up(io, options))

  for (const [name, does] of SERVICES) {
    withConfig(program.command(name))
      .description(does)
      .option('--check', 'print the configuration and end: 0 if it can be used, 2 if not')
      .action(async options => (await import('../commands/service.ts')).service(io, name, options))
  }

  withConfig(program.command('warehouse'))
    .description('run only the embedded ClickHouse server, in the foreground')
    .action(async options => (await import('../commands/warehouse.ts')).warehouse(io, options))
}
