// The judge of the crash tests: clients that repeat what was not acknowledged and work out by themselves what it costs, and the
// comparison of what was acknowledged with what SQL says.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { HOUR_MS, startOfHour } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { verify } from '../../services/aggregator/verify/verify.ts'
import { eventually } from '../support/ledger-process.ts'

/** USD per million tokens of gpt-5.4, as the provider's price page has them: 2.50 in, 15.00 out. */
const PICOS_IN = 2_500_000n
const PICOS_OUT = 15_000_000n

const REPEAT_AFTER_MS = 100

export type JsonEvent = Readonly<Record<string, unknown>> & { readonly event_id: string }

/** Ids that were acknowledged, with what each costs, 1e-12 USD. */
export type Acknowledged = ReadonlyMap<string, bigint>

/** The event of a number, and its cost. Three features, all of now. */
export function pricedEvent(prefix: string, serial: number): { event: JsonEvent; cost: bigint } {
  const tokens = { in: 100 + (serial % 900), out: 10 + (serial % 90) }
  return {
    cost: PICOS_IN * BigInt(tokens.in) + PICOS_OUT * BigInt(tokens.out),
    event: {
      event_id: `${prefix}-${serial}`,
      occurred_at: new Date().toISOString(),
      provider: 'openai',
      request_model: 'gpt-5.4',
      usage: { prompt_tokens: tokens.in, completion_tokens: tokens.out },
      feature: `f${serial % 3}`,
    },
  }
}

export interface Clients {
  readonly acknowledged: Acknowledged
  /** How often something had to be sent again. */
  repeats(): number
  /** Resolves when everything that was begun is acknowledged. */
  stop(): Promise<void>
}

/** Clients that send until told to stop, repeating the same events until `send` says that they are acknowledged. */
export function startClients(options: {
  readonly prefix: string
  readonly clients: number
  readonly eventsPerSend: number
  /** ms between two sends of a client; default none */
  readonly pauseMs?: number
  readonly send: (events: readonly JsonEvent[]) => Promise<boolean>
}): Clients {
  const { prefix, eventsPerSend, pauseMs = 0, send } = options
  const acknowledged = new Map<string, bigint>()
  let serial = 0
  let repeats = 0
  let sending = true

  async function client(): Promise<void> {
    while (sending) {
      const events = Array.from({ length: eventsPerSend }, () => pricedEvent(prefix, ++serial))
      const bodies = events.map(({ event }) => event)
      while (!(await send(bodies).catch(() => false))) {
        repeats += 1
        await sleep(REPEAT_AFTER_MS)
      }
      for (const { event, cost } of events) acknowledged.set(event.event_id, cost)
      if (pauseMs > 0) await sleep(pauseMs)
    }
  }

  const running = Promise.all(Array.from({ length: options.clients }, client))
  return {
    acknowledged,
    repeats: () => repeats,
    async stop() {
      sending = false
      await running
    },
  }
}

/** One POST to a collector; true when it was answered with 202. */
export async function post(url: string, events: readonly JsonEvent[]): Promise<boolean> {
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(events),
    signal: AbortSignal.timeout(8_000),
  })
  await answer.arrayBuffer()
  return answer.status === 202
}

/**
 * Waits until SQL says exactly what was acknowledged, in events and rollups, and verifies the last hours.
 * @throws AssertionError with what is missing or too much
 */
export async function judge(
  { reader, aggregator }: { reader: Warehouse; aggregator: Warehouse },
  acknowledged: Acknowledged,
  patienceMs = 60_000,
): Promise<{ acknowledged: number; total: string }> {
  const cost = [...acknowledged.values()].reduce((a, b) => a + b, 0n)
  const expected = `${acknowledged.size} calls, ${acknowledged.size} ids, ${cost} picos`
  async function total(sql: string): Promise<string> {
    const [row] = await reader.query<{ calls: string; ids: string; picos: string }>(
      `SELECT toString(calls) AS calls, toString(ids) AS ids, toString(toInt128(cost * 1000000000000)) AS picos FROM (${sql})`,
    )
    return `${row?.calls} calls, ${row?.ids} ids, ${row?.picos} picos`
  }
  const events = () =>
    total('SELECT count() AS calls, uniqExact(event_id) AS ids, sum(cost_usd) AS cost FROM v_events')
  const rollups = (view: string) =>
    total(`SELECT sum(v.calls) AS calls, calls AS ids, sum(v.cost_usd) AS cost FROM ${view} AS v`)
  const same = (seen: string) => seen === expected

  await eventually(`raw events: ${expected}`, events, same, patienceMs).catch(async error => {
    throw new Error(`${error.message}; ${await difference(reader, acknowledged)}`)
  })
  await eventually('the rollup by feature', () => rollups('v_costs_hourly'), same, 30_000)
  await eventually('the rollup by user', () => rollups('v_user_costs_hourly'), same, 30_000)
  const now = startOfHour(Date.now())
  const window = { from: now - 2 * HOUR_MS, to: now + HOUR_MS }
  const report = await verify({ warehouse: aggregator, ...window, patienceMs: 20_000 })
  assert.deepEqual(report.findings, [])
  return { acknowledged: acknowledged.size, total: expected }
}

async function difference(reader: Warehouse, acknowledged: Acknowledged): Promise<string> {
  const rows = await reader.query<{ id: string }>('SELECT event_id AS id FROM v_events')
  const stored = new Set(rows.map(row => row.id))
  const missing = [...acknowledged.keys()].filter(id => !stored.has(id))
  const invented = [...stored].filter(id => !acknowledged.has(id))
  const some = (ids: readonly string[]) => `${ids.length} (${ids.slice(0, 5).join(', ')})`
  return `missing ${some(missing)}, not acknowledged ${some(invented)}, doubled ${rows.length - stored.size}`
}
