// Where the text of a setting comes from: layers, the first that has one wins. A secret may stand in a file of its own
// (NAME_FILE), which is how container platforms hand them over.

import { readFileSync } from 'node:fs'
import { basename, dirname, resolve } from 'node:path'
import { isServiceLink } from './config-names.ts'
import type { Setting } from './settings.ts'

/** One place that settings come from. */
export interface Layer {
  readonly source: string
  /** Relative paths count from this directory. */
  readonly base: string
  /** The setting's name in this layer, and the ending of the name that points to a file instead. */
  readonly nameOf: (setting: Setting<unknown>) => string
  readonly fileEnding: string
  readonly get: (name: string) => string | undefined
  /** How complaints call a name of this layer. */
  readonly label: (name: string) => string
}

/** The text of a setting, and where it was found. */
export interface Found {
  /** undefined: it was given, but in a way that already got a complaint. */
  readonly text: string | undefined
  readonly source: string
  readonly label: string
  readonly base: string
}

export type Complain = (setting: string, message: string) => void

/** Settings by the names of their variables: the environment and the command line. */
export const variables = (
  source: string,
  values: Readonly<Record<string, string | undefined>>,
  base: string,
): Layer => ({
  source,
  base,
  nameOf: setting => setting.env,
  fileEnding: '_FILE',
  get: name => {
    const value = values[name]
    return value === undefined || isServiceLink(name, value) ? undefined : value
  },
  label: name => name,
})

/** Settings by their keys in a configuration file. */
export const fileKeys = (path: string, values: ReadonlyMap<string, string>): Layer => ({
  source: basename(path),
  base: dirname(path),
  nameOf: setting => setting.yaml,
  fileEnding: '_file',
  get: key => values.get(key),
  label: key => `${key} in ${basename(path)}`,
})

/** Finds a setting in the first layer that has it. An empty text counts as unset: compose files pass `${NAME:-}`. */
export function find(
  setting: Setting<unknown>,
  layers: readonly Layer[],
  complain: Complain,
): Found | undefined {
  for (const layer of layers) {
    const { source, base } = layer
    const name = layer.nameOf(setting)
    const nameOfFile = name + layer.fileEnding
    const label = layer.label(name)
    const text = layer.get(name)
    const path = setting.kind.secret && layer.get(nameOfFile)
    if (text && path) {
      complain(label, `is given together with ${nameOfFile}, expected one of them`)
      return { text: undefined, source, label, base }
    }
    if (text) return { text, source, label, base }
    if (path) {
      const labelOfFile = layer.label(nameOfFile)
      const content = readSecret(resolve(base, path), labelOfFile, complain)
      return { text: content, source: `${source} (${nameOfFile})`, label: labelOfFile, base }
    }
  }
  return undefined
}

/** The content of a secret's file without the line break that editors put at its end. */
function readSecret(path: string, label: string, complain: Complain): string | undefined {
  try {
    const content = readFileSync(path, 'utf8').replace(/(\r?\n)+$/, '')
    if (content !== '') return content
    complain(label, `got the empty file ${path}, expected the secret in it`)
  } catch (error) {
    complain(label, `cannot be read: ${(error as Error).message}`)
  }
  return undefined
}
