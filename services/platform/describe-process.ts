// Names another process in a message, so that people know what to stop. Command lines hold passwords and tokens, and
// messages end up in logs: only the program and what it runs are shown.
import { readFileSync } from 'node:fs'

/** A word in lower case, an absolute or relative path, or a file with its extension; tokens look otherwise. */
const HARMLESS = /^(?:[a-z][a-z-]*|\.{0,2}\/[\w./-]+|[\w/-]+\.[a-z]{1,4})$/

/**
 * `pid 812 (node server.js)`, or only `pid 812` where the system does not tell more.
 *
 * @param command what the process says of itself; default: what its command line tells
 */
export function describeProcess(pid: number, command = commandOf(pid)): string {
  return command ? `pid ${pid} (${command})` : `pid ${pid}`
}

function commandOf(pid: number): string | undefined {
  try {
    return shownCommand(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0'))
  } catch {
    return undefined
  }
}

/** The program, and its first argument if that is harmless: a later one may be the value of an option. */
export function shownCommand([program = '', argument = '']: readonly string[]): string {
  // Programs that set their title put all of it into the first.
  const [name = ''] = program.split(' ')
  return HARMLESS.test(argument) ? `${name} ${argument}` : name
}
