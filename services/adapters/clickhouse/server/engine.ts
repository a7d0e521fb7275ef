// One run of the engine: prepares its directory, starts the child, waits until it serves, ends it in good order.
// Its directory holds `engine` (the data), `log` (written, never read, by the engine) and, only while it starts, its
// configuration.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { BOOT_VARIABLE, type Boot, sandboxVersion } from './boot.ts'
import { configXml, usersXml } from './config-xml.ts'
import type { SandboxRule } from './landlock.ts'
import type { Limits } from './limits.ts'
import type { Passwords } from './passwords.ts'
import { DATABASE, warehouseUsers } from './users.ts'

export interface EngineOptions {
  /** The engine's own directory, absolute; the sandbox shows it nothing else. */
  readonly directory: string
  /** The engine's shared library. */
  readonly library: string
  /** 0 takes any free port. */
  readonly httpPort: number
  readonly nativePort: number | undefined
  readonly limits: Limits
  readonly passwords: Passwords
  readonly sandbox: boolean
}

export interface Engine {
  readonly pid: number
  readonly httpPort: number
  readonly nativePort: number | undefined
  readonly version: string
  /** Landlock's version, 0 where the kernel has none; undefined without a sandbox. */
  readonly landlockAbi: number | undefined
  /** How it ended, in words; never rejects. */
  readonly exited: Promise<string>
  /** Ends it in good order, or by force after 8 s; resolves when it is gone. */
  stop(): Promise<void>
}

/** `code` is the engine's own error number, where it got as far as having one. */
export type EngineStart =
  | { readonly kind: 'running'; readonly engine: Engine }
  | { readonly kind: 'failed'; readonly code: number | undefined; readonly detail: string }

type Child = ChildProcessByStdio<Writable, Readable, Readable>

const START_MS = 60_000
/** The engine itself waits 5 s for open connections. */
const GRACE_MS = 7_000
const STOP_MS = 8_000

const KEPT_OUTPUT = 8_192
/** Shown when the boot statements are done, whether they worked or not. */
const PROMPT = ':) '

export const logDirectory = (directory: string): string => join(directory, 'log')
export const storeDirectory = (directory: string): string => join(directory, 'engine')

/** Starts the engine and resolves when it serves, or when it is clear that it will not; then it is gone. */
export async function startEngine(options: EngineOptions): Promise<EngineStart> {
  const { directory } = options
  for (const path of [directory, storeDirectory(directory), logDirectory(directory)]) {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  }
  const runDir = mkdtempSync(join(directory, 'run-'))
  try {
    const boot = prepareBoot(options, runDir)
    const started = await untilServing(spawnChild(boot, directory), join(runDir, 'ready'))
    // Whoever serves is alone in the directory: what other starts left behind when they were killed can go.
    if (started.kind === 'running') removeRunDirs(directory)
    return started
  } finally {
    rmSync(runDir, { recursive: true, force: true })
  }
}

/** Writes the configuration and says how the child is to start. */
function prepareBoot(options: EngineOptions, runDir: string): Boot {
  const { directory, httpPort, nativePort, limits } = options
  const usersFile = join(runDir, 'users.xml')
  const configFile = join(runDir, 'config.xml')
  const put = (path: string, text: string) => writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
  put(usersFile, usersXml(warehouseUsers(limits), options.passwords))
  put(configFile, configXml({ usersFile, logDir: logDirectory(directory) }, limits))

  const native = nativePort !== undefined
  const queries = [
    `CREATE DATABASE IF NOT EXISTS ${DATABASE}`,
    'SYSTEM START LISTEN HTTP',
    ...(native ? ['SYSTEM START LISTEN TCP'] : []),
    `SELECT getServerPort('http_port'), ${native ? "getServerPort('tcp_port')" : 0}, version()
      INTO OUTFILE ${sqlString(join(runDir, 'ready'))} FORMAT TSV`,
  ]
  return {
    library: options.library,
    argv: [
      'clickhouse',
      ...['--path', storeDirectory(directory), `--config-file=${configFile}`, '--log-level', 'warning'],
      ...['--listen_host', '127.0.0.1', '--http_port', String(httpPort)],
      ...(native ? ['--tcp_port', String(nativePort)] : []),
      ...['--interactive', '--disable_suggestion', '--query', queries.join('; ')],
    ],
    sandbox: options.sandbox ? sandboxRules(directory, runDir) : null,
    graceMs: GRACE_MS,
  }
}

