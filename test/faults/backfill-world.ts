// The calls of a backfill, made inside the engine: all about a call follows from its number by hashes, so that two million take
// seconds and their total can be worked out again from the numbers alone. Consumers have fault runs of their own; this one is about
// what aggregators make of rows and batch rows. A repricing is told the same way: newer copies, and a batch row that says why.

import { DAY_MS, HOUR_MS, MINUTE_MS } from '#core/hours.ts'
import type { Warehouse } from '#ports/warehouse.ts'

export interface BackfillWorld {
  readonly seed: number
  /** The first day, ms. */
  readonly start: number
  readonly days: number
  readonly calls: number
}

/** How a call is told: a partial report, a second observer's estimate, the final report, and that one under newer prices. */
export type Told = 'first' | 'twin' | 'better' | 'repriced'

/** One call in so many is told again in each way. */
const TWINS = 20
const BETTER = 10
const REPRICED = 8

const hash = (salt: string): string => `cityHash64(number, {seed:UInt64}, '${salt}')`

/** Calls come in order of time give or take three hours, as a backfill does, and all lie within the days with their twins. */
const AT = `toInt64({start:UInt64}) + ${10 * MINUTE_MS} + toInt64(number * ({days:UInt64} * ${DAY_MS} - ${4 * HOUR_MS}) / {calls:UInt64})
    + toInt64(${hash('at')} % ${3 * HOUR_MS})`

/** Final reports, partial ones and estimates: the top two bits of a version. */
const QUALITY = { first: 2, twin: 1, better: 3, repriced: 3 } as const

/** Under the second book a call costs three times as much, and what had no price has one: half of it is 0. */
const COST = {
  listed: `if(${hash('unpriced')} % 50 = 0, NULL, toDecimal64(uncached_input_tokens, 12) / 1000000)`,
  repriced: `if(${hash('unpriced')} % 100 = 0, toDecimal64(0, 12), toDecimal64(uncached_input_tokens, 12) * 3 / 1000000)`,
}

const HAS = {
  first: 'true',
  twin: `${hash('twin')} % ${TWINS} = 0`,
  better: `${hash('better')} % ${BETTER} = 0`,
  repriced: `${hash('repriced')} % ${REPRICED} = 0`,
} as const

/** Rows of copies: what a call cost, and when it was said, follows from its number. */
export const copiesSql = (as: Told): string => `SELECT
  concat('call-', toString({seed:UInt64}), '-', toString(number)) AS event_id,
  fromUnixTimestamp64Milli(${AT}${as === 'twin' ? ` + toInt64(${hash('off')} % ${9 * MINUTE_MS})` : ''}, 'UTC') AS occurred_at,
  bitShiftLeft(toUInt64(${QUALITY[as]}), 62) + bitShiftLeft(toUInt64(${as === 'repriced' ? 2 : 1}), 44) + number AS version,
  concat('f', toString(${hash('feature')} % 12)) AS feature,
  concat('t', toString(${hash(as === 'twin' ? 'observer' : 'tenant')} % 40)) AS tenant_id,
  concat('u', toString(${hash('user')} % 2000)) AS user_id,
  concat('m', toString(${hash('model')} % 7)) AS model,
  'openai' AS provider, 'prod' AS environment, 'ok' AS status, toUInt32(1) AS attempt,
  toUInt32(${hash(as === 'first' || as === 'twin' ? as : 'better')} % 5000) AS uncached_input_tokens,
  toUInt32(${hash('output')} % 900) AS output_text_tokens,
  toUInt64(${hash('latency')} % 9000) AS latency_ms,
  ${as === 'repriced' ? COST.repriced : COST.listed} AS cost_usd,
  if(isNull(cost_usd), 'unpriced', 'priced') AS cost_status
FROM numbers({first:UInt64}, {count:UInt64})
WHERE ${HAS[as]}`

const COLUMNS =
  'event_id, occurred_at, version, feature, tenant_id, user_id, model, provider, environment, status, attempt, uncached_input_tokens, output_text_tokens, latency_ms, cost_usd, cost_status'

/** Stores copies of calls [first, first + count) and says so as a consumer does: rows first, then the batch row that names hours. */
export async function tell(
  writer: Warehouse,
  world: BackfillWorld,
  as: Told,
  { first, count }: { readonly first: number; readonly count: number },
): Promise<void> {
  const params = { ...worldParams(world), first, count }
  await writer.command(`INSERT INTO usage_events (${COLUMNS}) ${copiesSql(as)}`, { params })
  await writer.command(
    `INSERT INTO ingest_batches (kind, hours, read, stored)
SELECT '${as === 'repriced' ? 'reprice' : 'log'}',
  arraySort(groupUniqArrayArray(arrayMap(off -> toStartOfHour(occurred_at + toIntervalMinute(off)), [-10, 0, 10]))), count(), count()
FROM (${copiesSql(as)})`,
    { params },
  )
}

const worldParams = ({ seed, start, days, calls }: BackfillWorld) => ({ seed, start, days, calls })

/**
 * What everything must come to: a call counts once, with its final report at the newest price, else with its first report. Made from
 * the numbers alone; nothing that was stored is looked at.
 */
export async function expectedTotal(reader: Warehouse, world: BackfillWorld): Promise<string> {
  const of = (as: Told, unless: string) =>
    `SELECT cost_usd, uncached_input_tokens FROM (${copiesSql(as)} AND NOT (${unless}))`
  const [row] = await reader.query<{ total: string }>(
    `SELECT concat(toString(count()), ' calls, ', toString(toInt128(sum(cost_usd) * 1000000000000)), ' picos, ',
  toString(countIf(isNull(cost_usd))), ' unpriced, ', toString(sum(uncached_input_tokens)), ' in') AS total
FROM
(
  ${of('repriced', 'false')}
  UNION ALL ${of('better', HAS.repriced)}
  UNION ALL ${of('first', `${HAS.repriced} OR ${HAS.better}`)}
)`,
    { params: { ...worldParams(world), first: 0, count: world.calls }, timeoutMs: 300_000 },
  )
  return row?.total ?? ''
}
