// Commands about what was refused.

import { type Command, Option } from 'commander'
import type { Io } from '../io.ts'
import { withConfig, withWindow } from '../options.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'

export function addDeadLetters(program: Command, io: Io): void {
  const letters = program.command('deadletters').description('what was refused, why, and a way back')

  withWindow(withConfig(letters.command('list')))
    .description('the newest first')
    .option('--tz <zone>', 'time zone')
    .option('--reason <code>', 'only these')
    .option('--limit <n>', 'rows', '50')
    .option('--json', 'print the answer as JSON')
    .addOption(new Option('--csv', 'print the answer as CSV').conflicts('json'))
    .action(async options => (await import('../commands/deadletters.ts')).list(io, options))

  withConfig(letters.command('show'))
    .description('one of them')
    .argument('<id>', 'its id, or a beginning that only it has')
    .addOption(new Option('--bytes', 'print what was refused, byte by byte').conflicts('json'))
    .option('--json', 'print the answer as JSON')
    .action(async (id, options) => (await import('../commands/deadletters.ts')).show(io, id, options))

  withConfig(letters.command('replay'))
    .description('send them again, after what was wrong has been put right')
    .argument('[ids...]', 'ids, or beginnings that only one of them has')
    .option('--reason <code>', 'all of this reason that were not replayed yet')
    .action(async (ids, options) => {
      const { replay } = await import('../commands/replay.ts')
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
  const { checkReason, wholeIds } = await import('../letter-ids.ts')
  const config = await loadSettings(io, options)
  if (options.reason === undefined) return wholeIds(io, config, ids)
  await checkReason(io, config, options.reason)
  return ids
}
