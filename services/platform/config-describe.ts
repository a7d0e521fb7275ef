// Prints a configuration for people: what `--check` shows, and the first thing to ask for when something does not fit.

import type { Config } from './config.ts'
import { SETTING_KEYS, SETTINGS, type SettingKey } from './settings.ts'

/**
 * One line for each setting: its variable, its value with secrets masked, and where the value came from.
 */
export function describeConfig(config: Config): string {
  const rows = SETTING_KEYS.map(
    key => [SETTINGS[key].env, shownValue(config, key), config.sources[key]] as const,
  )
  const nameWidth = Math.max(...rows.map(([name]) => name.length))
  const valueWidth = Math.max(...rows.map(([, value]) => value.length))
  return rows
    .map(([name, value, source]) => `${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${source}`)
    .join('\n')
}

function shownValue(config: Config, key: SettingKey): string {
  const value = config[key]
  if (value === undefined) return SETTINGS[key].default ?? 'unset'
  return Array.isArray(value) ? value.join(',') : String(value)
}
