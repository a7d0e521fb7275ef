// The provider's usage object inside a JSON event: kept as text, for the normaliser to read now and a corrected one later.
// Turning it into text must not change a figure in silence, and JSON would: a number too large becomes null or another number.

import type { Refusal } from '#core/errors.ts'
import { describeValue } from './describe-value.ts'

const MAX_DEPTH = 16

/** The object as JSON text, or why it cannot be kept as it is. */
export const readUsage = (usage: object): string | Refusal =>
  checkValue('usage', usage, 0) ?? JSON.stringify(usage)

function checkValue(path: string, value: unknown, depth: number): Refusal | undefined {
  if (typeof value === 'number') return checkNumber(path, value)
  if (typeof value !== 'object' || value === null) return undefined
  if (depth === MAX_DEPTH) {
    return {
      code: 'bad_usage',
      field: 'usage',
      got: 'deeper',
      expected: `at most ${MAX_DEPTH} levels of objects`,
    }
  }
  for (const [key, member] of Object.entries(value)) {
    const refusal = checkValue(`${path}.${key}`, member, depth + 1)
    if (refusal) return refusal
  }
  return undefined
}

function checkNumber(field: string, value: number): Refusal | undefined {
  if (Number.isSafeInteger(value)) return undefined
  if (Number.isFinite(value) && !Number.isInteger(value)) return undefined
  return { code: 'out_of_range', field, got: describeValue(value), expected: 'a number below 2^53' }
}