function sandboxRules(directory: string, runDir: string): SandboxRule[] {
  const readable = [
    '/proc/self/maps',
    '/proc/self/statm',
    '/proc/self/cgroup',
    // Without it every query looks in vain for its thread's statistics, and pays with 0.6 ms of CPU.
    '/proc/self/task',
    '/proc/meminfo',
    '/proc/cpuinfo',
    '/sys/fs/cgroup',
    '/sys/devices/system/cpu',
  ]
  return [
    { path: storeDirectory(directory), access: 'read-write' },
    { path: logDirectory(directory), access: 'write' },
    { path: runDir, access: 'read-write' },
    { path: '/dev/null', access: 'read-write' },
    ...readable.map(path => ({ path, access: 'read' as const })),
  ]
}

/**
 * In a process group of its own: Ctrl-C in a terminal and the engine's SYSTEM SHUTDOWN signal whole groups. With an
 * environment of its own: ours holds secrets. TypeScript through require, which needs no loader thread: the engine starts
 * 100 ms sooner and 30 MB smaller than with `--import`.
 */
function spawnChild(boot: Boot, directory: string): Child {
  const { PATH = '', TMPDIR } = process.env
  const child = fileURLToPath(new URL('./child.ts', import.meta.url))
  const loader = fileURLToPath(import.meta.resolve('tsx/cjs'))
  return spawn(process.execPath, ['--require', loader, '--eval', `require(${JSON.stringify(child)})`], {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: directory,
    detached: true,
    env: {
      PATH,
      ...(TMPDIR ? { TMPDIR } : {}),
      HOME: directory,
      TERM: 'dumb',
      TZ: 'UTC',
      UV_THREADPOOL_SIZE: '1',
      [BOOT_VARIABLE]: JSON.stringify(boot),
    },
  })
}

async function untilServing(child: Child, readyFile: string): Promise<EngineStart> {
  let stdout = ''
  let stderr = ''
  child.stdin.on('error', () => {})
  child.stderr.on('data', chunk => {
    stderr = (stderr + chunk).slice(-KEPT_OUTPUT)
  })
  const exited = new Promise<string>(resolve => {
    child.once('error', error => resolve(error.message))
    child.once('close', (code, signal) =>
      resolve(`${signal ?? `exit code ${code}`}${stderr && `: ${stderr}`}`),
    )
  })
  const prompted = new Promise<undefined>(resolve => {
    child.stdout.on('data', chunk => {
      stdout = (stdout + chunk).slice(-KEPT_OUTPUT)
      if (stdout.includes(PROMPT)) resolve(undefined)
    })
  })
  let timer: NodeJS.Timeout | undefined
  const timeout = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve(`no answer in ${START_MS} ms`), START_MS)
  })

  const end = await Promise.race([prompted, exited, timeout])
  clearTimeout(timer)
  const ports = readReady(readyFile)
  if (end === undefined && ports && child.pid !== undefined) {
    const landlockAbi = sandboxVersion(stderr)
    return {
      kind: 'running',
      engine: { ...ports, pid: child.pid, landlockAbi, exited, stop: () => stop(child, exited) },
    }
  }
  child.kill('SIGKILL')
  await exited
  return { kind: 'failed', ...explain(stdout + stderr, end) }
}

/** The engine's first error line, or what else there is to say. */
function explain(output: string, end: string | undefined): { code: number | undefined; detail: string } {
  const error = /Code: (\d+)\.[^\n]*/.exec(output)
  if (error) return { code: Number(error[1]), detail: error[0] }
  return { code: undefined, detail: end ?? output.trim() }
}

/** The ports that the engine really listens on. Only our child writes this file, so no stranger's answer is mistaken for it. */
function readReady(path: string): Pick<Engine, 'httpPort' | 'nativePort' | 'version'> | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  const found = /^(\d+)\t(\d+)\t(\S+)\n$/.exec(text)
  if (!found) return undefined
  const [, http, native, version = ''] = found
  return { httpPort: Number(http), nativePort: Number(native) || undefined, version }
}

async function stop(child: Child, exited: Promise<string>): Promise<void> {
  child.stdin.end()
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
  await exited
  clearTimeout(timer)
}

function removeRunDirs(directory: string): void {
  for (const name of readdirSync(directory).filter(entry => entry.startsWith('run-'))) {
    rmSync(join(directory, name), { recursive: true, force: true })
  }
}

const sqlString = (text: string): string => `'${text.replace(/[\\']/g, char => `\\${char}`)}'`
