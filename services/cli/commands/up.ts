// `spendledger up`: embedded mode in this process. `--check` shows what it would run with and ends.

import { demoDirectory, prepareDemoDirectory } from '../demo-directory.ts'
import { CommandError } from '../errors.ts'
import type { Io } from '../io.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'
import { checkConfig } from './service.ts'

export interface UpOptions extends ConfigOption {
  readonly demo?: boolean
  readonly check?: boolean
}

export async function up(io: Io, options: UpOptions): Promise<void> {
  // Made-up events never get into a real ledger, whatever the environment says.
  const overrides = options.demo ? { SPENDLEDGER_DATA_DIR: demoDirectory() } : {}
  const config = await loadSettings(io, options, overrides)
  await checkConfig(io, config, options)
  if (options.demo && (config.kafkaBrokers || config.clickhouseUrl || config.apiKeysFile)) {
    throw new CommandError(
      'wrong_configuration',
      'KAFKA_BROKERS, CLICKHOUSE_URL, SPENDLEDGER_API_KEYS_FILE: expected to be unset with --demo, whose made-up events go nowhere else',
    )
  }
  if (options.check) return
  if (options.demo) prepareDemoDirectory(config.dataDir)
  io.takeSignals()
  const { runEmbedded } = await import('../../embedded/main.ts')
  await runEmbedded({ config, demo: options.demo === true })
}
