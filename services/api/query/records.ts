// Lists that are no spend: refused events, and changes to hours that were closed. A view, a time, a few filters, newest first,
// page by page.

import { ERRORS, LedgerError, shown } from '#core/errors.ts'
import { toSqlTime } from '#core/hours.ts'
import type { Parameter } from '#ports/warehouse.ts'
import type { Statement } from './compile.ts'
import { type Position, questionOf, readCursor } from './cursor.ts'
import { checkFilterCount } from './filters.ts'
import { DEFAULT_LIMIT, MAX_LIMIT } from './limits.ts'
import { checkNames, count, hint, type Query, values } from './parameters.ts'
import { pinned, readWindow, WINDOW_PARAMETERS, type ZonedWindow } from './window.ts'

export interface RecordView {
  readonly view: 'v_dead_letters' | 'v_changes'
  /** Of a file. */
  readonly name: string
  readonly columns: readonly string[]
  /** What the window is about. */
  readonly time: string
  /** What settles the order of rows of one time, as text. */
  readonly id: string
  /** Columns of text that may be filtered by. */
  readonly filters: readonly string[]
  /** What `reason` may be. */
  readonly reasons: readonly string[]
}

/** The codes that refuse one event; `nothing_acceptable` is about a request. */
const REFUSALS = Object.entries(ERRORS)
  .filter(([code, { status }]) => status === 422 && code !== 'nothing_acceptable')
  .map(([code]) => code)

export const DEAD_LETTERS: RecordView = {
  view: 'v_dead_letters',
  name: 'dead-letters',
  columns: [
    'dead_letter_id',
    'refused_at',
    'stage',
    'reason',
    'field',
    'got',
    'expected',
    'message',
    'event_id',
    'log_id',
    'log_topic',
    'log_partition',
    'log_offset',
    'bytes_total',
    'replayed_at',
  ],
  time: 't.refused_at',
  id: 't.dead_letter_id',
  filters: ['stage', 'reason', 'field', 'event_id'],
  reasons: REFUSALS,
}

export const CHANGES: RecordView = {
  view: 'v_changes',
  name: 'changes',
  columns: [
    'hour',
    'reason',
    'old_calls',
    'new_calls',
    'old_unpriced',
    'new_unpriced',
    'old_cost_usd',
    'new_cost_usd',
    'change_usd',
    'changed_at',
  ],
  time: 'toDateTime64(t.hour, 3)',
  id: 'toString(t.changed_at)',
  filters: ['reason'],
  reasons: ['first', 'late', 'reprice', 'late_and_reprice', 'correction'],
}

export interface RecordQuery extends ZonedWindow {
  readonly filters: readonly { readonly column: string; readonly values: readonly string[] }[]
  readonly after: Position | undefined
  /** What a cursor of this list is bound to. */
  readonly question: string
  readonly limit: number
}

export const recordParameters = ({ filters }: RecordView): string[] => [
  'limit',
  'cursor',
  'format',
  ...WINDOW_PARAMETERS,
  ...filters,
]

/** @throws LedgerError `bad_query` */
export function readRecordQuery(
  query: Query,
  view: RecordView,
  { now, defaultZone }: { readonly now: number; readonly defaultZone: string },
): RecordQuery {
  checkNames(query, recordParameters(view))
  for (const reason of values(query, 'reason')) {
    if (view.reasons.includes(reason)) continue
    throw new LedgerError('bad_query', `reason is ${shown(reason)}${hint(reason, view.reasons)}`)
  }
  const asked = readWindow(query, now, defaultZone)
  const question = questionOf([view.view, asked.zone.name], query)
  const after = readCursor(query, question, 'time')
  const filters = view.filters
    .map(column => ({ column, values: values(query, column) }))
    .filter(filter => filter.values.length > 0)
  checkFilterCount(filters)
  return {
    ...pinned(asked, after),
    filters,
    after,
    question,
    limit: count(query, 'limit', MAX_LIMIT) ?? DEFAULT_LIMIT,
  }
}

/** One row more than the limit says that there are more; its columns `rank` and `tie` are where the next page begins. */
export function compileRecords(view: RecordView, query: RecordQuery): Statement {
  const { window, filters, after, limit } = query
  const params: Record<string, Parameter> = {
    from: toSqlTime(window.from),
    to: toSqlTime(window.to),
    limit: limit + 1,
  }
  const conditions = [
    `${view.time} >= {from:DateTime64(3, 'UTC')}`,
    `${view.time} < {to:DateTime64(3, 'UTC')}`,
    ...filters.map(({ column, values: given }, i) => {
      params[`f${i}`] = given
      return `t.${column} IN {f${i}:Array(String)}`
    }),
  ]
  if (after) {
    params['after'] = after.value
    params['after_id'] = after.id
    conditions.push(`(${view.time}, ${view.id}) < ({after:DateTime64(3, 'UTC')}, {after_id:String})`)
  }
  const columns = [
    ...view.columns.map(column => `t.${column} AS ${column}`),
    `${view.time} AS rank`,
    `${view.id} AS tie`,
  ]
  const sql = [
    `SELECT\n  ${columns.join(',\n  ')}`,
    `FROM ${view.view} AS t`,
    `WHERE ${conditions.join('\n  AND ')}`,
    'ORDER BY rank DESC, tie DESC',
    'LIMIT {limit:UInt32}',
  ]
  return { sql: sql.join('\n'), params }
}

/**
 * The refused events whose id is this one or begins with it, at most two: the exact one first, and of a letter that was
 * refused again the newest.
 */
export const compileDeadLetter = (id: string): Statement => ({
  sql: [
    `SELECT\n  ${DEAD_LETTERS.columns.map(column => `t.${column} AS ${column}`).join(',\n  ')}`,
    'FROM v_dead_letters AS t',
    'WHERE startsWith(t.dead_letter_id, {id:String})',
    'ORDER BY dead_letter_id = {id:String} DESC, dead_letter_id, refused_at DESC',
    'LIMIT 1 BY dead_letter_id',
    'LIMIT 2',
  ].join('\n'),
  params: { id },
})
