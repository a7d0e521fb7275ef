// Names that somebody may have meant who asked for a model that no price is known of. Only for people to read: no call is ever
// priced as a model whose name is merely near.

import { distance } from 'fastest-levenshtein'
import type { PriceBook } from '#core/price-book.ts'

const MAX_EDITS = 3
const MAX_NAMES = 5

/** Of a name; what is longer is none. */
const MAX_LENGTH = 128

/** Up to 5 names with few edits, or that go on where the asked one ends, the nearest first. */
export function nearNames({ json }: PriceBook, name: string, provider: string | undefined): string[] {
  const asked = name.trim().toLowerCase().slice(0, MAX_LENGTH)
  if (asked === '') return []
  const models = json.models.filter(model => provider === undefined || model.provider === provider)
  const names = new Set(models.flatMap(({ id, match }) => [id, ...match.exact]).map(one => one.toLowerCase()))
  return [...names]
    .map(candidate => ({ candidate, edits: distance(asked, candidate) }))
    .filter(({ candidate, edits }) => edits <= MAX_EDITS || candidate.startsWith(asked))
    .sort((a, b) => a.edits - b.edits || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, MAX_NAMES)
    .map(({ candidate }) => candidate)
}
