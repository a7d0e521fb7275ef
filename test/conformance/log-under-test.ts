// What the conformance suite needs of an adapter: a module that opens the log, so that a child process, which is to be killed,
// can open the same one.

import { spawn } from 'node:child_process'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { EventLog, OffsetRange } from '#ports/event-log.ts'

export interface LogUnderTest {
  /** URL of a module that exports `openLog(config): Promise<EventLog>`. New topics must have two partitions or more. */
  readonly module: string
  /** Says which log to open; survives JSON. */
  readonly config: unknown
  /** What is there must be read within this time (ms): a broker waits for a dead member's session to end. Default 30,000. */
  readonly patienceMs?: number
}

/** Opens the log in this process and closes it after the test. */
export async function openLog(t: TestContext, { module, config }: LogUnderTest): Promise<EventLog> {
  const { openLog: open } = (await import(module)) as { openLog(config: unknown): Promise<EventLog> }
  const log = await open(config)
  t.after(() => log.close())
  return log
}

/** What a process does before it kills itself. */
export type Scenario =
  /** Appends the keys one call each, all at once; dies as soon as `acks` calls were acknowledged. */
  | {
      readonly kind: 'append'
      readonly topic: string
      readonly keys: readonly string[]
      readonly acks: number
    }
  /** Reads `count` records and commits the first half of each partition's; dies when that is acknowledged. */
  | { readonly kind: 'consume'; readonly topic: string; readonly group: string; readonly count: number }

export interface Crash {
  readonly acknowledged: readonly string[]
  readonly committed: readonly OffsetRange[]
}

const CHILD = fileURLToPath(new URL('./crash-child.ts', import.meta.url))

/** Runs the scenario in a process of its own, which ends by SIGKILL without closing anything. No log may be open here. */
export async function crash(t: TestContext, log: LogUnderTest, scenario: Scenario): Promise<Crash> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  child.stdin.end(JSON.stringify({ module: log.module, config: log.config, scenario }))
  let output = ''
  for await (const chunk of child.stdout) output += chunk
  const signal =
    child.signalCode ?? (await new Promise(resolve => child.once('exit', (_, by) => resolve(by))))
  if (signal !== 'SIGKILL') throw new Error(`the child ended by itself: ${output}`)
  const lines = output.split('\n').slice(0, -1)
  const payloads = (word: string): string[] =>
    lines.filter(line => line.startsWith(`${word} `)).map(line => line.slice(word.length + 1))
  return {
    acknowledged: payloads('acknowledged'),
    committed: payloads('committed').map(text => JSON.parse(text) as OffsetRange),
  }
}
