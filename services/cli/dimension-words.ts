// The words that people use for dimensions, in commands and options alike. Some dimensions end with an s themselves: a word that
// is one already stays as it is.

import { COLUMN_DIMENSIONS } from '../api/query/dimensions.ts'

/** Dimensions whose plural is no dimension with an s. */
const PLURALS: ReadonlyMap<string, string> = new Map([
  ['users', 'user_id'],
  ['user', 'user_id'],
  ['tenants', 'tenant_id'],
  ['tenant', 'tenant_id'],
  ['keys', 'api_key_id'],
  ['segments', 'user_segment'],
  ['tasks', 'task_type'],
  ['tiers', 'service_tier'],
  ['statuses', 'status'],
  ['workflows', 'workflow_id'],
  ['sessions', 'session_id'],
  ['batches', 'batch'],
])

/** The dimension that a person means: `features`, `feature`, `users`; anything else is for the API to judge. */
export function dimensionOf(word: string): string {
  if (COLUMN_DIMENSIONS.includes(word)) return word
  const one = word.replace(/s$/, '')
  return PLURALS.get(word) ?? (COLUMN_DIMENSIONS.includes(one) ? one : word)
}

/** @param words separated by commas */
export const dimensionsOf = (words: string): string[] =>
  words.split(',').map(word => dimensionOf(word.trim()))
