// infra/kafka/local-broker.sh on a scratch directory, cleaned up whatever becomes of the test: a broker outlives the process
// that started it, so one that nobody ends would hold a port and 250 MB until the machine restarts.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cleanup } from './engine.ts'
import { LOCAL_BROKER } from './kafka.ts'
import { type CommandResult, cleanEnv } from './ledger-process.ts'

export interface BrokerScript {
  /** For files beside the broker's. */
  readonly directory: string
  readonly dataDir: string
  /** Runs a command of the script to its end. */
  run(command: string, settings?: NodeJS.ProcessEnv): Promise<CommandResult>
}

// Its input is a pipe from the test process, which ends with the test or, when that is interrupted, with the process.
const CLEAN_UP = 'cat; "$0" kill; rm -rf -- "$1"'

/** The script for a test; its broker is killed afterwards. */
export async function brokerScript(t: Cleanup): Promise<BrokerScript> {
  const directory = await mkdtemp(join(tmpdir(), 'spendledger-broker-'))
  // With a space, as some people's paths have.
  const dataDir = join(directory, 'kafka data')
  const env = cleanEnv({
    KAFKA_DATA_DIR: dataDir,
    KAFKA_PORT: '0',
    KAFKA_WAIT: '120',
    KAFKA_JVM_OPTS: '-XX:TieredStopAtLevel=1',
  })
  // In a group of its own: Ctrl-C is meant for the test, which ends this by ending.
  const cleaner = spawn('sh', ['-c', CLEAN_UP, LOCAL_BROKER, directory], {
    env,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  t.after(async () => {
    const cleaned = once(cleaner, 'exit')
    cleaner.stdin.end()
    await cleaned
  })
  return {
    directory,
    dataDir,
    run: (command, settings = {}) => runScript(command, { ...env, ...settings }),
  }
}

function runScript(command: string, env: NodeJS.ProcessEnv): Promise<CommandResult> {
  const child = spawn(LOCAL_BROKER, [command], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ code, stdout: stdout.trim(), stderr: stderr.trim() }))
  })
}
