// Answers why spend changed: reads both periods by model, decomposes the change, and says who carries it.

import {
  type Amounts,
  addAmounts,
  type ModelAmounts,
  NO_AMOUNTS,
  subtractAmounts,
} from '#core/explain/amounts.ts'
import { decompose, PARTS } from '#core/explain/decompose.ts'
import { formatFraction } from '#core/money-fraction.ts'
import { formatInstant } from '#core/zones.ts'
import { coverageOf, hasReached, metaOf, readFreshUntil, readWatermark } from '../answer/meta.ts'
import { startReading } from '../answer/reading.ts'
import { CURRENCY } from '../answer/values.ts'
import { type ApiContext, ask } from '../context.ts'
import type { Dimension } from '../query/dimensions.ts'
import { EVENTS, type Source } from '../query/sources.ts'
import { reachedBaseline } from './baseline.ts'
import {
  CARRIER_DIMENSIONS,
  type Carrier,
  type CarrierDimension,
  type Carriers,
  readCarriers,
  whyNotEvents,
} from './carriers.ts'
import { amountsOf, countOf, type Period, picosOf, type SumsRow } from './measures.ts'
import type { ExplainQuery } from './question.ts'
import { compileModels, dimensions, modelSource } from './statements.ts'
import { progressOf, summaryOf } from './summary.ts'
import { amountText, percentOf, shareOf, sideOf } from './values.ts'

export type Explanation = Awaited<ReturnType<typeof explain>>

/** @throws LedgerError of the Warehouse port */
export async function explain(apiContext: ApiContext, asked: ExplainQuery) {
  const { context, scanned } = startReading(apiContext)
  // Before the figures: what was in by then is in them.
  const [freshUntil, dropped, reached] = await Promise.all([
    readFreshUntil(context),
    readWatermark(context, 'raw_dropped_before'),
    Promise.all(asked.baseline.windows.map(({ from }) => hasReached(context, from))),
  ])
  const { baseline, complete: begun } = reachedBaseline(asked.baseline, asked.window, reached)
  const query = { ...asked, baseline }
  const droppedBefore = dropped ?? 0
  const noEvents = whyNotEvents(query, droppedBefore)
  const { source, total, models } = await readModels(context, query, noEvents === undefined)
  const { scale, windows } = baseline
  const found = decompose(models, scale)
  const whole = {
    cost: picosOf(total, 'current_cost_usd'),
    before: picosOf(total, 'baseline_cost_usd'),
    baseline: found.baseline,
  }
  const lists = await inPairs(
    dimensions(CARRIER_DIMENSIONS),
    async dimension =>
      [dimension.name, await readCarriers(context, query, dimension, { whole, noEvents })] as const,
  )
  const carried = Object.fromEntries(lists) as Record<CarrierDimension, Carriers>
  const kept = source !== EVENTS || windows.every(({ from }) => from >= droppedBefore)
  const coverage = {
    current: coverageOf(total, 'current_'),
    baseline: coverageOf(total, 'baseline_'),
  }
  const sides = {
    current: sideOf(total, 'current', { n: 1n, d: 1n }),
    baseline: sideOf(total, 'baseline', scale),
  }
  const { zone } = query
  return {
    data: PARTS.filter(part => part !== 'new' || found.parts.new !== 0n).map(factor => ({
      factor,
      change_usd: amountText(found.parts[factor]),
      percent: percentOf(found.parts[factor], found.change),
    })),
    change_usd: amountText(found.change),
    /** Of the baseline. */
    percent: percentOf(found.change, found.baseline),
    ...sides,
    carried_by: Object.fromEntries(
      lists.map(([name, list]) => [
        name,
        'reason' in list ? null : list.map(one => rowOf(one, found.change)),
      ]),
    ) as Readonly<Record<CarrierDimension, readonly CarrierRow[] | null>>,
    summary: summaryOf({
      query,
      models,
      found,
      carried,
      coverage,
      progress: progressOf(query.window, { freshUntil, now: context.clock.now() }),
      // Weeks that the ledger has not are left out of a mean, and its words say so.
      complete: kept && (begun || windows.length < asked.baseline.windows.length),
    }),
    currency: CURRENCY,
    meta: {
      ...metaOf(query, { freshUntil, coverage: coverage.current, source: source.name }),
      scanned: scanned(),
      baseline: {
        name: baseline.name,
        windows: windows.map(({ from, to }) => ({
          from: formatInstant(from, zone),
          to: formatInstant(to, zone),
        })),
        scale: formatFraction(scale),
        complete: begun && kept,
        coverage: coverage.baseline,
      },
      /** Why a list of carried_by is null. */
      not_carried: Object.fromEntries(
        lists.flatMap(([name, list]) => ('reason' in list ? [[name, list.reason]] : [])),
      ) as Readonly<Partial<Record<CarrierDimension, string>>>,
    },
  }
}

export type CarrierRow = ({ readonly value: string } | { readonly others: number }) & {
  readonly cost_usd: string
  readonly baseline_cost_usd: string
  readonly change_usd: string
  /** Of the change; null where there is none. */
  readonly share: number | null
}

const rowOf = ({ value, cost, baseline }: Carrier, change: bigint): CarrierRow => ({
  ...(typeof value === 'string' ? { value } : value),
  cost_usd: amountText(cost),
  baseline_cost_usd: amountText(baseline),
  change_usd: amountText(cost - baseline),
  share: shareOf(cost - baseline, change),
})

/** Two statements at a time: one question must not take all connections from the others. */
async function inPairs<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let i = 0; i < items.length; i += 2) {
    results.push(...(await Promise.all(items.slice(i, i + 2).map(run))))
  }
  return results
}

interface Models {
  readonly source: Source
  readonly total: SumsRow
  readonly models: readonly ModelAmounts[]
}

/** From the rollups; from events where these mix the tokens of calls with and without a price, and events may be read. */
async function readModels(context: ApiContext, query: ExplainQuery, mayReadEvents: boolean): Promise<Models> {
  const { source, keys } = modelSource(query)
  const read = await readFrom(context, query, source, keys)
  const mixed = countOf(read.total, 'current_mixed_calls') + countOf(read.total, 'baseline_mixed_calls')
  if (mixed === 0n || !mayReadEvents) return read
  return readFrom(context, query, EVENTS, dimensions(['provider', 'model']))
}

async function readFrom(
  context: ApiContext,
  query: ExplainQuery,
  ...[source, keys]: [Source, readonly Dimension[]]
): Promise<Models> {
  const [total = {}, ...rows] = await ask<SumsRow>(context, compileModels(query, source, keys))
  const at = (name: string): string => `g${keys.findIndex(key => key.name === name)}`
  const models = rows.map(row => ({
    provider: String(row[at('provider')] ?? ''),
    model: String(row[at('model')] ?? ''),
    current: amountsOf(row, 'current'),
    baseline: amountsOf(row, 'baseline'),
  }))
  const rest = (period: Period): Amounts =>
    subtractAmounts(
      amountsOf(total, period),
      models.map(model => model[period]).reduce(addAmounts, NO_AMOUNTS),
    )
  const others = { provider: '', model: 'other models', current: rest('current'), baseline: rest('baseline') }
  const hasOthers = others.current.calls > 0n || others.baseline.calls > 0n
  return { source, total, models: hasOthers ? [...models, others] : models }
}
