// `spendledger up`: embedded mode in this process. `--check` shows what it would run with and ends.

import { demoDirectory, prepareDemoDirectory } from '../demo-directory.ts'
import { CommandError } from '../errors.ts'
import { type Io, print } from '../io.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'

export interface UpOptions extends ConfigOption {
  readonly demo?: boolean
  readonly check?: boolean
}

export async function up(io: Io, options: UpOptions): Promise<void> {
  // Made-up events never get into a real ledger, whatever the environment says.
  const overrides = options.demo ? { SPENDLEDGER_DATA_DIR: demoDirectory() } : {}
  const config = await loadSettings(io, options, overrides)
  if (options.check) {
    const { describeConfig } = await import('#platform/config-describe.ts')
    await print(io, describeConfig(config))
  }
  if (config.unsupported.length > 0) {
    throw new CommandError(
      'wrong_configuration',
      `${config.unsupported.join(', ')}: not supported yet, expected to be unset`,
    )
  }
  if (options.check) return
  if (options.demo) prepareDemoDirectory(config.dataDir)
  io.takeSignals()
  const { runEmbedded } = await import('../../embedded/main.ts')
  await runEmbedded({ config, demo: options.demo === true })
}
