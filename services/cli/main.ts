// The command's way in: runs one command, says in one line what failed, and ends with the exit code that scripts rely on.

import { setTimeout as sleep } from 'node:timers/promises'
import { CommanderError } from 'commander'
import { systemClock } from '#ports/clock.ts'
import { type CommandProblem, EXIT, failureOf, usageProblem, wordsOf } from './errors.ts'
import { type Io, write } from './io.ts'
import { plainLines } from './plain.ts'
import { createProgram } from './program.ts'

/** Runs this process's command line. */
export async function main(): Promise<void> {
  const interrupt = () => process.exit(EXIT.interrupted)
  process.on('SIGINT', interrupt)
  for (const stream of [process.stdout, process.stderr]) stream.on('error', quietOnClosedPipe)
  process.exitCode = await run(process.argv.slice(2), {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    fetch,
    clock: systemClock,
    sleep,
    takeSignals: () => process.off('SIGINT', interrupt),
  })
}

/** `spendledger events | head`: the reader has seen enough, and nothing failed. */
function quietOnClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit(EXIT.ok)
  throw error
}

/** Runs a command; resolves with its exit code and never rejects. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  try {
    await createProgram(io).parseAsync([...argv], { from: 'user' })
    return EXIT.ok
  } catch (error) {
    if (error instanceof CommanderError) return reportUsage(error, argv, io)
    const { problem, exitCode } = failureOf(error)
    await report(problem, argv, io)
    if (io.env['LOG_LEVEL'] === 'debug' && error instanceof Error) {
      await write(io.stderr, `${plainLines(error.stack ?? error.message)}\n`)
    }
    return exitCode
  }
}

async function report(problem: CommandProblem, argv: readonly string[], io: Io): Promise<void> {
  const text = argv.includes('--json')
    ? JSON.stringify(problem)
    : `spendledger: ${plainLines(wordsOf(problem))}`
  await write(io.stderr, `${text}\n`)
}

/** Help and version are no errors, except where help stands in for a command that is missing. */
async function reportUsage(error: CommanderError, argv: readonly string[], io: Io): Promise<number> {
  if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') return EXIT.ok
  if (error.code !== 'commander.help') await report(usageProblem(error.message, argv), argv, io)
  return EXIT.usage
}
