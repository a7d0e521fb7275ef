// The step "normalise": one event with whatever usage its producer sent becomes one event with disjoint
// buckets, or a refusal. Everything after this step may trust the buckets.

import { type Refusal, shown } from '../errors.ts'
import { parseDecimal } from '../money-fraction.ts'
import { deadLetter, type Outcome, ok } from '../outcome.ts'
import { wasTurnedDown } from '../price-unbilled.ts'
import { canonicalProvider, formatsOf } from '../providers.ts'
import { type FoldedStream, foldStream } from '../stream/index.ts'
import {
  inputTotal,
  MAX_TOKENS_PER_BUCKET,
  noTokens,
  outputTotal,
  TOKEN_BUCKETS,
  type Tokens,
} from '../tokens.ts'
import type { UsageEvent } from '../usage-event.ts'
import { isAggregate } from './aggregate.ts'
import { formatNamed, normaliserOf, READABLE_FORMATS, usageFormatOf } from './formats.ts'
import { googleTier } from './gemini.ts'
import type { NormalisedEvent, NormalisedUsage, UsageObject } from './types.ts'

export type { NormalisedEvent } from './types.ts'

/** Raised by hand whenever a normaliser gives other results for the same usage: stored events are then done again. */
export const NORMALISER_VERSION = 2

/**
 * Names the provider, reads `raw_usage` and checks that the figures agree. The event is within its limits already.
 * The usage object stands above what was written beside it: all-zero buckets are filled from it; buckets that were
 * filled too must say the same, else the event is inconsistent. Reported usage makes `usage_source` at least `provider`,
 * a stream that was cut off `provider_partial`. Where nothing was reported of a call that was cut off, the prompt's parts
 * are the least that it used. The usage of an aggregate is no usage of its own and is emptied.
 * Refuses (dead letter) a usage object that nobody can read, and counts in it that are no counts.
 */
export function normaliseEvent(event: UsageEvent): Outcome<NormalisedEvent> {
  const provider = canonicalProvider(event.provider)
  const raw = readRaw(event, provider)
  if (raw.kind !== 'ok') return raw
  const usage = raw.value?.usage
  const sent = event.tokens
  const hasTokens = TOKEN_BUCKETS.some(bucket => sent[bucket] > 0)
  const hasUsage =
    usage !== undefined || hasTokens || event.usage_source !== 'none' || Object.keys(event.units).length > 0
  const merged: UsageEvent = { ...event }
  merged.provider = provider
  if (event.service_tier !== '' && isGoogle(provider)) Object.assign(merged, googleTier(event.service_tier))
  if (!hasUsage && wasCutOff(event)) return estimatePrompt(merged)
  if (hasUsage && event.usage_source === 'none') merged.usage_source = 'provider'
  if (raw.value?.complete === false && merged.usage_source === 'provider') {
    merged.usage_source = 'provider_partial'
  }
  if (usage) {
    if (raw.value?.serviceTier) merged.service_tier = raw.value.serviceTier
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
  if (isAggregate(event)) return ok({ event: emptied(merged), consistent: true, hasUsage })
  const sameBuckets = usage !== undefined && sameTokens(merged.tokens, usage.tokens)
  const agrees = usage === undefined || (sameBuckets && sameUnits(merged, usage))
  const total = merged.total_tokens_reported
  const addsUp = total === null || total === inputTotal(merged.tokens) + outputTotal(merged.tokens)
  const consistent = (usage?.consistent ?? true) && agrees && addsUp
  const parts = sameBuckets ? usage.parts : undefined
  return ok({ event: merged, consistent, hasUsage, ...(parts ? { parts } : {}) })
}

const isGoogle = (provider: string): boolean => provider === 'google' || provider === 'gcp_vertex'

/** Given up after it was sent: providers bill its input at least. An error that the provider answered with is none. */
const wasCutOff = (event: UsageEvent): boolean =>
  event.status === 'aborted' || (event.status === 'error' && !wasTurnedDown(event))

/** A lower bound: what the producer counted of its prompt, where it did. */
function estimatePrompt(event: UsageEvent): Outcome<NormalisedEvent> {
  const input = Object.values(event.prompt_parts).reduce((sum, tokens) => sum + tokens, 0)
  if (input === 0) return ok({ event, consistent: true, hasUsage: false })
  event.tokens = { ...event.tokens, input }
  event.usage_source = 'estimated'
  const overflow = checkSums(event.tokens)
  return overflow ? deadLetter(overflow) : ok({ event, consistent: true, hasUsage: true })
}

/** Without usage of its own; the total stays, for comparison with the calls that it sums up. */
const emptied = (event: UsageEvent): UsageEvent => ({
  ...event,
  total_tokens_reported:
    event.total_tokens_reported ?? (inputTotal(event.tokens) + outputTotal(event.tokens) || null),
  tokens: noTokens(),
  units: {},
})

interface RawUsage {
  readonly usage: NormalisedUsage
  /** false: a stream that broke off, and what was known by then. */
  readonly complete: boolean
  /** As served, where a stream says so beside the usage. */
  readonly serviceTier: string
}

/** The usage object read; undefined where there is none, or where nobody can read it and the producer filled the buckets. */
function readRaw(event: UsageEvent, provider: string): Outcome<RawUsage | undefined> {
  if (event.raw_usage === '') return ok(undefined)
  const raw = parseRaw(event.raw_usage)
  // `null` is what providers send when they report nothing.
  if (raw === null) return ok(undefined)
  const stream = isChunks(raw) ? foldStream(formatNamed(event.usage_format), provider, raw) : undefined
  const usage = isChunks(raw) ? stream?.usage : raw
  if (usage === undefined) {
    const expected = isChunks(raw) ? 'chunks of a stream with usage in one' : 'a JSON object'
    return deadLetter(refused('bad_usage', 'raw_usage', event.raw_usage, expected))
  }
  const format = stream?.format ?? (event.usage_format || usageFormatOf(provider, usage))
  const normalise = format === undefined ? undefined : normaliserOf(format)
  if (normalise) return asRaw(normalise(usage, provider), stream)
  if (TOKEN_BUCKETS.some(bucket => event.tokens[bucket] > 0)) return ok(undefined)
  return deadLetter(unreadable(event, provider, usage))
}

const asRaw = (outcome: Outcome<NormalisedUsage>, stream: FoldedStream | undefined): Outcome<RawUsage> =>
  outcome.kind === 'ok'
    ? ok({ usage: outcome.value, complete: stream?.complete ?? true, serviceTier: stream?.serviceTier ?? '' })
    : outcome

function unreadable(event: UsageEvent, provider: string, usage: UsageObject): Refusal {
  const own = formatsOf(provider)
  const formats = (own.length > 0 ? own : READABLE_FORMATS).join(', ')
  if (event.usage_format === '' && own.length > 0) {
    return refused(
      'bad_usage',
      'usage',
      usage,
      `one of ${formats}, or another shape named in usage_format, or tokens`,
    )
  }
  const none = own.length > 0 ? '' : ` (${provider} has no shape of its own here)`
  const expected = `one of ${formats}${none}, or tokens instead of usage`
  return refused('bad_usage', 'usage_format', event.usage_format, expected)
}

/** An object, or the chunks of a stream; undefined for any other text. */
function parseRaw(text: string): UsageObject | readonly unknown[] | null | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' ? (value as UsageObject | readonly unknown[] | null) : undefined
  } catch {
    return undefined
  }
}

const isChunks = (raw: UsageObject | readonly unknown[] | undefined): raw is readonly unknown[] =>
  Array.isArray(raw)

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
