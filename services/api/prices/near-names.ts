// Names that somebody may have meant who asked for a model or a provider that no price is known of. Only for people to read: no
// call is ever priced as a model whose name is merely near.

import { distance } from 'fastest-levenshtein'
import type { PriceBook } from '#core/price-book.ts'
import { EVERY } from '#core/price-book-json.ts'

const MAX_EDITS = 3
const MAX_NAMES = 5

/** Names of providers are short: with three edits most are near each other. */
const MAX_PROVIDER_EDITS = 2

/** Of a name; what is longer is none. */
const MAX_LENGTH = 128

/** Up to 5 names with few edits, or that go on where the asked one ends, the nearest first. */
export function nearNames({ json }: PriceBook, name: string, provider: string | undefined): string[] {
  const models = json.models.filter(model => provider === undefined || model.provider === provider)
  return nearest(
    name,
    models.flatMap(({ id, match }) => [id, ...match.exact]),
    MAX_EDITS,
  )
}

/** The same for providers that sell what a price is known of. */
export const nearProviders = ({ json }: PriceBook, name: string): string[] =>
  nearest(
    name,
    json.rules.map(({ provider }) => provider).filter(provider => provider !== EVERY),
    MAX_PROVIDER_EDITS,
  )

function nearest(name: string, names: readonly string[], maxEdits: number): string[] {
  const asked = name.trim().toLowerCase().slice(0, MAX_LENGTH)
  if (asked === '') return []
  return [...new Set(names.map(one => one.toLowerCase()))]
    .map(candidate => ({ candidate, edits: distance(asked, candidate) }))
    .filter(({ candidate, edits }) => edits <= maxEdits || candidate.startsWith(asked))
    .sort((a, b) => a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, MAX_NAMES)
    .map(({ candidate }) => candidate)
}
