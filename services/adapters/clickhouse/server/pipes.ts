// Closes a way around the sandbox: Landlock does not bind pipes, so SQL could open the process's own by file('/proc/self/fd/N')
// and then blocks for ever, beyond the reach of every limit, or takes out what the engine's threads tell each other.
//
// What a pipe may be opened for is its mode; descriptors that are open already do not ask it.
import { chmodSync, closeSync, existsSync, fstatSync, openSync, readdirSync } from 'node:fs'
import { O_PATH } from './landlock.ts'

const DESCRIPTORS = '/proc/self/fd'

/** ms; the engine makes its own pipes while it starts, the last of them as it begins to listen. */
const STARTING_MS = 5
const SERVING_MS = 1_000

/**
 * Seals the pipes of this process now, and those to come as soon as they are there.
 *
 * @param runDir exists while the engine starts
 */
export function keepPipesSealed(runDir: string): void {
  sealPipes()
  const later = () => setTimeout(again, existsSync(runDir) ? STARTING_MS : SERVING_MS).unref()
  function again(): void {
    try {
      sealPipes()
    } catch {
      // No descriptor was free to look with: no reason to end the engine, and there is a next time.
    }
    later()
  }
  later()
}

/** After this nobody can open a pipe of this process through /proc, except with CAP_DAC_OVERRIDE or CAP_DAC_READ_SEARCH. */
export function sealPipes(): void {
  for (const fd of readdirSync(DESCRIPTORS)) {
    // The engine's threads close descriptors meanwhile, and the number may be another file's an instant later.
    if (isOpenPipe(Number(fd))) sealPinned(`${DESCRIPTORS}/${fd}`)
  }
}

function sealPinned(path: string): void {
  let pinned: number
  try {
    pinned = openSync(path, O_PATH)
  } catch {
    return
  }
  if (isOpenPipe(pinned)) chmodSync(`${DESCRIPTORS}/${pinned}`, 0)
  closeSync(pinned)
}

function isOpenPipe(fd: number): boolean {
  try {
    const stat = fstatSync(fd)
    return stat.isFIFO() && (stat.mode & 0o777) !== 0
  } catch {
    return false
  }
}
