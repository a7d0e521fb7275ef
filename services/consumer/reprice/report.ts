// What a run changed, by day and model: what a person sees before anything is written, and finance afterwards.

import { startOfDay } from '#core/hours.ts'
import { type Picos, parsePicos } from '#core/money.ts'
import type { Repriced } from './stored-row.ts'

export interface RepriceSums {
  events: number
  /** 1e-12 USD; what is not priced counts as nothing. */
  before: Picos
  after: Picos
  unpricedBefore: number
  unpricedAfter: number
}

export interface RepriceLine extends Readonly<RepriceSums> {
  /** ms */
  readonly day: number
  readonly provider: string
  /** As it is called now. */
  readonly model: string
}

export interface RepriceReport {
  readonly runId: string
  /** Events that might have had another price. */
  readonly examined: number
  /** Of the events that have one. */
  readonly total: Readonly<RepriceSums>
  /** By day, provider and model. */
  readonly lines: readonly RepriceLine[]
}

const nothing = (): RepriceSums => ({ events: 0, before: 0n, after: 0n, unpricedBefore: 0, unpricedAfter: 0 })

export interface RepriceTally {
  examined: number
  readonly total: RepriceSums
  add(events: readonly Repriced[]): void
  report(runId: string): RepriceReport
}

export function createTally(): RepriceTally {
  const lines = new Map<string, RepriceSums & { day: number; provider: string; model: string }>()
  const total = nothing()

  function add({ row, priced }: Repriced): void {
    const { event, cost } = priced
    const day = startOfDay(event.occurred_at)
    const key = [day, event.provider, cost.model].join('\n')
    const line = lines.get(key) ?? { day, provider: event.provider, model: cost.model, ...nothing() }
    lines.set(key, line)
    const before = row['cost_usd'] === null ? undefined : parsePicos(String(row['cost_usd']))
    for (const sums of [line, total]) {
      sums.events += 1
      sums.before += before ?? 0n
      sums.after += cost.costUsd ?? 0n
      sums.unpricedBefore += before === undefined ? 1 : 0
      sums.unpricedAfter += cost.costUsd === null ? 1 : 0
    }
  }

  return {
    examined: 0,
    total,
    add: events => events.forEach(add),
    report(runId) {
      const sorted = [...lines.values()].sort(
        (a, b) => a.day - b.day || compare(a.provider, b.provider) || compare(a.model, b.model),
      )
      return { runId, examined: this.examined, total, lines: sorted }
    },
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
