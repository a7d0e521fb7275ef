// Query parameters, strictly: a name that is not known or a value that is not understood is refused with what was expected.
// A filter that is misspelt and ignored would answer with everybody's spend.

import { distance } from 'fastest-levenshtein'
import { LedgerError, shown } from '#core/errors.ts'

/** As Fastify parses a query: a parameter that is repeated is an array. */
export type Query = Readonly<Record<string, string | readonly string[] | undefined>>

/** @param expected completes "expected ..." */
export const badQuery = (name: string, got: unknown, expected: string): LedgerError =>
  new LedgerError('bad_query', `${name} is ${shown(got)}, expected ${expected}`)

/** Every value of a parameter, in order. */
export function values(query: Query, name: string): readonly string[] {
  const value = query[name]
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}

/** The value of a parameter that may be given once. */
export function single(query: Query, name: string): string | undefined {
  const given = values(query, name)
  if (given.length > 1) throw badQuery(name, given, 'one value')
  return given[0]
}

/** The names of a list separated by commas, each once, in order. */
export const list = (query: Query, name: string): string[] => [
  ...new Set(
    values(query, name)
      .flatMap(text => text.split(','))
      .map(item => item.trim())
      .filter(item => item !== ''),
  ),
]

/** A value of a closed list. */
export function choice<const V extends string>(
  query: Query,
  name: string,
  choices: readonly V[],
): V | undefined {
  const given = single(query, name)
  const found = choices.find(candidate => candidate === given)
  if (given !== undefined && found === undefined) {
    throw badQuery(name, given, `one of ${choices.join(', ')}${meant(given, choices)}`)
  }
  return found
}

/** A whole number in plain digits, from 1 to `max`. */
export function count(query: Query, name: string, max: number): number | undefined {
  const given = single(query, name)
  if (given === undefined) return undefined
  const number = /^\d{1,9}$/.test(given) ? Number(given) : 0
  if (number < 1 || number > max) throw badQuery(name, given, `a whole number from 1 to ${max}`)
  return number
}

/** Refuses every name that is not in the list, nor accepted by `also`. */
export function checkNames(
  query: Query,
  names: readonly string[],
  also: (name: string) => boolean = () => false,
): void {
  for (const name of Object.keys(query)) {
    if (names.includes(name) || also(name)) continue
    throw new LedgerError('bad_query', `there is no parameter ${shown(name)}${hint(name, names)}`)
  }
}

/** What a list asks for that does not exist: the one that may have been meant, and all that there are. */
export function unknownName(
  parameter: string,
  kind: string,
  name: string,
  known: readonly string[],
): LedgerError {
  const near = nearest(name, known).length > 0 ? ` There are ${known.join(', ')}` : ''
  return new LedgerError('bad_query', `${parameter} has no ${kind} ${shown(name)}${hint(name, known)}${near}`)
}

/** `; did you mean user_id?`, or the whole list where nothing is near. */
export const hint = (name: string, names: readonly string[]): string =>
  meant(name, names) || `; there are ${names.join(', ')}`

/** `; did you mean user_id?`, or nothing. */
export function meant(name: string, names: readonly string[]): string {
  const near = nearest(name, names)
  return near.length === 0 ? '' : `; did you mean ${near.join(' or ')}?`
}

/**
 * The names that begin with what was asked for or its singular; or else the one with the fewest edits, if those are few; or
 * else those that have it inside.
 */
function nearest(name: string, names: readonly string[]): string[] {
  const asked = spelt(name).slice(0, 64)
  if (asked === '') return []
  for (const beginning of [asked, asked.replace(/s$/, '')]) {
    const longer = names.filter(candidate => beginning !== '' && spelt(candidate).startsWith(beginning))
    if (longer.length > 0) return longer.slice(0, 3)
  }
  const [best] = names
    .map(candidate => ({ candidate, edits: distance(asked, spelt(candidate)) }))
    .sort((a, b) => a.edits - b.edits)
  // Two letters that changed places are two edits.
  const few = Math.max(asked.length < 4 ? 1 : 2, asked.length / 3)
  if (best && best.edits <= few) return [best.candidate]
  return asked.length < 3 ? [] : names.filter(candidate => spelt(candidate).includes(asked)).slice(0, 3)
}

/** What people rarely mean when they write it otherwise. */
const spelt = (name: string): string => name.toLowerCase().replaceAll('-', '_')

export const FORMATS = ['json', 'csv'] as const
