// How a value of an event is shown in a refusal. Objects and lists are never shown: they may hold a prompt, and one that is
// nested deep enough cannot be turned into text at all.

import { shown } from '#core/errors.ts'

export function describeValue(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'object' && value !== null) return 'an object'
  return typeof value === 'number' ? String(value) : shown(value)
}
