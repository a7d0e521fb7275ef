// Which rows are looked at: those of an older number that the newer book may price otherwise, day by day and in slices that
// fit into memory.

import { groupBy } from '#core/group-by.ts'
import { DAY_MS, fromSqlTime, HOUR_MS, toSqlTime } from '#core/hours.ts'
import { NORMALISER_VERSION } from '#core/normalise/index.ts'
import type { PriceBookJson } from '#core/price-book-json.ts'
import type { Parameters } from '#ports/warehouse.ts'
import { type BookChange, changesBetween } from './book-changes.ts'
import { type RepriceContext, type RepriceScope, SCAN_TIMEOUT_MS } from './scope.ts'

/** A condition on rows of usage_events, with the parameters that it names. */
export interface Candidates {
  readonly where: string
  readonly params: Parameters
  /** Starts of days that hold rows of an older number, the newest first, ms. */
  readonly days: readonly number[]
}

/** [from, to) in ms, with few enough events to be held in memory. */
export interface Slice {
  readonly from: number
  readonly to: number
  readonly events: number
}

/** Events of a slice: some 60 MB while they are priced, 150 MB with what is collected later. Twice as many are no faster. */
const SLICE_EVENTS = 4_000

/** The book number in a version: 18 bits above the 44 of received_at. */
export const SEQUENCE_SQL = 'toUInt32(bitAnd(bitShiftRight(version, 44), 262143))'

/** More models than this are not listed in a statement. */
const MOST_MODELS = 2_000

/** The provider's own account of several requests behind one call, of which each may be another model's. */
const SEVERAL_MODELS = 'position(raw_usage, \'"iterations"\') > 0'

/** No price was known: a name or a rule that is new may give it one. */
const NOT_PRICED = "(cost_status = 'unpriced' AND cost_reason != 'no_usage')"

export async function findCandidates(context: RepriceContext, scope: RepriceScope): Promise<Candidates> {
  const { warehouse, pricing } = context
  const range = {
    from: toSqlTime(scope.from),
    to: toSqlTime(scope.to),
    sequence: pricing.sequence,
  }
  // Replaced and hidden rows are counted too: at worst a day is looked at in vain.
  const rows = await warehouse.query<{ day: string; number: number }>(
    `SELECT toStartOfDay(occurred_at) AS day, ${SEQUENCE_SQL} AS number
FROM usage_events
WHERE occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {to:DateTime64(3, 'UTC')} AND is_deleted = 0
GROUP BY day, number HAVING number < {sequence:UInt32} ORDER BY day DESC`,
    { params: range, timeoutMs: SCAN_TIMEOUT_MS },
  )
  const older = [...new Set(rows.map(row => row.number))]
  const changed = await changedSince(context, older)
  const conditions = [`${SEQUENCE_SQL} < {sequence:UInt32}`, changed.where]
  if (scope.provider !== undefined) conditions.push('provider = {provider:String}')
  if (scope.model !== undefined) conditions.push('model = {model:String}')
  return {
    where: conditions.join('\n  AND '),
    params: {
      ...changed.params,
      sequence: pricing.sequence,
      ...(scope.provider === undefined ? {} : { provider: scope.provider }),
      ...(scope.model === undefined ? {} : { model: scope.model }),
    },
    days: [...new Set(rows.map(row => fromSqlTime(row.day)))],
  }
}

