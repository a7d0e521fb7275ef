// How a command fails: an exit code, and one line that says what to do. Scripts branch on the exit code, so it is a promise:
// 0 ok, 1 failed, 2 wrong usage or configuration, 3 a threshold was exceeded, 130 ended by Ctrl-C.

import { LedgerError } from '#core/errors.ts'
import { ConfigError } from '#platform/config-error.ts'
import { problemOf } from '#platform/problem.ts'

export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const

/** https://www.rfc-editor.org/rfc/rfc9457, as far as it fits a command. */
export interface CommandProblem {
  readonly type: string
  readonly title: string
  readonly detail: string
  readonly code: string
}

/** What can go wrong in a command itself, beside the errors of the ledger. */
const TITLES = {
  wrong_usage: 'The command does not work like this',
  wrong_configuration: 'The configuration cannot be used',
  unreachable: 'spendledger does not answer',
  unexpected_answer: 'The answer is not one of spendledger',
  query_failed: 'The warehouse refused the query',
  no_events: 'There were no events',
  events_rejected: 'Events were rejected',
  not_replayed: 'Dead letters could not be replayed',
  differences: 'Totals differ',
  price_faults: 'The price book has faults',
  no_price: 'The price book does not have it',
  failed: 'The command failed',
} as const

export type CommandCode = keyof typeof TITLES

/** A failure with words for a person: what happened and what to do. */
export class CommandError extends Error {
  readonly problem: CommandProblem
  readonly exitCode: number

  constructor(code: CommandCode, detail: string, options: { cause?: unknown } = {}) {
    super(detail, options)
    this.name = 'CommandError'
    this.problem = commandProblem(code, detail)
    this.exitCode = code === 'wrong_usage' || code === 'wrong_configuration' ? EXIT.usage : EXIT.failed
  }
}

/** An error that the server described itself; its problem is passed on as it is. */
export class ServerError extends Error {
  readonly problem: CommandProblem

  constructor(problem: CommandProblem) {
    super(problem.detail)
    this.name = 'ServerError'
    this.problem = problem
  }
}

const commandProblem = (code: CommandCode, detail: string): CommandProblem => ({
  type: `urn:spendledger:error:${code}`,
  title: TITLES[code],
  detail,
  code,
})

/** What commander complains about, in one line, with the help to look at. */
export function usageProblem(message: string, argv: readonly string[]): CommandProblem {
  const [sentence = '', ...rest] = message.replace(/^error: /, '').split('\n')
  const hint = rest.filter(line => line !== '').join(' ')
  const command = /unknown command/.test(sentence) ? undefined : argv.find(word => /^[a-z]+$/.test(word))
  const help = ['spendledger', ...(command ? [command] : []), '--help'].join(' ')
  return commandProblem('wrong_usage', `${sentence}${hint === '' ? '' : ` ${hint}`}; see ${help}`)
}

/** ClickHouse's error 516. */
export const PASSWORD_REFUSED = /Code: 516\b|Authentication failed/

/** The password is a file of the data directory: one that is refused is that of another server. */
export const OTHER_DIRECTORY =
  'this server belongs to another data directory: set SPENDLEDGER_DATA_DIR and SPENDLEDGER_SQL_PORT'

/** Parameters that options of the same name set. */
const FLAG = /^(?:[^:]+: )?(from|to|tz|at|limit|order|reason|baseline) is /

/** A problem in words for a person: a parameter is the option that was typed. */
export const wordsOf = ({ code, detail }: CommandProblem): string =>
  code === 'bad_query' ? detail.replace(FLAG, '--$1 is ') : detail

/** Any failure as what is shown of it and the exit code. Nobody foresaw a foreign error: it is shown by its message alone. */
export function failureOf(error: unknown): { problem: CommandProblem; exitCode: number } {
  if (error instanceof CommandError) return { problem: error.problem, exitCode: error.exitCode }
  if (error instanceof ServerError) {
    const exitCode = error.problem.code === 'bad_query' ? EXIT.usage : EXIT.failed
    return { problem: error.problem, exitCode }
  }
  if (error instanceof ConfigError) {
    return { problem: commandProblem('wrong_configuration', error.message), exitCode: EXIT.usage }
  }
  if (error instanceof LedgerError) {
    const foreign = PASSWORD_REFUSED.test(error.message)
    const problem = foreign ? commandProblem('unreachable', OTHER_DIRECTORY) : problemOf(error)
    return { problem, exitCode: error.code === 'bad_query' ? EXIT.usage : EXIT.failed }
  }
  const message = error instanceof Error ? error.message : String(error)
  return { problem: commandProblem('failed', message), exitCode: EXIT.failed }
}
