// What makes a test's own broker (broker.ts) a guarded one: a TLS port with logins beside the plain one, and access rules.

import { once } from 'node:events'
import { createServer } from 'node:net'
import { kafkaTool } from './kafka.ts'
import { makeCertificates } from './tls.ts'

export interface Login {
  readonly username: string
  readonly password: string
}

export interface Security {
  /** The authority to trust, PEM. */
  readonly ca: string
  /** host:port of the TLS port */
  readonly address: string
  /** Broker properties. */
  readonly properties: Readonly<Record<string, string>>
}

export const USER: Login = { username: 'spendledger', password: 'canary-user-8d1f' }
export const OUTSIDER: Login = { username: 'outsider', password: 'canary-outsider-52e7' }

/** @param directory where key and certificates are put */
export async function prepareSecurity(directory: string): Promise<Security> {
  const { ca, keyStore } = await makeCertificates(directory)
  const address = `127.0.0.1:${await freePort()}`
  const plain = 'PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port}'
  const passwords = [USER, OUTSIDER].map(({ username, password }) => `user_${username}="${password}"`)
  const login = 'org.apache.kafka.common.security'
  const properties = {
    listeners: `${plain},SASL_SSL://${address}`,
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': keyStore,
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-512',
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `${login}.plain.PlainLoginModule required ${passwords.join(' ')};`,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${login}.scram.ScramLoginModule required;`,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'allow.everyone.if.no.acl.found': 'true',
    // Clients of the plain port, which are the broker itself and the test as administrator.
    'super.users': 'User:ANONYMOUS',
  }
  return { ca, address, properties }
}

/** SCRAM keeps its users in the cluster, so they can only be added once the broker runs. */
export async function addScramUsers(adminAddress: string): Promise<void> {
  const add = ({ username, password }: Login) =>
    kafkaTool(
      'kafka.admin.ConfigCommand',
      ...['--bootstrap-server', adminAddress, '--alter', '--entity-type', 'users', '--entity-name', username],
      ...['--add-config', `SCRAM-SHA-512=[password=${password}]`],
    )
  await Promise.all([USER, OUTSIDER].map(add))
}

/** Below the ports of outgoing connections: from there a client could sit on it while the broker restarts. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    const server = createServer().listen(port, '127.0.0.1')
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    )
    if (!free) continue
    server.close()
    await once(server, 'close')
    return port
  }
}
