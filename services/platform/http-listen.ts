// Listening, and saying in plain words why it is not possible: who holds the port and which variable chooses another one.

import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { portHolder } from './port-holder.ts'

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
