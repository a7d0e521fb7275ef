// Where a page of a list ended, handed out as an opaque text and taken back. It is a position and not an offset: rows that
// arrive meanwhile move nothing, so no row is shown twice or left out.

import { badQuery, type Query, single } from './parameters.ts'

/** The order, the value that it sorts by (as SQL text) and the id that settles ties. */
export interface Position {
  readonly order: string
  readonly value: string
  readonly id: string
}

const MAX_LENGTH = 2_048

/** Times and amounts as the warehouse writes them. */
const VALUE = /^(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}|-?\d{1,6}(?:\.\d{1,12})?)$/

export const encodeCursor = ({ order, value, id }: Position): string =>
  Buffer.from(JSON.stringify([order, value, id])).toString('base64url')

/** @throws LedgerError `bad_query` for what is not a cursor of this order */
export function readCursor(query: Query, order: string): Position | undefined {
  const text = single(query, 'cursor')
  if (text === undefined) return undefined
  const parts = text.length > MAX_LENGTH ? undefined : decode(text)
  if (!Array.isArray(parts) || parts.length !== 3) throw badQuery('cursor', text, EXPECTED)
  const [ordered, value, id] = parts as unknown[]
  if (ordered !== order || typeof value !== 'string' || !VALUE.test(value) || typeof id !== 'string') {
    throw badQuery('cursor', text, EXPECTED)
  }
  return { order, value, id }
}

const EXPECTED = 'the next_cursor of an answer to the same question'

function decode(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
  } catch {
    return undefined
  }
}
