// Listening, and saying in plain words why it is not possible: who holds the port and which variable chooses another one.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'

/**
 * Listens and resolves with the address, such as `http://127.0.0.1:4318`.
 *
 * @param options.variable the setting that chooses the port; default SPENDLEDGER_PORT
 * @throws Error whose message tells a person what to do
 */
export async function listen(
  app: FastifyInstance,
  options: { readonly host: string; readonly port: number; readonly variable?: string },
): Promise<string> {
  const { host, port, variable = 'SPENDLEDGER_PORT' } = options
  try {
    await app.listen({ host, port, listenTextResolver: address => `listening on ${address}` })
  } catch (error) {
    throw new Error(explain(error as NodeJS.ErrnoException, host, port, variable), { cause: error })
  }
  const bound = app.server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${bound.port}`
}

function explain(error: NodeJS.ErrnoException, host: string, port: number, variable: string): string {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is taken by ${portHolder(port) ?? 'another process'}. End it, or choose another port with ${variable}.`
    case 'EACCES':
      return `Port ${port} needs privileges that this user does not have. Choose one above 1023 with ${variable}.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `${host} is no address of this machine. Choose one with SPENDLEDGER_HOST.`
    default:
      return `Cannot listen on ${host}:${port}: ${error.message}`
  }
}

const LISTENING = '0A'

/** Characters of a command line that are shown. */
const MAX_COMMAND = 100

/**
 * The process that listens on a TCP port, as `process 4711 (node server.js)`: from /proc, so only on Linux and only for
 * processes of this user; undefined otherwise.
 */
export function portHolder(port: number): string | undefined {
  try {
    const sockets = new Set(listeningInodes(port).map(inode => `socket:[${inode}]`))
    const pid = readdirSync('/proc').find(name => /^\d+$/.test(name) && holdsOne(name, sockets))
    if (pid === undefined) return undefined
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim()
    return `process ${pid} (${command.slice(0, MAX_COMMAND)})`
  } catch {
    return undefined
  }
}

/** The socket inodes that listen on a port. Columns: https://www.kernel.org/doc/html/latest/networking/proc_net_tcp.html */
function listeningInodes(port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(table =>
    readFileSync(table, 'utf8')
      .split('\n')
      .map(line => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(suffix) && state === LISTENING)
      .flatMap(columns => columns[9] ?? []),
  )
}

function holdsOne(pid: string, sockets: ReadonlySet<string>): boolean {
  const directory = `/proc/${pid}/fd`
  return entries(directory).some(fd => sockets.has(target(`${directory}/${fd}`)))
}

// Processes end and files close while one looks at them, and other users' processes are closed books.

function entries(directory: string): string[] {
  try {
    return readdirSync(directory)
  } catch {
    return []
  }
}

function target(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}
