// Values of filters that no call ever had, and the ones that may have been meant. A question whose filters match nothing is
// answered with no spend, and a misspelt feature looks exactly like one that costs nothing.

import { distance } from 'fastest-levenshtein'
import { LedgerError } from '#core/errors.ts'
import type { ApiContext } from '../context.ts'
import type { Statement } from '../query/compile.ts'
import type { Filter } from '../query/filters.ts'
import { EVENTS, SOURCES, type Source } from '../query/sources.ts'

/** By dimension and value: up to 3 names that are near it, the nearest first; none where nothing is. */
export type UnknownValues = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>

/** Names that one dimension is searched for, the most called first. */
const MAX_NAMES = 10_000

/** Values of one filter that are told: each is held against every name. */
const MAX_VALUES = 10

const MAX_NEAR = 3

/** ms; the answer is complete without it. */
const TIMEOUT_MS = 3_000

/** Characters of a name that are compared. */
const MAX_LENGTH = 64

/** What is shorter is part of too many names. */
const MIN_PART = 3

/**
 * The values of these filters that the rollups never had, of the dimensions that rollups keep. What cannot be read in a short time
 * is left out. The empty value is no name, so nobody misspelt it.
 */
export async function readUnknownValues(
  context: ApiContext,
  filters: readonly Filter[],
): Promise<UnknownValues> {
  const found = await Promise.all(
    filters.map(async ({ dimension: { name }, values }) => {
      const source = rollupOf(name)
      const given = [...new Set(values)].filter(value => value !== '')
      const names = source && given.length > 0 ? await readNames(context, source, { name, given }) : undefined
      return [name, names ? unknownAmong(given, names) : {}] as const
    }),
  )
  return Object.fromEntries(found.filter(([, unknown]) => Object.keys(unknown).length > 0))
}

const rollupOf = (name: string): Source | undefined =>
  SOURCES.find(source => source !== EVENTS && source.keeps.has(name))

interface Asked {
  /** Of a dimension that the source keeps. */
  readonly name: string
  readonly given: readonly string[]
}

/** Undefined where the warehouse fails. */
async function readNames(
  { warehouse, log }: ApiContext,
  source: Source,
  asked: Asked,
): Promise<readonly string[] | undefined> {
  const { sql, params } = compileNames(source, asked)
  try {
    const rows = await warehouse.query<{ name: string }>(sql, { params, timeoutMs: TIMEOUT_MS })
    return rows.map(({ name }) => name)
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error
    log.debug({ err: error, dimension: asked.name }, 'the names of a dimension could not be read')
    return undefined
  }
}

/** The given values come first, however rarely they were called: what is missing never was. */
export const compileNames = ({ view }: Source, { name, given }: Asked): Statement => ({
  sql: [
    `SELECT t.${name} AS name`,
    `FROM ${view} AS t`,
    'GROUP BY name',
    'ORDER BY name IN {given:Array(String)} DESC, sum(t.calls) DESC, name',
    'LIMIT {limit:UInt32}',
  ].join('\n'),
  params: { given, limit: MAX_NAMES },
})

function unknownAmong(given: readonly string[], names: readonly string[]): Record<string, string[]> {
  const known = new Set(names)
  const spelled = names.map(name => ({ name, text: spelt(name) }))
  const unknown = given.filter(value => !known.has(value)).slice(0, MAX_VALUES)
  return Object.fromEntries(unknown.map(value => [value, nearest(spelt(value), spelled)]))
}

interface Spelled {
  readonly name: string
  readonly text: string
}

/** Names with few edits, and those that are a part of what was asked for or the other way round. */
function nearest(asked: string, names: readonly Spelled[]): string[] {
  // Two letters that changed places are two edits.
  const few = Math.max(asked.length < 4 ? 1 : 2, asked.length / 3)
  const isNear = (text: string): boolean =>
    isPart(asked, text) ||
    isPart(text, asked) ||
    (Math.abs(asked.length - text.length) <= few && distance(asked, text) <= few)
  return names
    .filter(({ text }) => asked !== '' && text !== '' && isNear(text))
    .map(({ name, text }) => ({ name, edits: distance(asked, text) }))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, MAX_NEAR)
    .map(({ name }) => name)
}

const isPart = (part: string, whole: string): boolean => part.length >= MIN_PART && whole.includes(part)

/** What people rarely mean when they write it otherwise. */
const spelt = (name: string): string =>
  name
    .slice(0, MAX_LENGTH)
    .toLowerCase()
    .replaceAll(/[-_. ]/g, '')
