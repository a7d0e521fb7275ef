// Every command with its options. What a command does is loaded when it is called: `--help` is quick, and a query does not
// wait for the database engine to load.

import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import type { Io } from './io.ts'
import { addCompletion } from './program/completion.ts'
import { addDeadLetters } from './program/dead-letters.ts'
import { addKeys } from './program/keys.ts'
import { addPrices } from './program/prices.ts'
import { addQueries } from './program/queries.ts'
import { addSending } from './program/sending.ts'
import { addServices } from './program/services.ts'
import { addUpkeep } from './program/upkeep.ts'

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
  const groups = [
    ['Run:', addServices],
    ['Send:', addSending],
    ['Ask:', addQueries],
    ['Prices:', addPrices],
    ['Refused events:', addDeadLetters],
    ['Upkeep:', addUpkeep],
    ['Keys and shells:', addKeys],
    ['Keys and shells:', addCompletion],
  ] as const
  for (const [title, add] of groups) {
    program.commandsGroup(title)
    add(program, io)
  }
  return program
}
