// Reads spendledger.yaml into flat keys (`kafka.brokers`) with their text. Scalars stay text ("failsafe" schema): YAML's
// own types would turn a password of 012345 into a number and a version of 1.10 into 1.1.

import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { parseDocument } from 'yaml'
import type { Complaint } from './config-error.ts'
import { didYouMean } from './config-names.ts'
import { ALL_SETTINGS } from './settings.ts'

export interface ConfigFile {
  /** Text by key; a list is joined by commas. */
  readonly values: ReadonlyMap<string, string>
  readonly complaints: readonly Complaint[]
}

const LISTS = new Set(ALL_SETTINGS.filter(({ kind }) => kind.list).map(({ yaml }) => yaml))
const KEYS = new Set(
  ALL_SETTINGS.flatMap(({ yaml, kind }) => (kind.secret ? [yaml, `${yaml}_file`] : [yaml])),
)

const isSection = (path: string): boolean => [...KEYS].some(key => key.startsWith(`${path}.`))

/** Other spellings that people try: the variable's name, and the key without its section. */
const SPELLINGS = new Map(
  ALL_SETTINGS.flatMap(({ env, yaml }) => [
    [yaml.slice(yaml.lastIndexOf('.') + 1), yaml],
    [env, yaml],
    [yaml, yaml],
  ]),
)

function suggestion(path: string): string {
  const key = SPELLINGS.get(path) ?? SPELLINGS.get(path.slice(path.lastIndexOf('.') + 1))
  return key ? `; did you mean ${key}?` : didYouMean(path, KEYS)
}

/** The values of a configuration file, and what is wrong with it. Never throws. */
export function readConfigFile(path: string): ConfigFile {
  const values = new Map<string, string>()
  const complaints: Complaint[] = []
  const name = basename(path)
  const complain = (key: string, message: string) =>
    complaints.push({ setting: key ? `${key} in ${name}` : name, message })

  function visit(value: unknown, path: string): void {
    if (typeof value === 'string') {
      if (KEYS.has(path)) values.set(path, value)
      else if (!isSection(path)) complain(path, `is no setting${suggestion(path)}`)
      else if (value !== '') complain(path, 'got a value, expected a section of settings')
    } else if (Array.isArray(value)) {
      if (LISTS.has(path) && value.every(item => typeof item === 'string')) values.set(path, value.join(','))
      else if (KEYS.has(path)) complain(path, 'got a list, expected a single value')
      else complain(path, `is no setting${suggestion(path)}`)
    } else if (KEYS.has(path)) {
      complain(path, 'got a section, expected a value')
    } else if (path !== '' && !isSection(path)) {
      complain(path, `is no setting${suggestion(path)}`)
    } else {
      for (const [key, inner] of Object.entries(value as object)) visit(inner, path ? `${path}.${key}` : key)
    }
  }

  const root = parse(path)
  if (typeof root === 'string') complain('', root)
  else visit(root, '')
  return { values, complaints }
}

/** The file as an object of texts, lists and objects; or a sentence that says why not. */
function parse(path: string): object | string {
  let content: string
  try {
    content = readFileSync(path, 'utf8')
  } catch (error) {
    return `cannot be read: ${(error as Error).message}`
  }
  const document = parseDocument(content, { schema: 'failsafe' })
  // Only the first line: the rest quotes the file, which may hold secrets.
  const fault = [...document.errors, ...document.warnings][0]?.message.split('\n')[0]?.replace(/:$/, '')
  if (fault) return `is not valid YAML: ${fault}`
  let root: unknown
  try {
    root = document.toJS()
  } catch (error) {
    return `is not valid YAML: ${(error as Error).message}`
  }
  if (root === null) return {}
  return typeof root === 'object' && !Array.isArray(root)
    ? root
    : 'is a list or text, expected settings as key: value'
}
