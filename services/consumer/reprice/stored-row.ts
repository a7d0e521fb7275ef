// One stored row priced again: the same event, place and quality under a newer number, if anything about its price is
// different. A row that is the same keeps its number, so that repricing twice writes nothing the second time.

import { TOKEN_COLUMN } from '#core/columns.ts'
import { fromSqlTime } from '#core/hours.ts'
import { formatPicos, type Picos, parsePicos } from '#core/money.ts'
import { type NormalisedEvent, normaliseEvent } from '#core/normalise/index.ts'
import { type EventCost, priceEvent } from '#core/price.ts'
import { noTokens, TOKEN_BUCKETS } from '#core/tokens.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import { type StoredRow, toUsageEvent } from '#platform/stored-event.ts'
import type { NumberedBook } from '../context.ts'
import type { PricedEvent } from '../delivery.ts'

export interface Repriced {
  readonly row: StoredRow
  readonly priced: PricedEvent
}

const SEQUENCE_SHIFT = 44n
const SEQUENCE_BITS = 0x3ffffn << SEQUENCE_SHIFT

/** The version with another book number. Quality stays even where usage is read otherwise now: a lower one would never win. */
export const withSequence = (version: bigint, sequence: number): bigint =>
  (version & ~SEQUENCE_BITS) | (BigInt(sequence) << SEQUENCE_SHIFT)

/** The row under the new number; undefined if nothing about it would be different, or its usage cannot be read any more. */
export function repriceRow(row: StoredRow, { book, sequence }: NumberedBook): Repriced | undefined {
  const normalised = normaliseStored(row)
  if (!normalised) return undefined
  const { event } = normalised
  const cost = priceEvent(normalised, book)
  if (isSame(row, event, cost)) return undefined
  const place = {
    logId: String(row['log_id']),
    topic: String(row['log_topic']),
    partition: Number(row['log_partition']),
    record: { key: '', value: NO_BYTES, offset: Number(row['log_offset']), timestamp: 0 },
  }
  const priced = {
    place,
    event,
    cost,
    tokensGiven: row['tokens_given'] === true,
    version: withSequence(BigInt(String(row['version'])), sequence),
    receivedAt: fromSqlTime(String(row['received_at'])),
  }
  return { row, priced }
}

const NO_BYTES = new Uint8Array()

/** Usage that came as the provider's object alone is read again; what a producer filled in itself stands. */
function normaliseStored(row: StoredRow): NormalisedEvent | undefined {
  const stored = toUsageEvent(row)
  if (stored.raw_usage !== '' && row['tokens_given'] !== true) {
    const again = normaliseEvent({ ...stored, tokens: noTokens(), units: {} })
    if (again.kind === 'ok' && hasAmounts(again.value.event)) return withUnits(again.value, stored)
  }
  const outcome = normaliseEvent(stored)
  return outcome.kind === 'ok' ? outcome.value : undefined
}

/** With what the producer counted beside its usage object. */
const withUnits = (read: NormalisedEvent, { units }: UsageEvent): NormalisedEvent => ({
  ...read,
  event: { ...read.event, units: { ...units, ...read.event.units } },
})

const hasAmounts = ({ tokens, units }: UsageEvent): boolean =>
  TOKEN_BUCKETS.some(bucket => tokens[bucket] > 0) || Object.keys(units).length > 0

const usd = (picos: Picos | null): string | null => (picos === null ? null : formatPicos(picos))

/** Whether the row says all of it already. The number of the book that said so is no difference. */
function isSame(row: StoredRow, event: UsageEvent, cost: EventCost): boolean {
  const { components } = cost
  return (
    row['cost_usd'] === usd(cost.costUsd) &&
    row['cost_status'] === cost.status &&
    row['cost_reason'] === cost.reason &&
    row['list_cost_usd'] === usd(cost.listCostUsd) &&
    row['contracted_cost_usd'] === usd(cost.contractedCostUsd) &&
    row['reported_cost_usd'] === usd(cost.reportedCostUsd) &&
    row['price_rule_id'] === cost.ruleId &&
    row['price_variant'] === cost.variant &&
    row['price_tier'] === cost.tier &&
    (row['price_multipliers'] as string[]).join(' ') === cost.multipliers.join(' ') &&
    row['uncached_input_cost_usd'] === usd(components.uncachedInput) &&
    row['cache_read_cost_usd'] === usd(components.cacheRead) &&
    row['cache_write_cost_usd'] === usd(components.cacheWrite) &&
    row['output_cost_usd'] === usd(components.output) &&
    row['units_cost_usd'] === usd(components.units) &&
    row['model'] === cost.model &&
    row['provider'] === event.provider &&
    row['usage_source'] === event.usage_source &&
    SERVED.every(field => row[field] === event[field]) &&
    TOKEN_BUCKETS.every(bucket => row[TOKEN_COLUMN[bucket]] === event.tokens[bucket]) &&
    sameUnits(row['units'] as Record<string, string>, event.units)
  )
}

/** Fields that a usage object may say. */
const SERVED = ['service_tier', 'speed', 'inference_geo', 'batch', 'capacity'] as const

function sameUnits(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every(name => parsePicos(a[name] ?? '') === parsePicos(b[name] ?? ''))
}
