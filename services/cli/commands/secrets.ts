// `spendledger secrets DIR`: the passwords, addresses and the first API key of cluster mode. It says what it made and never
// shows a value: its output is a container's log.

import { resolve } from 'node:path'
import { CommandError } from '../errors.ts'
import { type Io, print } from '../io.ts'

export interface SecretsOptions {
  /** Address of the ClickHouse server, without user and database. */
  readonly clickhouse: string
}

export async function secrets(io: Io, directory: string, options: SecretsOptions): Promise<void> {
  const clickhouse = serverAddress(options.clickhouse)
  const { makeSecrets } = await import('../../embedded/secrets.ts')
  const made = makeSecrets({ directory: resolve(directory), clickhouse, now: io.clock.now() })
  await print(io, made.length === 0 ? 'nothing was missing' : `made ${made.join(', ')} in ${directory}`)
}

/** @throws CommandError; the address is not repeated, since somebody may have put a password into it */
function serverAddress(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const bare = url && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href
  if (!bare) {
    throw new CommandError(
      'wrong_usage',
      '--clickhouse is an address without user and database, such as http://clickhouse:8123',
    )
  }
  return url
}
