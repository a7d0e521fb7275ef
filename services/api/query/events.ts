// Lists of single events: which, in which order, from where on.

import { DAY_MS, fromSqlTime, HOUR_MS, toSqlTime } from '#core/hours.ts'
import type { Parameter } from '#ports/warehouse.ts'
import type { Statement } from './compile.ts'
import { type Position, type PositionKind, questionOf, readCursor } from './cursor.ts'
import { COLUMN_DIMENSIONS, dimensionOf } from './dimensions.ts'
import { bindFilters, readFilters } from './filters.ts'
import { boundedRead, DEFAULT_LIMIT, MAX_LIMIT } from './limits.ts'
import { type CostQuery, everythingIn } from './model.ts'
import { checkNames, choice, count, type Query } from './parameters.ts'
import { pinned, readWindow, WINDOW_PARAMETERS } from './window.ts'

/** newest: by time. top: by cost, dearest first; what has no price comes last. */
export const EVENT_ORDERS = ['newest', 'top'] as const
export type EventOrder = (typeof EVENT_ORDERS)[number]

export interface EventQuery {
  /** Window and filters, in the form that totals are computed from. */
  readonly costs: CostQuery
  readonly order: EventOrder
  readonly after: Position | undefined
  /** What a cursor of this list is bound to. */
  readonly question: string
}

export const EVENT_PARAMETERS: readonly string[] = [
  'order',
  'limit',
  'cursor',
  'format',
  ...WINDOW_PARAMETERS,
  ...COLUMN_DIMENSIONS,
]

/** @throws LedgerError `bad_query` */
export function readEventQuery(
  query: Query,
  { now, defaultZone }: { readonly now: number; readonly defaultZone: string },
): EventQuery {
  checkNames(query, EVENT_PARAMETERS, name => dimensionOf(name) !== undefined)
  const order = choice(query, 'order', EVENT_ORDERS) ?? 'newest'
  const asked = readWindow(query, now, defaultZone)
  const question = questionOf(['events', order, asked.zone.name], query)
  const after = readCursor(query, question, RANK[order].kind)
  return {
    costs: {
      ...everythingIn(pinned(asked, after)),
      filters: readFilters(query),
      limit: count(query, 'limit', MAX_LIMIT) ?? DEFAULT_LIMIT,
    },
    order,
    after,
    question,
  }
}

/** ms; how far the newest are looked for before the whole window is read. */
const STEPS = [HOUR_MS, 6 * HOUR_MS, DAY_MS, 7 * DAY_MS] as const

/**
 * The same question over more and more of its window, backwards from where the page begins; the last one is the question itself.
 * The warehouse reads all of a window before it answers with the newest, and a page that is full needs nothing older.
 */
export function stepsOf(query: EventQuery): EventQuery[] {
  const { order, after, costs } = query
  const { window } = costs
  if (order !== 'newest') return [query]
  const end = after ? fromSqlTime(after.value) : window.to
  return [...STEPS.map(step => end - step).filter(from => from > window.from), window.from].map(from => ({
    ...query,
    costs: { ...costs, window: { ...window, from } },
  }))
}

/** What a list shows of an event; `/v1/events/{id}` shows all. */
export const LISTED_COLUMNS = [
  'event_id',
  'occurred_at',
  'provider',
  'model',
  'request_model',
  'operation',
  'status',
  'error_type',
  'tenant_id',
  'user_id',
  'team',
  'feature',
  'environment',
  'service',
  'release',
  'tags',
  'input_tokens',
  'output_tokens',
  'latency_ms',
  'cost_usd',
  'cost_status',
  'cost_reason',
] as const

/** The value that each order sorts by; `rank` is the last column of every row. */
const RANK: Readonly<Record<EventOrder, Rank>> = {
  newest: { kind: 'time', sql: 't.occurred_at', type: "DateTime64(3, 'UTC')" },
  top: { kind: 'amount', sql: 'ifNull(t.cost_usd, toDecimal64(-1, 12))', type: 'Decimal(18, 12)' },
}

interface Rank {
  readonly kind: PositionKind
  readonly sql: string
  readonly type: string
}

/** One row more than the limit says that there are more. */
export function compileEvents({ costs, order, after }: EventQuery): Statement {
  const { window, filters, limit } = costs
  const bindings = bindFilters(filters)
  const rank = RANK[order]
  const params: Record<string, Parameter> = {
    ...bindings.params,
    from: toSqlTime(window.from),
    to: toSqlTime(window.to),
    limit: limit + 1,
  }
  const conditions = [
    "t.occurred_at >= {from:DateTime64(3, 'UTC')}",
    "t.occurred_at < {to:DateTime64(3, 'UTC')}",
    ...bindings.conditions,
  ]
  if (after) {
    params['after'] = after.value
    params['after_id'] = after.id
    conditions.push(
      // Alone, so that the days after it are not read.
      `${rank.sql} <= {after:${rank.type}}`,
      `(${rank.sql}, t.event_id) < ({after:${rank.type}}, {after_id:String})`,
    )
  }
  const sql = [
    `SELECT\n  ${LISTED_COLUMNS.map(column => `t.${column} AS ${column}`).join(',\n  ')},\n  ${rank.sql} AS rank`,
    'FROM v_events AS t',
    `WHERE ${conditions.join('\n  AND ')}`,
    'ORDER BY rank DESC, event_id DESC',
    'LIMIT {limit:UInt32}',
    ...boundedRead([window]),
  ]
  return { sql: sql.join('\n'), params }
}

/** The one event of an id. Copies that lie days apart are conflicts; the first to arrive is shown. */
export const compileEvent = (id: string): Statement => ({
  sql: 'SELECT *\nFROM v_events AS t\nWHERE t.event_id = {id:String}\nORDER BY t.received_at, t.occurred_at\nLIMIT 1',
  params: { id },
})
