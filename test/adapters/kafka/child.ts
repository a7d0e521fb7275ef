// A member in a process of its own, for tests that stop or kill it. It tells what it does line by line.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Cleanup } from '../../support/engine.ts'
import { kafkaBrokers } from '../../support/kafka.ts'
import { cleanEnv } from '../../support/ledger-process.ts'
import { eventually } from './kit.ts'

export interface Child {
  readonly process: ChildProcess
  said(): readonly string[]
  /** Resolves once it said so. */
  says(line: string, ms: number): Promise<void>
}

/** Polls once, says `polled`, commits seconds later, says `settled`, and goes on. */
export const startReader = (t: Cleanup, job: { topic: string; group: string }): Child =>
  start(t, { kind: 'reader', ...job })

/** Says `leads` once it does. */
export const startLeader = (t: Cleanup, job: { deployment: string; job: string }): Child =>
  start(t, { kind: 'leader', ...job })

function start(t: Cleanup, job: object): Child {
  const script = fileURLToPath(new URL('./child-main.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(job)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: cleanEnv({ KAFKA_BROKERS: kafkaBrokers()?.join(',') }),
  })
  t.after(async () => {
    child.kill('SIGKILL')
  })
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', line => lines.push(line))
  return {
    process: child,
    said: () => lines,
    says: (line, ms) => eventually(`the child says ${line}`, () => lines.includes(line), ms),
  }
}
