// Commands that take events.

import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { withConfig } from '../options.ts'

export function addSending(program: Command, io: Io): void {
  withConfig(program.command('send'))
    .description('send events (NDJSON or JSON) to the collector')
    .argument('<file>', 'file, or - for standard input')
    .option('--strict', 'reject events with unknown fields')
    .option('--json', 'print every rejected event as a line of JSON, and the sums as the last one')
    .action(async (file, options) => (await import('../commands/send.ts')).send(io, file, options))

  withConfig(program.command('quote'))
    .description('price events without storing them, line by line')
    .argument('<file>', 'file, or - for standard input')
    .option('--json', 'print the answers as JSON')
    .action(async (file, options) => (await import('../commands/quote.ts')).quote(io, file, options))
}