/** One condition for each group of numbers that differ alike from our book. */
async function changedSince(
  context: RepriceContext,
  numbers: readonly number[],
): Promise<{ where: string; params: Parameters }> {
  const books = await booksOf(context, numbers)
  const { json: ours } = context.pricing.book
  const whole: number[] = []
  const parts: string[] = []
  const params: Record<string, Parameters[string]> = {}
  const byBook = groupBy(numbers, number => books.get(number) ?? '')
  for (const [index, [hash, group]] of [...byBook].entries()) {
    const json = hash === '' ? undefined : await loadBook(context, hash)
    const change: BookChange = json ? changesBetween(json, ours) : { kind: 'everything' }
    if (change.kind === 'everything' || change.models.size > MOST_MODELS) {
      whole.push(...group)
      continue
    }
    params[`numbers${index}`] = group
    params[`providers${index}`] = [...change.providers]
    params[`models${index}`] = [...change.models]
    const some = [
      NOT_PRICED,
      SEVERAL_MODELS,
      `provider IN {providers${index}:Array(String)}`,
      `concat(provider, ' ', model) IN {models${index}:Array(String)}`,
      ...(change.units ? ['notEmpty(units)'] : []),
    ]
    parts.push(`(${SEQUENCE_SQL} IN {numbers${index}:Array(UInt32)} AND (${some.join(' OR ')}))`)
  }
  params['whole'] = whole
  return { where: `(${[`${SEQUENCE_SQL} IN {whole:Array(UInt32)}`, ...parts].join('\n    OR ')})`, params }
}

/** The book of each number; none where the usage was read by another normaliser, or the number is not known. */
async function booksOf(
  { warehouse }: RepriceContext,
  numbers: readonly number[],
): Promise<Map<number, string>> {
  const rows = await warehouse.query<{ sequence: number; hash: string; normaliser: number }>(
    `SELECT sequence, any(effective_hash) AS hash, any(normaliser_version) AS normaliser
FROM price_book_versions WHERE sequence IN {numbers:Array(UInt32)} GROUP BY sequence`,
    { params: { numbers } },
  )
  return new Map(
    rows.filter(row => row.normaliser === NORMALISER_VERSION).map(row => [row.sequence, row.hash]),
  )
}

async function loadBook({ warehouse }: RepriceContext, hash: string): Promise<PriceBookJson | undefined> {
  const sql = 'SELECT json FROM price_books WHERE hash = {hash:String} LIMIT 1'
  const [row] = await warehouse.query<{ json: string }>(sql, { params: { hash } })
  return row && (JSON.parse(row.json) as PriceBookJson)
}

/** The candidates of a day in slices, in order of time. @param within only these hours, ms */
export async function slicesOf(
  { warehouse }: RepriceContext,
  candidates: Candidates,
  range: { readonly from: number; readonly to: number },
  within?: ReadonlySet<number>,
): Promise<Slice[]> {
  const rows = await warehouse.query<{ hour: string; events: string }>(
    `SELECT toStartOfHour(occurred_at) AS hour, count() AS events
FROM usage_events FINAL
WHERE occurred_at >= {from:DateTime64(3, 'UTC')} AND occurred_at < {to:DateTime64(3, 'UTC')}
  AND ${candidates.where}
GROUP BY hour ORDER BY hour`,
    {
      params: { ...candidates.params, from: toSqlTime(range.from), to: toSqlTime(range.to) },
      timeoutMs: SCAN_TIMEOUT_MS,
    },
  )
  const slices: Slice[] = []
  for (const row of rows) {
    const hour = fromSqlTime(row.hour)
    if (within && !within.has(hour)) continue
    for (const slice of cut(hour, Number(row.events))) {
      const last = slices.at(-1)
      const joins = last && last.to === slice.from && last.events + slice.events <= SLICE_EVENTS
      if (joins)
        slices[slices.length - 1] = { from: last.from, to: slice.to, events: last.events + slice.events }
      else slices.push(slice)
    }
  }
  return slices
    .map(slice => ({ ...slice, from: Math.max(slice.from, range.from), to: Math.min(slice.to, range.to) }))
    .filter(slice => slice.from < slice.to)
}

/** A busy hour is cut into equal parts of time. */
function cut(hour: number, events: number): Slice[] {
  const parts = Math.max(1, Math.ceil(events / SLICE_EVENTS))
  const border = (i: number) => hour + Math.floor((i * HOUR_MS) / parts)
  return Array.from({ length: parts }, (_, i) => ({
    from: border(i),
    to: border(i + 1),
    events: Math.ceil(events / parts),
  }))
}

export const endOfDay = (day: number): number => day + DAY_MS
