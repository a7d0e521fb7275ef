// `spendledger backup FILE` and `restore FILE`: the embedded warehouse as one file. A server's warehouse is backed up by the
// means of its server.

import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Config } from '#platform/config.ts'
import { CommandError } from '../errors.ts'
import { count } from '../figures.ts'
import { type Io, print } from '../io.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'

export async function backup(io: Io, name: string, options: ConfigOption): Promise<void> {
  const config = await embeddedSettings(io, options)
  const file = resolve(name)
  if (existsSync(file)) throw new CommandError('wrong_usage', `${file} is there already`)
  const { backUp } = await import('../../embedded/backup.ts')
  const { bytes, events } = await backUp(config, file)
  await print(io, `${file}: ${count(events.toString())} rows of events, ${megabytes(bytes)}`)
}

export async function restore(io: Io, name: string, options: ConfigOption): Promise<void> {
  const config = await embeddedSettings(io, options)
  const file = resolve(name)
  if (!existsSync(file)) throw new CommandError('wrong_usage', `there is no ${file}`)
  const { NotEmpty, putBack } = await import('../../embedded/backup.ts')
  const { bytes, events } = await putBack(config, file).catch((error: unknown) => {
    if (!(error instanceof NotEmpty)) throw error
    throw new CommandError('failed', `${error.message}; stop spendledger and move it away, then restore`)
  })
  await print(io, `${config.dataDir}: ${count(events.toString())} rows of events from ${megabytes(bytes)}`)
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

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`
