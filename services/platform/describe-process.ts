// Names another process in a message, so that people know what to stop.
import { readFileSync } from 'node:fs'

/** Characters of a command line that are shown. */
const MAX_COMMAND = 100

/** `pid 812 (python3 -m http.server)`, or only `pid 812` where the system does not tell more. */
export function describeProcess(pid: number, command = commandOf(pid)): string {
  if (!command) return `pid ${pid}`
  return `pid ${pid} (${command.length > MAX_COMMAND ? `${command.slice(0, MAX_COMMAND)}...` : command})`
}

function commandOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch {
    return undefined
  }
}
