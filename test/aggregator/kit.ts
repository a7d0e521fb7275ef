// What the aggregator's tests share: events as rows, the batch rows that announce them, and totals as a reader sees them.

import { toSqlTime, touchedHours } from '#core/hours.ts'
import { eventVersion } from '#core/identity.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { createAggregatorContext } from '../../services/aggregator/app.ts'
import type { AggregatorContext } from '../../services/aggregator/context.ts'
import { silentLog, testRegistry } from '../support/silent.ts'

export const TOPIC = 'llm.usage.v1'

export interface EventFields {
  readonly event_id: string
  /** ms */
  readonly occurred_at: number
  readonly feature?: string
  readonly tenant_id?: string
  readonly user_id?: string
  readonly model?: string
  readonly version?: bigint
  /** USD; null is unpriced */
  readonly cost_usd?: string | null
  readonly cost_status?: string
  readonly attempt?: number
  readonly uncached_input_tokens?: number
  readonly latency_ms?: number
  readonly is_deleted?: number
}

const SECOND_MS = 1_000

/** A final report, priced with book 1, that the collector took a second after the call. */
const versionOf = (event: EventFields): bigint =>
  eventVersion({ usageSource: 'provider', bookSequence: 1, receivedAt: event.occurred_at + SECOND_MS })

export async function insertEvents(writer: Warehouse, events: readonly EventFields[]): Promise<void> {
  await writer.insertObjects(
    'usage_events',
    events.map(event => {
      const cost = event.cost_usd === undefined ? '0.5' : event.cost_usd
      return {
        feature: 'chat',
        tenant_id: 'acme',
        user_id: 'u1',
        model: 'm',
        attempt: 1,
        uncached_input_tokens: 100,
        cost_status: cost === null ? 'unpriced' : 'priced',
        ...event,
        cost_usd: cost,
        version: String(event.version ?? versionOf(event)),
        occurred_at: new Date(event.occurred_at).toISOString(),
      }
    }),
  )
}

/** The batch row that the consumer writes after an insert. */
export async function announce(
  writer: Warehouse,
  events: readonly EventFields[],
  fields: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const hours = [...new Set(events.flatMap(event => touchedHours(event.occurred_at)))]
  await writer.insertObjects('ingest_batches', [
    {
      kind: 'log',
      hours: hours.map(hour => hour / 1000),
      read: events.length,
      stored: events.length,
      ...fields,
    },
  ])
}

export const contextOver = (
  warehouse: Warehouse,
  options: { retentionDays?: number } = {},
): AggregatorContext =>
  createAggregatorContext({
    warehouse,
    log: silentLog(),
    registry: testRegistry(),
    clock: { now: () => Date.now() },
    topic: TOPIC,
    retentionDays: options.retentionDays ?? 400,
  })

export interface Sums {
  readonly calls: number
  readonly cost: string
  readonly unpriced: number
}

/** What a reader sees in [from, to) of a view of quarter-hours. */
export async function sumsOf(
  reader: Warehouse,
  from: number,
  to: number,
  view: 'v_costs_15m' | 'v_user_costs_15m' = 'v_costs_15m',
): Promise<Sums> {
  const [row] = await reader.query<{ n: string; cost: string; unpriced: string }>(
    `SELECT sum(v.calls) AS n, toString(sum(v.cost_usd)) AS cost, sum(v.unpriced_calls) AS unpriced
FROM ${view} AS v WHERE quarter >= {from:DateTime('UTC')} AND quarter < {to:DateTime('UTC')}`,
    { params: { from: from / 1000, to: to / 1000 } },
  )
  return { calls: Number(row?.n), cost: row?.cost ?? '', unpriced: Number(row?.unpriced) }
}

/** The events that a reader sees in [from, to), as `id@time feature tenant`. */
export async function visibleEvents(reader: Warehouse, from: number, to: number): Promise<string[]> {
  const rows = await reader.query<{ event: string }>(
    `SELECT concat(event_id, '@', formatDateTime(occurred_at, '%H:%i:%S'), ' ', feature, ' ', tenant_id) AS event
FROM v_events WHERE occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {to:DateTime64(3, 'UTC')} ORDER BY event`,
    { params: { from: toSqlTime(from), to: toSqlTime(to) } },
  )
  return rows.map(row => row.event)
}
