// Which Host headers are answered. A web page may point its own domain at 127.0.0.1 and then talk to whatever listens there
// with the browser's blessing (DNS rebinding); it cannot forge the Host header, so foreign names are refused.

import { isIP, isIPv6 } from 'node:net'

/** Whether an address or name is this machine's loopback. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase()
  if (isIP(name) === 0) return name === 'localhost' || name.endsWith('.localhost')
  return name.startsWith('127.') || name === '::1' || name.startsWith('::ffff:127.')
}

/** The name in a Host header, in lower case and without port and brackets; undefined if it is malformed. */
export function hostName(header: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(header) ?? []
  if (bracketed !== undefined) return isIPv6(bracketed) ? bracketed.toLowerCase() : undefined
  return plain?.toLowerCase()
}

/**
 * Says whether a Host header may pass, with any port: tunnels and containers change ports, and a port cannot be rebound.
 * Loopback names always pass, and so does the name that the server was told to listen on. On any other address than
 * loopback only API keys let anybody in, so every name passes there unless `allowed` says otherwise.
 */
export function createHostCheck(
  host: string,
  allowed?: readonly string[],
): (header: string | undefined) => boolean {
  const anyName = allowed === undefined && !isLoopback(host)
  const names = new Set([host, ...(allowed ?? [])].map(name => name.toLowerCase()))
  return header => {
    const name = hostName(header ?? '')
    return name !== undefined && (anyName || isLoopback(name) || names.has(name))
  }
}
