// Who listens on a port: a start that fails for a taken port is only half explained without it. Best effort, read from
// Linux's /proc; processes of other users stay unnamed. File formats: https://man7.org/linux/man-pages/man5/proc.5.html
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { describeProcess } from './describe-process.ts'

const LISTENING = '0A'

/** `pid 812 (node server.js)`, or undefined when nobody listens or the system does not tell. */
export function portHolder(port: number): string | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap(table => listeningInodes(table, port)))
  if (inodes.size === 0) return undefined
  for (const pid of list('/proc').filter(name => /^\d+$/.test(name))) {
    if (list(`/proc/${pid}/fd`).some(fd => inodes.has(link(`/proc/${pid}/fd/${fd}`)))) {
      return describeProcess(Number(pid))
    }
  }
  return undefined
}

/** Links of the sockets that listen on the port, as /proc/PID/fd shows them: `socket:[4711]`. */
function listeningInodes(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return read(table)
    .split('\n')
    .map(line => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(suffix) && state === LISTENING)
    .map(columns => `socket:[${columns[9]}]`)
}

// Processes come and go while we look, and most belong to others: what cannot be read is skipped.
const attempt = <T>(read: () => T, otherwise: T): T => {
  try {
    return read()
  } catch {
    return otherwise
  }
}
const list = (path: string): string[] => attempt(() => readdirSync(path), [])
const read = (path: string): string => attempt(() => readFileSync(path, 'utf8'), '')
const link = (path: string): string => attempt(() => readlinkSync(path), '')
