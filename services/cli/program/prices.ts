// Commands about prices.

import { type Command, Option } from 'commander'
import type { Io } from '../io.ts'
import { withConfig } from '../options.ts'

export function addPrices(program: Command, io: Io): void {
  withConfig(program.command('price'))
    .description('what a model costs, by which rule and from which source')
    .argument('<model>', 'its name, exactly')
    .option('--provider <name>', 'only of this one')
    .option('--at <time>', 'at this instant; default now')
    .option('--json', 'print the answer as JSON')
    .addOption(new Option('--csv', 'print the answer as CSV').conflicts('json'))
    .action(async (model, options) => (await import('../commands/price.ts')).price(io, model, options))

  const prices = program.command('prices').description('price files: checked, compared, imported')

  withConfig(prices.command('lint'))
    .description('whether a price file can be used, and what looks wrong in it')
    .argument('[file]', 'a book, or own prices; default: the shipped prices with SPENDLEDGER_PRICES')
    .option('--strict', 'prices of common models that nobody has checked for 45 days are errors')
    .option('--json', 'print the findings as JSON')
    .action(async (file, options) => (await import('../commands/prices-lint.ts')).lint(io, file, options))

  prices
    .command('diff')
    .description('what one price file says otherwise than another')
    .argument('<a>', 'a book, own prices (laid over the shipped book), or `shipped`')
    .argument('<b>', 'the same')
    .option('--json', 'print the difference as JSON')
    .action(async (a, b, options) => (await import('../commands/prices-diff.ts')).diff(io, a, b, options))

  prices
    .command('import')
    .description("make own prices of LiteLLM's model_prices_and_context_window.json")
    .argument('<file>', 'the map')
    .option('--out <file>', 'where to; default: standard output')
    .option('--json', 'print what was left out and found as JSON, on standard error')
    .action(async (file, options) =>
      (await import('../commands/prices-import.ts')).importPrices(io, file, options),
    )
}
