// Reads counts out of a foreign usage object. A count is a whole number from 0 to MAX_TOKENS_PER_BUCKET or the event is
// refused with the field's path: a null or a text read as 0 would turn a paid call into a free one.

import { decimalText } from '../decimal-text.ts'
import { type Refusal, shown } from '../errors.ts'
import { deadLetter, type Outcome, ok } from '../outcome.ts'
import { MAX_TOKENS_PER_BUCKET } from '../tokens.ts'
import type { UsageObject } from './types.ts'

/** One reading: the first refusal is kept, and from then on every function returns neutral values. */
export interface Reading {
  refusal: Refusal | undefined
}

/** One object inside of a usage object and where it stands: `usage.prompt_tokens_details`. */
export interface UsageNode {
  readonly at: string
  readonly value: UsageObject
}

export const startReading = (): Reading => ({ refusal: undefined })

export const rootNode = (usage: UsageObject): UsageNode => ({ at: 'usage', value: usage })

/** A count that must be there. */
export const count = (reading: Reading, node: UsageNode, field: string): number =>
  check(reading, node, field, node.value[field])

/** A count that may be left out, which is 0; null is refused. */
export function optional(reading: Reading, node: UsageNode | undefined, field: string): number {
  const value = node?.value[field]
  return node === undefined || value === undefined ? 0 : check(reading, node, field, value)
}

/** A count that the provider documents as "left out or null", which is 0. */
export const nullable = (reading: Reading, node: UsageNode | undefined, field: string): number =>
  node?.value[field] === null ? 0 : optional(reading, node, field)

/** A total that may be left out or null: undefined then. */
export const total = (reading: Reading, node: UsageNode, field: string): number | undefined =>
  node.value[field] == null ? undefined : check(reading, node, field, node.value[field])

/** An object that may be left out or null. */
export function part(reading: Reading, node: UsageNode | undefined, field: string): UsageNode | undefined {
  const value = node?.value[field]
  if (node === undefined || value === undefined || value === null) return undefined
  return toNode(reading, `${node.at}.${field}`, value)
}

/** A list of objects that may be left out or null. */
export function list(reading: Reading, node: UsageNode, field: string): readonly UsageNode[] {
  const value = node.value[field]
  if (value === undefined || value === null) return []
  const at = `${node.at}.${field}`
  if (Array.isArray(value)) return value.flatMap((item, i) => toNode(reading, `${at}[${i}]`, item) ?? [])
  refuse(reading, 'wrong_type', at, value, 'a list')
  return []
}

const WORD = /^[\x20-\x7e]{0,64}$/

/** A short word such as a service tier, in lower case; '' where it is left out or null. */
export function word(reading: Reading, node: UsageNode, field: string): string {
  const value = node.value[field] ?? ''
  if (typeof value === 'string' && WORD.test(value)) return value.toLowerCase()
  refuse(reading, 'wrong_type', `${node.at}.${field}`, value, 'a short word')
  return ''
}

/** A quantity that may be a fraction (seconds, USD), as exact decimal text; '' where it is left out or null. */
export function decimal(reading: Reading, node: UsageNode | undefined, field: string): string {
  const value = node?.value[field]
  if (node === undefined || value === undefined || value === null) return ''
  const text = decimalText(value)
  if (text === undefined)
    refuse(reading, 'wrong_type', `${node.at}.${field}`, value, 'a decimal, not negative')
  return text ?? ''
}

/** Units of which there are any, as decimal text by name. */
export const unitsOf = (counts: Readonly<Record<string, number>>): Record<string, string> => {
  const units: Record<string, string> = {}
  for (const unit in counts) if (counts[unit]) units[unit] = String(counts[unit])
  return units
}

/** The value, or the refusal that the reading met. */
export const finish = <T>({ refusal }: Reading, value: T): Outcome<T> =>
  refusal ? deadLetter(refusal) : ok(value)

function check(reading: Reading, node: UsageNode, field: string, value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS_PER_BUCKET) {
    return value
  }
  const path = `${node.at}.${field}`
  const inRange = `0 to ${MAX_TOKENS_PER_BUCKET}`
  if (value === undefined) refuse(reading, 'bad_usage', path, 'nothing', 'a whole number')
  else if (
    typeof value !== 'number' ||
    !(Number.isInteger(value) || Math.abs(value) > MAX_TOKENS_PER_BUCKET)
  ) {
    refuse(reading, 'wrong_type', path, value, 'a whole number')
  } else refuse(reading, 'out_of_range', path, value, inRange)
  return 0
}

function toNode(reading: Reading, at: string, value: unknown): UsageNode | undefined {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { at, value: value as UsageObject }
  }
  refuse(reading, 'wrong_type', at, value, 'an object')
  return undefined
}

function refuse(
  reading: Reading,
  code: Refusal['code'],
  field: string,
  got: unknown,
  expected: string,
): void {
  reading.refusal ??= { code, field, got: typeof got === 'number' ? String(got) : shown(got), expected }
}
