// The options of `keys create`.

import { type Command, InvalidArgumentError } from 'commander'
import { SCOPES, type Scope } from '#platform/api-keys/scopes.ts'

function scope(value: string, before: readonly Scope[] = []): readonly Scope[] {
  const known = SCOPES.find(name => name === value)
  if (!known) throw new InvalidArgumentError(`It is one of ${SCOPES.join(', ')}`)
  return [...before, known]
}

function pin(value: string, before: readonly string[] = []): readonly string[] {
  if (value.indexOf('=') < 1) throw new InvalidArgumentError('It is field=value.')
  return [...before, value]
}

function limit(value: string): number {
  if (!/^[1-9]\d{0,14}$/.test(value)) throw new InvalidArgumentError('It is a whole number from 1.')
  return Number(value)
}

export const withKeyOptions = (command: Command): Command =>
  command
    .requiredOption('--name <name>', 'who or what it is for')
    .option('--scope <scope>', 'ingest, read or admin; may be repeated (default: ingest)', scope)
    .option('--pin <field=value>', 'what its events say, whatever they were sent with; may be repeated', pin)
    .option('--events-per-minute <n>', 'limit at each process (default: 600000)', limit)
    .option('--bytes-per-minute <n>', 'the same, after decompression (default: 536870912)', limit)
    .option('--json', 'print the key and its entry as JSON')
