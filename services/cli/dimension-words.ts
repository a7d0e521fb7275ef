// The words that people use for dimensions, in commands and options alike.

/** Dimensions whose plural is no dimension with an s. */
const PLURALS: Readonly<Record<string, string>> = {
  users: 'user_id',
  user: 'user_id',
  tenants: 'tenant_id',
  tenant: 'tenant_id',
  keys: 'api_key_id',
  segments: 'user_segment',
  tasks: 'task_type',
  tiers: 'service_tier',
  statuses: 'status',
  workflows: 'workflow_id',
  sessions: 'session_id',
  batches: 'batch',
}

/** The dimension that a person means: `features`, `feature`, `users`; anything else is for the API to judge. */
export const dimensionOf = (word: string): string =>
  word.startsWith('tag.') ? word : (PLURALS[word] ?? word.replace(/([^s])s$/, '$1'))

/** @param words separated by commas */
export const dimensionsOf = (words: string): string[] =>
  words.split(',').map(word => dimensionOf(word.trim()))
