// Commands about API keys.

import type { Command } from 'commander'
import type { Io } from '../io.ts'
import { withKeyOptions } from '../key-options.ts'
import { withConfig } from '../options.ts'

export function addKeys(program: Command, io: Io): void {
  const keys = program.command('keys').description('API keys, in the file SPENDLEDGER_API_KEYS_FILE')

  withKeyOptions(withConfig(keys.command('create')))
    .description('make a key and print it, this once')
    .action(async options => (await import('../commands/keys.ts')).create(io, options))

  withConfig(keys.command('list'))
    .description('all of them, without secrets')
    .option('--json', 'print them as JSON')
    .action(async options => (await import('../commands/keys.ts')).list(io, options))

  withConfig(keys.command('revoke'))
    .description('let nobody in with a key any more; services notice within a second')
    .argument('<id>', 'the part between sl_ and the next _')
    .action(async (id, options) => (await import('../commands/keys.ts')).revoke(io, id, options))
}
