// Commands for shells.

import { Argument, type Command } from 'commander'
import type { Io } from '../io.ts'

export function addCompletion(program: Command, io: Io): void {
  program
    .command('complete')
    .description('print what makes a shell complete commands, options and their values')
    .addArgument(new Argument('<shell>', 'which').choices(['bash', 'zsh', 'fish']))
    .action(async shell => (await import('../commands/complete.ts')).complete(io, shell))

  program
    .command('complete-words', { hidden: true })
    .argument('[words...]', 'what was typed behind the name, the last word unfinished')
    .action(async words => (await import('../commands/complete.ts')).completeWords(io, program, words))
}
