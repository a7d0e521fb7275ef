// The embedded engine in place of a ClickHouse server of its own: configured by files as a server is, a users.xml like that
// of the image, whose `default` may do everything, our users file beside it in users.d and our settings in config.d.
//
// Not quite a server: the engine's own session logs in as `default` and cannot be made to do otherwise, so it starts only
// with a users file that leaves `default` there; `withDefault` makes one. And it is not in the sandbox.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BOOT_VARIABLE, type Boot } from '#adapters/clickhouse/server/boot.ts'
import { logDirectory, readyFile, storeDirectory } from '#adapters/clickhouse/server/launch.ts'
import { engineLibrary } from '#adapters/clickhouse/server/library.ts'
import { DATABASE } from '#adapters/clickhouse/server/users.ts'
import type { Cleanup } from './engine.ts'
import { cleanEnv, eventually, scratchDirectory } from './ledger-process.ts'

const CHILD = fileURLToPath(new URL('../../services/adapters/clickhouse/server/child.ts', import.meta.url))
const SERVER_CONFIG = fileURLToPath(
  new URL('../../infra/clickhouse/config.d/spendledger.xml', import.meta.url),
)

/** As in the image, as far as it matters here. */
const IMAGE_USERS = `<clickhouse>
  <profiles><default></default></profiles>
  <quotas><default></default></quotas>
  <users><default>
    <password></password><networks><ip>::/0</ip></networks><profile>default</profile><quota>default</quota>
  </default></users>
</clickhouse>`

export interface ConfiguredServer {
  /** http://127.0.0.1:port */
  readonly url: string
  /** Settings of MergeTree that are not the engine's defaults, as `name\tvalue`. */
  readonly settings: readonly string[]
}

/** A server's users file without the word that removes `default`. */
export const withDefault = (usersFile: string): string => usersFile.replace(' replace="replace"', '')

/**
 * Starts the engine; it is ended after the test.
 * @param usersFile what stands in users.d
 * @returns undefined when it ended before it served
 */
export async function startConfiguredServer(
  t: Cleanup,
  usersFile: string,
): Promise<ConfiguredServer | undefined> {
  const directory = await scratchDirectory(t)
  const [users, config] = [join(directory, 'users.xml'), join(directory, 'config.xml')]
  const [ready, settings] = [readyFile(directory), join(directory, 'settings')]
  const parts = [storeDirectory(directory), logDirectory(directory)]
  for (const part of [...parts, join(directory, 'users.d'), join(directory, 'config.d')]) mkdirSync(part)
  writeFileSync(users, IMAGE_USERS)
  writeFileSync(config, `<clickhouse><users_config>${users}</users_config></clickhouse>`)
  writeFileSync(join(directory, 'users.d', 'spendledger.xml'), usersFile)
  copyFileSync(SERVER_CONFIG, join(directory, 'config.d', 'spendledger.xml'))

  const queries = [
    `CREATE DATABASE IF NOT EXISTS ${DATABASE}`,
    'SYSTEM START LISTEN HTTP',
    `SELECT name, value FROM system.merge_tree_settings WHERE changed INTO OUTFILE '${settings}' FORMAT TSV`,
    `SELECT getServerPort('http_port') INTO OUTFILE '${ready}' FORMAT TSV`,
  ]
  const boot: Boot = {
    library: engineLibrary(),
    argv: [
      ...['clickhouse', '--path', storeDirectory(directory), `--config-file=${config}`],
      ...['--log-level', 'warning', '--listen_host', '127.0.0.1', '--http_port', '0'],
      ...['--interactive', '--disable_suggestion', '--query', queries.join('; ')],
    ],
    sandbox: null,
    graceMs: 2_000,
    runDir: directory,
  }
  const engine = spawn(process.execPath, ['--import', 'tsx', CHILD], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
    env: cleanEnv({ TERM: 'dumb', UV_THREADPOOL_SIZE: '1', [BOOT_VARIABLE]: JSON.stringify(boot) }),
  })
  const exited = once(engine, 'exit')
  t.after(async () => {
    engine.stdin.end()
    await exited
  })

  const ended = () => engine.exitCode !== null || engine.signalCode !== null
  const port = await eventually(
    'the engine serves',
    async () => read(ready),
    seen => seen !== '' || ended(),
    60_000,
  )
  return port === '' ? undefined : { url: `http://127.0.0.1:${port}`, settings: read(settings).split('\n') }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
