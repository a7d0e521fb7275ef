// The configuration of a process: command line over environment over spendledger.yaml over defaults, checked once at the
// start and frozen. Nothing reads the environment after this, so what `--check` prints is what runs.

import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { shown } from '#core/errors.ts'
import { type Complaint, ConfigError } from './config-error.ts'
import { readConfigFile } from './config-file.ts'
import { type Complain, type Found, fileKeys, find, type Layer, variables } from './config-layers.ts'
import { unknownVariables } from './config-names.ts'
import { checkTogether } from './config-rules.ts'
import { MASK } from './secret.ts'
import {
  SERVICE_PORTS,
  SETTING_KEYS,
  SETTINGS,
  type ServiceName,
  type Setting,
  type SettingKey,
  type SettingName,
  type SettingValues,
} from './settings.ts'

export { ConfigError } from './config-error.ts'
export type { ServiceName } from './settings.ts'

/** Deeply frozen. Secrets print as their mask. */
export interface Config extends SettingValues {
  readonly service: ServiceName
  /** Where each value came from, in words. */
  readonly sources: Readonly<Record<SettingKey, string>>
}

export interface ConfigOptions {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Decides the default port; default embedded. */
  readonly service?: ServiceName
  /** Path of spendledger.yaml; no file is read unless it is given. */
  readonly file?: string | undefined
  /** What the command line says, by variable; wins over everything. */
  readonly overrides?: Readonly<Partial<Record<SettingName, string | undefined>>>
  /** Settings whose file need not exist yet, since the command is about to make it. */
  readonly mayBeMissing?: readonly SettingKey[]
  /** Relative paths count from here; default: the working directory. */
  readonly cwd?: string
}

/**
 * Loads and checks the configuration.
 *
 * @throws ConfigError with everything that is wrong
 */
export function loadConfig(options: ConfigOptions): Config {
  const { env, service = 'embedded', overrides = {}, mayBeMissing = [], cwd = process.cwd() } = options
  const complaints: Complaint[] = []
  const complain: Complain = (setting, message) => complaints.push({ setting, message })

  const layers: Layer[] = [variables('command line', overrides, cwd), variables('environment', env, cwd)]
  if (options.file !== undefined) {
    const path = resolve(cwd, options.file)
    const file = readConfigFile(path)
    layers.push(fileKeys(path, file.values))
    complaints.push(...file.complaints)
  }
  complaints.push(...unknownVariables(env))

  const values: Partial<Record<SettingKey, unknown>> = {}
  const sources: Partial<Record<SettingKey, string>> = {}
  const given = new Set<SettingKey>()
  for (const key of SETTING_KEYS) {
    const setting: Setting<unknown> = SETTINGS[key]
    const found = find(setting, layers, complain)
    if (found) given.add(key)
    const fallback = key === 'port' ? String(SERVICE_PORTS[service]) : setting.default
    const origin = found ?? { text: fallback, source: 'default', label: setting.env, base: cwd }
    values[key] = checked(setting, origin, complain, !mayBeMissing.includes(key))
    sources[key] = origin.source
  }
  complaints.push(...checkTogether(service, values as Partial<SettingValues>, given))
  if (complaints.length > 0) throw new ConfigError(complaints)

  return deepFreeze({
    ...(values as SettingValues),
    service,
    sources: sources as Record<SettingKey, string>,
  })
}

/** Checks a text by its kind; undefined where there is none, or after a complaint. */
function checked(
  { kind }: Setting<unknown>,
  { text, label, base }: Found,
  complain: Complain,
  mustExist: boolean,
): unknown {
  if (text === undefined) return undefined
  const result = kind.schema.safeParse(text)
  if (!result.success) {
    complain(label, `got ${kind.secret ? MASK : shown(text)}, expected ${kind.expected}`)
    return undefined
  }
  if (kind.path === undefined) return result.data
  const path = resolve(base, text)
  if (kind.path === 'file' && mustExist && !isFile(path)) {
    complain(label, `got ${shown(text)}, expected ${kind.expected}; there is no file ${path}`)
  }
  return path
}

function isFile(path: string): boolean {
  try {
    return statSync(path).isFile()
  } catch {
    return false
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === 'object' && inner !== null) deepFreeze(inner)
  }
  return Object.freeze(value)
}
