// The configuration of a command: the same as that of the services, so that both mean the same ledger. Loaded when a command
// needs it; `--help` does not.

import type { Config } from '#platform/config.ts'
import type { SettingKey, SettingName } from '#platform/settings.ts'
import type { Io } from './io.ts'

export interface ConfigOption {
  /** Path of spendledger.yaml. */
  readonly config?: string
}

/**
 * @param mayBeMissing settings whose file the command is about to make
 * @throws ConfigError with everything that is wrong
 */
export async function loadSettings(
  io: Io,
  options: ConfigOption,
  overrides: Readonly<Partial<Record<SettingName, string>>> = {},
  mayBeMissing: readonly SettingKey[] = [],
): Promise<Config> {
  const { loadConfig } = await import('#platform/config.ts')
  return loadConfig({ env: io.env, file: options.config, overrides, mayBeMissing })
}
