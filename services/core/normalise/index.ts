// The step "normalise": one event with whatever usage its producer sent becomes one event with disjoint
// buckets, or a refusal. Everything after this step may trust the buckets.

import { type Refusal, shown } from '../errors.ts'
import { parseDecimal } from '../money-fraction.ts'
import { deadLetter, type Outcome, ok } from '../outcome.ts'
import { canonicalProvider, formatsOf } from '../providers.ts'
import { inputTotal, MAX_TOKENS_PER_BUCKET, outputTotal, TOKEN_BUCKETS, type Tokens } from '../tokens.ts'
import type { UsageEvent } from '../usage-event.ts'
import { normaliserOf, READABLE_FORMATS, usageFormatOf } from './formats.ts'
import type { NormalisedEvent, NormalisedUsage, UsageObject } from './types.ts'

export type { NormalisedEvent } from './types.ts'

/** Raised by hand whenever a normaliser gives other results for the same usage: stored events are then done again. */
export const NORMALISER_VERSION = 1

/**
 * Names the provider, reads `raw_usage` and checks that the figures agree. The event is within its limits already.
 * The usage object stands above what was written beside it: all-zero buckets are filled from it; buckets that were
 * filled too must say the same, else the event is inconsistent. Reported usage makes `usage_source` at least `provider`.
 * Refuses (dead letter) a usage object that nobody can read, and counts in it that are no counts.
 */
export function normaliseEvent(event: UsageEvent): Outcome<NormalisedEvent> {
  const provider = canonicalProvider(event.provider)
  const raw = readRaw(event, provider)
  if (raw.kind !== 'ok') return raw
  const usage = raw.value
  const sent = event.tokens
  const hasTokens = TOKEN_BUCKETS.some(bucket => sent[bucket] > 0)
  const hasUsage =
    usage !== undefined || hasTokens || event.usage_source !== 'none' || Object.keys(event.units).length > 0
  const merged: UsageEvent = { ...event }
  merged.provider = provider
  if (hasUsage && event.usage_source === 'none') merged.usage_source = 'provider'
  if (usage) {
    Object.assign(merged, usage.served)
    if (!hasTokens) merged.tokens = usage.tokens
    merged.units = { ...usage.units, ...event.units }
    merged.total_tokens_reported ??= usage.totalReported
    if (usage.reportedCost !== undefined) {
      merged.reported_cost = usage.reportedCost
      merged.reported_cost_source = 'provider'
    }
  }
  const overflow = checkSums(merged.tokens)
  if (overflow) return deadLetter(overflow)
  const agrees = usage === undefined || (sameTokens(merged.tokens, usage.tokens) && sameUnits(merged, usage))
  const total = merged.total_tokens_reported
  const addsUp = total === null || total === inputTotal(merged.tokens) + outputTotal(merged.tokens)
  return ok({ event: merged, consistent: (usage?.consistent ?? true) && agrees && addsUp, hasUsage })
}

/** The usage object read; undefined where there is none, or where nobody can read it and the producer filled the buckets. */
function readRaw(event: UsageEvent, provider: string): Outcome<NormalisedUsage | undefined> {
  if (event.raw_usage === '') return ok(undefined)
  const raw = parseObject(event.raw_usage)
  // `null` is what providers send when they report nothing.
  if (raw === null) return ok(undefined)
  if (raw === undefined) {
    return deadLetter(refused('bad_usage', 'raw_usage', event.raw_usage, 'a JSON object'))
  }
  const format = event.usage_format || usageFormatOf(provider, raw)
  const normalise = format === undefined ? undefined : normaliserOf(format)
  if (normalise) return normalise(raw)
  if (TOKEN_BUCKETS.some(bucket => event.tokens[bucket] > 0)) return ok(undefined)
  const own = formatsOf(provider)
  const formats = (own.length > 0 ? own : READABLE_FORMATS).join(', ')
  if (event.usage_format === '' && own.length > 0) {
    return deadLetter(refused('bad_usage', 'usage', raw, `one of ${formats}, or tokens`))
  }
  const none = own.length > 0 ? '' : ` (${provider} has no shape of its own here)`
  return deadLetter(
    refused(
      'bad_usage',
      'usage_format',
      event.usage_format,
      `one of ${formats}${none}, or tokens instead of usage`,
    ),
  )
}

function parseObject(text: string): UsageObject | null | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (value === null) return null
    return typeof value === 'object' && !Array.isArray(value) ? (value as UsageObject) : undefined
  } catch {
    return undefined
  }
}

/** Some buckets are sums of several counts, each of which was within its limit. */
function checkSums(tokens: Tokens): Refusal | undefined {
  const bucket = TOKEN_BUCKETS.find(name => tokens[name] > MAX_TOKENS_PER_BUCKET)
  return (
    bucket && refused('out_of_range', `tokens.${bucket}`, tokens[bucket], `0 to ${MAX_TOKENS_PER_BUCKET}`)
  )
}

const refused = (code: Refusal['code'], field: string, got: unknown, expected: string): Refusal => ({
  code,
  field,
  got: shown(got),
  expected,
})

const sameTokens = (a: Tokens, b: Tokens): boolean =>
  a === b || TOKEN_BUCKETS.every(bucket => a[bucket] === b[bucket])

/** A unit that both name must have one quantity; a producer may count more units than the usage object shows. */
const sameUnits = (event: UsageEvent, usage: NormalisedUsage): boolean =>
  Object.entries(usage.units).every(([unit, quantity]) => {
    const [ours, theirs] = [parseDecimal(event.units[unit] ?? ''), parseDecimal(quantity)]
    return ours?.n === theirs?.n && ours?.d === theirs?.d
  })
