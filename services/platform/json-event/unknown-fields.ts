// Fields that the event does not have. They are dropped with a warning and not refused, so that a newer client never loses
// spend; the warning says what may have been meant, because a misspelt `feature` is spend that nobody finds.

import { closest, distance } from 'fastest-levenshtein'
import { shown } from '#core/errors.ts'
import { EVENT_FIELDS } from '#core/usage-event.ts'

/** Something in an accepted event that was not taken as sent. */
export interface Warning {
  readonly code: 'unknown_field' | 'ignored_field'
  readonly field: string
  readonly message: string
}

const KNOWN = [...Object.keys(EVENT_FIELDS), 'usage']
const KNOWN_SET = new Set(KNOWN)

/** Names that clients use for a field of ours and that are spelt nothing like it. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  id: 'event_id',
  timestamp: 'occurred_at',
  model: 'request_model',
  customer_id: 'tenant_id',
  end_user: 'user_id',
  metadata: 'tags',
  cost: 'reported_cost',
  input_tokens: 'tokens',
  output_tokens: 'tokens',
  prompt_tokens: 'usage',
  completion_tokens: 'usage',
  total_tokens: 'total_tokens_reported',
}

/** Words of people and models. There is no field for them, by design. */
const CONTENT = new Set([
  'messages',
  'prompt',
  'prompts',
  'completion',
  'content',
  'input',
  'output',
  'response',
])

const MAX_WARNINGS = 10
const MAX_NAME_LENGTH = 64
const MAX_TYPOS = 2

export const unknownFields = (value: object): string[] =>
  Object.keys(value).filter(name => !KNOWN_SET.has(name))

/** One warning for each field, at most ten and then one for the rest. */
export function warnUnknown(names: readonly string[]): Warning[] {
  const warnings = names.slice(0, MAX_WARNINGS).map(
    (name): Warning => ({
      code: 'unknown_field',
      field: name.slice(0, MAX_NAME_LENGTH),
      message: `unknown field ${shown(name)} was dropped${hint(name)}`,
    }),
  )
  const more = names.length - warnings.length
  if (more > 0) {
    warnings.push({ code: 'unknown_field', field: '', message: `${more} more unknown fields were dropped` })
  }
  return warnings
}

function hint(name: string): string {
  if (CONTENT.has(name)) return '; prompts and completions are never stored'
  const meant = likelyField(name)
  return meant ? `; did you mean "${meant}"?` : ''
}

/** Guesses for names seen before: a newer client sends the same ones with every event. */
const guesses = new Map<string, string | undefined>()
const MAX_GUESSES = 1_000

/** The field that was probably meant, if any. */
export function likelyField(name: string): string | undefined {
  if (name.length > MAX_NAME_LENGTH) return undefined
  if (!guesses.has(name)) {
    if (guesses.size >= MAX_GUESSES) guesses.clear()
    guesses.set(name, guess(name))
  }
  return guesses.get(name)
}

function guess(name: string): string | undefined {
  const snake = name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`).replaceAll('-', '_')
  const other = Object.hasOwn(OTHER_NAMES, snake) ? OTHER_NAMES[snake] : undefined
  if (other) return other
  const nearest = closest(snake, KNOWN)
  return distance(snake, nearest) <= MAX_TYPOS ? nearest : undefined
}
