// One run of the engine: starts the child in the engine's directory, waits until it serves, ends it in good order.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { sandboxVersion } from './boot.ts'
import {
  backupDirectory,
  type Child,
  type EngineOptions,
  launch,
  logDirectory,
  readyFile,
  storeDirectory,
} from './launch.ts'

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

const START_MS = 60_000
const STOP_MS = 8_000

const KEPT_OUTPUT = 8_192
/** Shown when the boot statements are done, whether they worked or not. */
const PROMPT = ':) '

/**
 * Starts the engine and resolves when it serves, or when it is clear that it will not; then it is gone.
 *
 * @throws the signal's reason when it aborts meanwhile; then it is gone, too
 */
export async function startEngine(options: EngineOptions, signal?: AbortSignal): Promise<EngineStart> {
  signal?.throwIfAborted()
  const { directory } = options
  for (const path of [
    directory,
    storeDirectory(directory),
    logDirectory(directory),
    backupDirectory(directory),
  ]) {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  }
  const runDir = mkdtempSync(join(directory, 'run-'))
  try {
    const started = await untilServing(launch(options, runDir), readyFile(runDir), signal)
    // Whoever serves is alone in the directory: what other starts left behind when they were killed can go.
    if (started.kind === 'running') {
      removeRunDirs(directory)
      emptyBackups(directory)
    }
    return started
  } finally {
    rmSync(runDir, { recursive: true, force: true })
  }
}

/** What is left of backups that were killed. */
function emptyBackups(directory: string): void {
  const backups = backupDirectory(directory)
  for (const name of readdirSync(backups)) rmSync(join(backups, name), { recursive: true, force: true })
}

async function untilServing(child: Child, readyPath: string, signal?: AbortSignal): Promise<EngineStart> {
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
  let giveUp = (_reason: string) => {}
  const givenUp = new Promise<string>(resolve => {
    giveUp = resolve
  })
  const timer = setTimeout(() => giveUp(`no answer in ${START_MS} ms`), START_MS)
  const aborted = () => giveUp('told to stop')
  signal?.addEventListener('abort', aborted)

  const end = await Promise.race([prompted, exited, givenUp])
  clearTimeout(timer)
  signal?.removeEventListener('abort', aborted)
  const ports = readReady(readyPath)
  if (!signal?.aborted && end === undefined && ports && child.pid !== undefined) {
    const landlockAbi = sandboxVersion(stdout)
    // What it says later belongs to its end.
    stderr = ''
    return {
      kind: 'running',
      engine: { ...ports, pid: child.pid, landlockAbi, exited, stop: () => stop(child, exited) },
    }
  }
  child.kill('SIGKILL')
  await exited
  signal?.throwIfAborted()
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
