// Reads counts out of a foreign usage object. A count is a whole number from 0 to MAX_TOKENS_PER_BUCKET or the event is
// refused with the field's path: a null or a text read as 0 would turn a paid call into a free one.

import { type Refusal, shown } from '../errors.ts'
import { deadLetter, type Outcome, ok } from '../outcome.ts'
import { MAX_TOKENS_PER_BUCKET } from '../tokens.ts'
import type { UsageObject } from './types.ts'

const WORD = /^[\x20-\x7e]{0,64}$/

/** One node of a usage object and where it stands, for messages: `usage.prompt_tokens_details`. */
export interface UsageNode {
  readonly at: string
  readonly value: UsageObject
}

/**
 * Methods never throw: after the first refusal they return neutral values and `result` gives the refusal.
 * `optional` accepts an absent field as 0, `nullable` also null; which field may be which is the provider's documentation.
 */
export interface UsageReader {
  readonly root: UsageNode
  count(node: UsageNode, field: string): number
  optional(node: UsageNode | undefined, field: string): number
  nullable(node: UsageNode | undefined, field: string): number
  /** A total that may be left out: undefined then, and where it is null. */
  total(node: UsageNode, field: string): number | undefined
  /** A part that may be left out or null. */
  part(node: UsageNode | undefined, field: string): UsageNode | undefined
  /** A list of parts that may be left out or null. */
  list(node: UsageNode | undefined, field: string): readonly UsageNode[]
  /** A short word such as a service tier, in lower case; '' where it is left out or null. */
  word(node: UsageNode | undefined, field: string): string
  result<T>(make: () => T): Outcome<T>
}

export function readUsage(usage: UsageObject): UsageReader {
  let refusal: Refusal | undefined

  const refuse = (code: Refusal['code'], field: string, got: unknown, expected: string): void => {
    refusal ??= { code, field, got: got === undefined ? 'missing' : shown(got), expected }
  }

  function check(node: UsageNode, field: string, value: unknown): number {
    const path = `${node.at}.${field}`
    if (typeof value !== 'number' || Number.isNaN(value)) {
      refuse(value === undefined ? 'bad_usage' : 'wrong_type', path, value, 'a whole number')
    } else if (!Number.isInteger(value) && Number.isFinite(value)) {
      refuse('wrong_type', path, value, 'a whole number')
    } else if (value < 0 || value > MAX_TOKENS_PER_BUCKET) {
      refuse('out_of_range', path, value, `0 to ${MAX_TOKENS_PER_BUCKET}`)
    } else {
      return value
    }
    return 0
  }

  function node(at: string, value: unknown): UsageNode | undefined {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { at, value: value as UsageObject }
    }
    refuse('wrong_type', at, value, 'an object')
    return undefined
  }

  return {
    root: { at: 'usage', value: usage },
    count: (parent, field) => check(parent, field, parent.value[field]),
    optional(parent, field) {
      const value = parent?.value[field]
      return parent === undefined || value === undefined ? 0 : check(parent, field, value)
    },
    nullable(parent, field) {
      const value = parent?.value[field] ?? undefined
      return parent === undefined || value === undefined ? 0 : check(parent, field, value)
    },
    total(parent, field) {
      const value = parent.value[field] ?? undefined
      return value === undefined ? undefined : check(parent, field, value)
    },
    part(parent, field) {
      const value = parent?.value[field] ?? undefined
      return parent === undefined || value === undefined ? undefined : node(`${parent.at}.${field}`, value)
    },
    list(parent, field) {
      const value = parent?.value[field] ?? undefined
      if (parent === undefined || value === undefined) return []
      const at = `${parent.at}.${field}`
      if (Array.isArray(value)) return value.flatMap((item, i) => node(`${at}[${i}]`, item) ?? [])
      refuse('wrong_type', at, value, 'a list')
      return []
    },
    word(parent, field) {
      const value = parent?.value[field] ?? ''
      if (typeof value === 'string' && WORD.test(value)) return value.toLowerCase()
      refuse('wrong_type', `${parent?.at}.${field}`, value, 'a short word')
      return ''
    },
    result: make => (refusal ? deadLetter(refusal) : ok(make())),
  }
}
