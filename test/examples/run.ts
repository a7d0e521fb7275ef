// How the tests run the example programs: as somebody would on a command line, with nothing of the developer's environment.

import { spawn } from 'node:child_process'
import { cleanEnv } from '../support/ledger-process.ts'

export interface RunOptions {
  readonly cwd?: string
  readonly input?: string
  readonly env?: NodeJS.ProcessEnv
}

export interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

const RUN_TIMEOUT_MS = 120_000

/** Runs a command to its end; `env` is added to an environment without any of the developer's settings. */
export async function run(
  [command = '', ...args]: readonly string[],
  options: RunOptions = {},
): Promise<Run> {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: cleanEnv({ PYTHONDONTWRITEBYTECODE: '1', ...options.env }),
    timeout: RUN_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', text => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', text => (stderr += text))
  // A program that ends before it has read everything is judged by its exit code.
  child.stdin.on('error', () => undefined).end(options.input ?? '')
  const code = await new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('close', resolve),
  )
  return { code, stdout, stderr }
}
