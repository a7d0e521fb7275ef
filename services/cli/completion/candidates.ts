// What may follow the words that were typed: commands, options, and values where these are a closed list or asked for.

import type { Argument, Command, Option } from 'commander'

export interface Candidate {
  readonly value: string
  readonly does: string
}

/** Whose value is wanted: the name of an option (`feature`) or argument. */
export type ValuesOf = (name: string, command: string) => Promise<readonly string[]>

/** @param words the last one is being typed, and may be empty */
export async function candidatesOf(
  program: Command,
  words: readonly string[],
  valuesOf: ValuesOf,
): Promise<Candidate[]> {
  const last = words.at(-1) ?? ''
  // bash hands over the sign of `--by=model` as a word.
  const current = last === '=' ? '' : last
  const { command, operands, waiting } = read(program, words.slice(0, -1))
  const [, name, text] = /^--([a-z-]+)=(.*)$/s.exec(current) ?? []
  if (name !== undefined && text !== undefined) {
    const option = command.options.find(({ long }) => long === `--${name}`)
    const found = option ? await values(option, text, command, valuesOf) : []
    return found.map(value => ({ value: `--${name}=${value}`, does: '' }))
  }
  if (waiting) return plainly(await values(waiting, current, command, valuesOf))
  if (current.startsWith('-')) return optionsOf(command, current)
  const commands = operands === 0 ? commandsOf(command, current) : []
  if (commands.length > 0) return commands
  const argument = argumentAt(command, operands)
  return argument ? plainly(await values(argument, current, command, valuesOf)) : []
}

interface Typed {
  readonly command: Command
  /** Words that are neither options nor their values. */
  readonly operands: number
  /** The option whose value comes next. */
  readonly waiting: Option | undefined
}

function read(program: Command, words: readonly string[]): Typed {
  let typed: Typed = { command: program, operands: 0, waiting: undefined }
  for (const word of words) typed = readWord(typed, word)
  return typed
}

function readWord({ command, operands, waiting }: Typed, word: string): Typed {
  if (waiting) return { command, operands, waiting: word === '=' ? waiting : undefined }
  if (word.startsWith('-')) {
    const option = command.options.find(({ long, short }) => long === word || short === word)
    return { command, operands, waiting: option?.required ? option : undefined }
  }
  const inner = operands === 0 && command.commands.find(candidate => candidate.name() === word)
  if (inner) return { command: inner, operands: 0, waiting: undefined }
  return { command, operands: operands + 1, waiting: undefined }
}

const argumentAt = (command: Command, place: number): Argument | undefined => {
  const { registeredArguments: all } = command
  const last = all.at(-1)
  return all[place] ?? (last?.variadic ? last : undefined)
}

/** Values that begin with what was typed; of a list with commas, the last of it. */
async function values(
  wanted: Option | Argument,
  typed: string,
  command: Command,
  valuesOf: ValuesOf,
): Promise<string[]> {
  const name = 'attributeName' in wanted ? wanted.attributeName() : wanted.name()
  const done = typed.slice(0, typed.lastIndexOf(',') + 1)
  const known = wanted.argChoices ?? (await valuesOf(name, command.name()))
  return known.map(value => done + value).filter(value => value.startsWith(typed))
}

const plainly = (found: readonly string[]): Candidate[] => found.map(value => ({ value, does: '' }))

const commandsOf = (command: Command, typed: string): Candidate[] =>
  command
    .createHelp()
    .visibleCommands(command)
    .map(inner => ({ value: inner.name(), does: inner.description() }))
    .filter(({ value }) => value.startsWith(typed))

const optionsOf = (command: Command, typed: string): Candidate[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, description }) => ({ value: long ?? '', does: description }))
    .filter(({ value }) => value !== '' && value.startsWith(typed))
