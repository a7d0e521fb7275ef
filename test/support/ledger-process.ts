// A whole ledger as a process of its own, started as a user starts it, on free ports and a scratch directory.

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createWarehouse } from '#adapters/clickhouse/client.ts'
import type { Warehouse, WarehouseUser } from '#ports/warehouse.ts'

export const BIN = fileURLToPath(new URL('../../bin/spendledger.js', import.meta.url))

export interface Ledger {
  readonly url: string
  readonly sqlUrl: string
  readonly process: ChildProcess
  readonly startedInMs: number
  /** What it logged so far. */
  log(): string
  connect(user: WarehouseUser): Promise<Warehouse>
  /** Environment for commands that talk to it. */
  readonly env: NodeJS.ProcessEnv
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL of the parent alone. */
  kill(): Promise<void>
}

/** The environment of a test process without any setting of the developer's. */
export function cleanEnv(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(SPENDLEDGER|KAFKA|CLICKHOUSE|LOG)_|^NODE_TEST|^NODE_OPTIONS/.test(name),
  )
  return { ...Object.fromEntries(own), ...extra }
}

export async function scratchDirectory(t: Pick<TestContext, 'after'>): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'spendledger-test-'))
  t.after(() => rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }))
  return directory
}

const START_TIMEOUT_MS = 60_000

/** Starts `spendledger up`; it is ended after the test if it still runs. */
export async function startLedger(
  t: Pick<TestContext, 'after'>,
  dataDir: string,
  settings: NodeJS.ProcessEnv = {},
): Promise<Ledger> {
  const began = performance.now()
  const child = spawn(process.execPath, [BIN, 'up'], {
    cwd: dataDir,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: cleanEnv({
      SPENDLEDGER_DATA_DIR: dataDir,
      SPENDLEDGER_PORT: '0',
      SPENDLEDGER_SQL_PORT: '0',
      LOG_FORMAT: 'json',
      ...settings,
    }),
  })
  let out = ''
  let err = ''
  const exited = new Promise<number | null>(resolve => child.once('exit', code => resolve(code)))
  child.stdout.on('data', chunk => (out += chunk))
  child.stderr.on('data', chunk => (err += chunk))
  t.after(async () => {
    child.kill('SIGKILL')
    await exited
  })

  const found = await new Promise<{ url: string; sqlUrl: string }>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no start in time:\n${out}\n${err}`)), START_TIMEOUT_MS)
    child.stdout.on('data', () => {
      const url = /API at (http:\S+),/.exec(out)?.[1]
      const sqlUrl = /SQL: ClickHouse \S+ at (http:\S+),/.exec(out)?.[1]
      if (!url || !sqlUrl) return
      clearTimeout(timer)
      resolve({ url, sqlUrl })
    })
    exited.then(code => {
      clearTimeout(timer)
      reject(new Error(`ended with ${code}:\n${out}\n${err}`))
    })
  })

  return {
    ...found,
    process: child,
    startedInMs: performance.now() - began,
    log: () => err,
    env: cleanEnv({
      SPENDLEDGER_URL: found.url,
      SPENDLEDGER_DATA_DIR: dataDir,
      SPENDLEDGER_SQL_PORT: new URL(found.sqlUrl).port,
    }),
    async connect(user) {
      const password = await readFile(join(dataDir, `${user}.password`), 'utf8')
      const warehouse = createWarehouse({ url: found.sqlUrl, user, password: password.trim() })
      t.after(() => warehouse.close())
      return warehouse
    },
    async stop() {
      child.kill('SIGTERM')
      return exited
    },
    async kill() {
      child.kill('SIGKILL')
      await exited
    },
  }
}

export interface CommandResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `spendledger ...` to its end. */
export function runCommand(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input = '',
): Promise<CommandResult> {
  const child = spawn(process.execPath, [BIN, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', chunk => (stdout += chunk))
  child.stderr.on('data', chunk => (stderr += chunk))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', code => resolve({ code, stdout, stderr }))
  })
}

/** Waits until a condition holds; rejects with what was last seen. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const seen = await look()
    if (holds(seen)) return seen
    if (performance.now() > deadline)
      throw new Error(`${what} did not happen; last seen: ${JSON.stringify(seen)}`)
    await new Promise(resolve => setTimeout(resolve, 100))
  }
}
