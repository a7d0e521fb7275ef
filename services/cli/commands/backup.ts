// `spendledger backup FILE` and `restore FILE`: the embedded warehouse as one file. A server's warehouse is backed up by the
// means of its server.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Config } from '#platform/config.ts'
import { CommandError, EXIT } from '../errors.ts'
import { count } from '../figures.ts'
import { type Io, note, print } from '../io.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'

export async function backup(io: Io, name: string, options: ConfigOption): Promise<void> {
  const config = await embeddedSettings(io, options)
  const file = resolve(name)
  if (existsSync(file)) throw new CommandError('wrong_usage', `${file} is there already`)
  const { backUp } = await import('../../embedded/backup.ts')
  const { bytes, events } = await toItsEnd(io, backUp(config, file))
  await print(io, `${file}: ${count(events.toString())} events, ${megabytes(bytes)}`)
}

export async function restore(io: Io, name: string, options: ConfigOption): Promise<void> {
  const config = await embeddedSettings(io, options)
  const file = resolve(name)
  if (!existsSync(file)) throw new CommandError('wrong_usage', `there is no ${file}`)
  const { NotRestored, putBack } = await import('../../embedded/backup.ts')
  const { bytes, events } = await toItsEnd(io, putBack(config, file)).catch((error: unknown) => {
    throw error instanceof NotRestored ? new CommandError('failed', error.message, { cause: error }) : error
  })
  await print(io, `${config.dataDir}: ${count(events.toString())} events from ${megabytes(bytes)}`)
  if (existsSync(join(config.dataDir, 'log'))) {
    await print(
      io,
      'events that came after the backup are read again from the log if you start once with another KAFKA_GROUP_ID, and stay with it',
    )
  }
}

async function embeddedSettings(io: Io, options: ConfigOption): Promise<Config> {
  const config = await loadSettings(io, options)
  if (!config.clickhouseUrl) return config
  throw new CommandError(
    'wrong_usage',
    "CLICKHOUSE_URL is set: back up the database by its server's own BACKUP (docs/operations.md)",
  )
}

/** Ctrl-C would leave what the engine has begun half done; a second one ends the command all the same. */
async function toItsEnd<T>(io: Io, work: Promise<T>): Promise<T> {
  io.takeSignals()
  const wait = () => {
    void note(io, 'ends when the engine has done what it began; Ctrl-C again does not wait')
    process.once('SIGINT', () => process.exit(EXIT.interrupted))
  }
  process.once('SIGINT', wait)
  try {
    return await work
  } finally {
    process.off('SIGINT', wait)
  }
}

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`
