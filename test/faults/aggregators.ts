// Two aggregator processes of which one is paused and resumed at random, as a busy machine or a debugger would do.

import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { AggregatorChildSettings } from './aggregator-child.ts'

const CHILD = fileURLToPath(new URL('./aggregator-child.ts', import.meta.url))

export interface Aggregators {
  /** Resolves when both ended by themselves; rejects if one failed. */
  readonly done: Promise<void>
  stop(): Promise<void>
}

export function startAggregators(
  settings: AggregatorChildSettings,
  pauses: { random: () => number },
): Aggregators {
  const children = [start(settings), start(settings)]
  const [, victim] = children
  let paused = false
  const timer = setInterval(() => {
    if (!victim || victim.exitCode !== null) return
    if (paused) victim.kill('SIGCONT')
    else if (pauses.random() < 0.5) victim.kill('SIGSTOP')
    else return
    paused = !paused
  }, 700)
  const exits = children.map(exited)
  const done = Promise.all(exits).then(() => clearInterval(timer))
  return {
    done,
    async stop() {
      clearInterval(timer)
      victim?.kill('SIGCONT')
      for (const child of children) child.kill('SIGKILL')
      await done.catch(() => undefined)
    },
  }
}

const start = (settings: AggregatorChildSettings): ChildProcess =>
  spawn(process.execPath, ['--import', 'tsx', CHILD, JSON.stringify(settings)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })

const exited = (child: ChildProcess): Promise<void> =>
  new Promise((resolve, reject) => {
    child.once('exit', (code, signal) =>
      code === 0 ? resolve() : reject(new Error(`an aggregator ended with ${code ?? signal}`)),
    )
  })
