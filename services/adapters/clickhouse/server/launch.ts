// How the engine is started: its directories, configuration, command line, sandbox and process.
// Its directory holds `engine` (the data), `log` (the engine writes it and cannot read it) and, only while it starts, a
// `run-` directory with its configuration.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { BOOT_VARIABLE, type Boot } from './boot.ts'
import { configXml, usersXml } from './config-xml.ts'
import type { SandboxRule } from './landlock.ts'
import type { Limits } from './limits.ts'
import type { Passwords } from './passwords.ts'
import { DATABASE, EMBEDDED_WRITER_GRANTS, warehouseUsers } from './users.ts'

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

export type Child = ChildProcessByStdio<Writable, Readable, Readable>

/** The engine itself waits 5 s for open connections when it ends. */
const GRACE_MS = 7_000

export const storeDirectory = (directory: string): string => join(directory, 'engine')
export const logDirectory = (directory: string): string => join(directory, 'log')
/** Empty but for the minutes in which a backup is made or put back. */
export const backupDirectory = (directory: string): string => join(directory, 'backup')

/** Written by the engine when its boot statements have worked: its ports and version. */
export const readyFile = (runDir: string): string => join(runDir, 'ready')

/** Starts the child. Its configuration is in `runDir`, which must be there until the engine serves. */
export function launch(options: EngineOptions, runDir: string): Child {
  return spawnChild(prepareBoot(options, runDir), options.directory)
}

/** Writes the configuration and says how the child is to start. */
function prepareBoot(options: EngineOptions, runDir: string): Boot {
  const { directory, httpPort, nativePort, limits } = options
  const usersFile = join(runDir, 'users.xml')
  const configFile = join(runDir, 'config.xml')
  const put = (path: string, text: string) => writeFileSync(path, text, { mode: 0o600, flag: 'wx' })
  const paths = {
    usersFile,
    logDir: logDirectory(directory),
    backupDir: backupDirectory(directory),
  }
  put(usersFile, usersXml(embeddedUsers(limits), options.passwords))
  put(configFile, configXml(paths, limits))

  const native = nativePort !== undefined
  const queries = [
    `CREATE DATABASE IF NOT EXISTS ${DATABASE}`,
    'SYSTEM START LISTEN HTTP',
    ...(native ? ['SYSTEM START LISTEN TCP'] : []),
    `SELECT getServerPort('http_port'), ${native ? "getServerPort('tcp_port')" : 0}, version()
      INTO OUTFILE ${sqlString(readyFile(runDir))} FORMAT TSV`,
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
    runDir,
  }
}

const embeddedUsers = (limits: Limits) =>
  warehouseUsers(limits).map(user =>
    user.name === 'writer' ? { ...user, grants: [...user.grants, ...EMBEDDED_WRITER_GRANTS] } : user,
  )

function sandboxRules(directory: string, runDir: string): SandboxRule[] {
  // Not /proc/self/task: threads would find their statistics there, and save each query 1 ms of CPU, but every reader finds
  // environment, command line and memory map as well.
  const readable = [
    '/proc/self/statm',
    '/proc/self/cgroup',
    '/proc/meminfo',
    '/proc/cpuinfo',
    '/sys/fs/cgroup',
    '/sys/devices/system/cpu',
  ]
  return [
    { path: storeDirectory(directory), access: 'read-write' },
    { path: logDirectory(directory), access: 'write' },
    { path: backupDirectory(directory), access: 'read-write' },
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
      // Its cache in a shared /tmp may have been made by others, and what is in it is executed.
      TSX_DISABLE_CACHE: '1',
      [BOOT_VARIABLE]: JSON.stringify(boot),
    },
  })
}

const sqlString = (text: string): string => `'${text.replace(/[\\']/g, char => `\\${char}`)}'`
