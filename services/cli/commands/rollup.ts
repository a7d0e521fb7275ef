// `spendledger rollup`: recomputes hours now, by the aggregator's own steps. It may run beside a working aggregator: whoever
// began last wins, and both computed the same.

import { oldestAccepted } from '#core/accepted-times.ts'
import { DAY_MS, fromSqlTime, HOUR_MS, hoursOf, startOfDay, toSpans, toSqlTime } from '#core/hours.ts'
import type { Window } from '#core/periods.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { CommandError } from '../errors.ts'
import { counted } from '../figures.ts'
import { type Io, note, print } from '../io.ts'
import { createProgress } from '../progress.ts'
import { type ConfigOption, loadSettings } from '../settings.ts'
import { hoursBetween, type WindowOptions } from '../window.ts'

export type RollupOptions = WindowOptions & ConfigOption

export async function rollup(io: Io, options: RollupOptions): Promise<void> {
  const config = await loadSettings(io, options)
  const now = io.clock.now()
  const window = hoursBetween(options, config, now, '24h')
  refuseBefore(oldestAccepted({ now, retentionDays: config.rawRetentionDays }), window)
  const [
    { connectWarehouse },
    { createAggregatorContext },
    { recomputeSpan },
    { recordChanges },
    { readDroppedBefore },
  ] = await Promise.all([
    import('../../embedded/connect.ts'),
    import('../../aggregator/app.ts'),
    import('../../aggregator/recompute.ts'),
    import('../../aggregator/changes.ts'),
    import('#platform/dropped-before.ts'),
  ])
  const [{ createLogger }, { createMetrics }] = await Promise.all([
    import('#platform/log.ts'),
    import('#platform/metrics.ts'),
  ])
  const { warehouse, close } = await connectWarehouse(config, 'aggregator')
  const progress = createProgress(io)
  try {
    refuseBefore(await readDroppedBefore(warehouse), window)
    const context = createAggregatorContext({
      warehouse,
      log: createLogger({ level: config.logLevel, format: config.logFormat, service: 'cli' }),
      registry: createMetrics({ service: 'cli' }),
      clock: io.clock,
      topic: config.kafkaTopic,
      retentionDays: config.rawRetentionDays,
    })
    context.watermark = await readWatermark(warehouse)
    const gone = await daysWithoutEvents(warehouse, window)
    let hours = 0
    for (const span of toSpans(hoursOf(window))) {
      if (gone.has(startOfDay(span.from))) continue
      await recomputeSpan(context, span)
      await recordChanges(context, hoursOf(span))
      hours += (span.to - span.from) / HOUR_MS
      progress.show(`recomputed up to ${toSqlTime(span.to).slice(0, 16)}`)
    }
    progress.clear()
    await print(io, `recomputed ${counted(hours, 'hour')}`)
    for (const day of [...gone].sort((a, b) => a - b)) {
      await note(
        io,
        `${toSqlTime(day).slice(0, 10)} was left as it is: its events are gone and only totals remain`,
      )
    }
  } finally {
    progress.clear()
    await close()
  }
}

/** @throws CommandError if raw events of the window's beginning are gone: its hours would be recomputed from nothing */
function refuseBefore(floor: number, window: Window): void {
  if (window.from >= floor) return
  throw new CommandError(
    'wrong_usage',
    `--from lies before ${new Date(floor).toISOString().slice(0, 10)}: older events are not kept, and recomputing would empty those hours`,
  )
}

/** Which hours are closed, and so have their changes recorded. */
async function readWatermark(warehouse: Warehouse): Promise<number> {
  const [row] = await warehouse.query<{ value: string }>(
    "SELECT max(value) AS value FROM watermarks WHERE name = 'complete_until'",
  )
  return row ? fromSqlTime(row.value) : 0
}

/** Days that have totals and no events: retention dropped those, and recomputing from nothing would erase the totals too. */
async function daysWithoutEvents(warehouse: Warehouse, window: Window): Promise<Set<number>> {
  const params = { from: toSqlTime(startOfDay(window.from)), to: toSqlTime(startOfDay(window.to) + DAY_MS) }
  const rows = await warehouse.query<{ day: string }>(
    `SELECT DISTINCT toStartOfDay(quarter) AS day FROM usage_by_feature
WHERE quarter >= toDateTime({from:DateTime64(3, 'UTC')}) AND quarter < toDateTime({to:DateTime64(3, 'UTC')})
  AND is_deleted = 0 AND toYYYYMMDD(quarter) NOT IN
  (
    SELECT DISTINCT toYYYYMMDD(occurred_at) FROM usage_events
    WHERE occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {to:DateTime64(3, 'UTC')}
  )`,
    { params },
  )
  return new Set(rows.map(({ day }) => fromSqlTime(day)))
}
