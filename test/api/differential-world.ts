// The world of the differential test: random calls around clock changes, in copies that come late, again, better or otherwise,
// as data. Which of them count, and what they cost, is for others to say.

import fc from 'fast-check'
import { HOUR, QUARTER } from './differential-clock.ts'
import { type Copy, QUALITIES, type Rates } from './differential-naive.ts'

/** Days on which clocks change: at Chatham and Lord Howe, at Lord Howe again, in New York and St. John's. */
export const CHANGES: readonly number[] = ['2026-04-05', '2026-10-04', '2026-11-01'].map(date =>
  Date.parse(`${date}T00:00:00Z`),
)

/** ms around each that have events. */
export const REACH = 20 * HOUR

const rates = (input: number, cache_read: number, cache_write_5m: number, output: number) => ({
  input,
  cache_read,
  cache_write_5m,
  output,
  reasoning: output,
})

/** The second gives every model another price, and one a first. */
export const BOOKS: readonly [Rates, Rates] = [
  {
    small: rates(10_000_000, 1_234_567, 12_500_003, 20_000_001),
    large: rates(90_000_009, 9_000_001, 112_500_007, 450_000_000),
  },
  {
    small: rates(8_000_001, 800_000, 10_000_003, 16_000_005),
    large: rates(95_000_011, 9_500_001, 118_000_007, 470_000_003),
    late: rates(5_000_000, 500_000, 6_250_000, 10_000_000),
  },
]

type FieldValues = Readonly<Record<string, readonly (string | number | boolean)[]>>

/** Every dimension that a call has by itself, and its values; a value that stands twice comes twice as often. */
export const FIELDS = {
  feature: ['', 'chat', 'search'],
  team: ['', 'a', 'b'],
  task_type: ['', 'answer'],
  user_segment: ['', 'free', 'paid'],
  provider: ['openai', 'openai', 'openai', 'openrouter'],
  model: ['small', 'small', 'large', 'late', 'unheard-of'],
  environment: ['prod', 'dev'],
  release: ['', '1.0', '1.1'],
  status: ['ok', 'ok', 'ok', 'error', 'aborted', 'cached_by_gateway'],
  tenant_id: ['', 'acme', 'zeta'],
  user_id: ['', 'u1', 'u2', 'u3', 'u4'],
  error_type: ['', '429', 'timeout'],
  attempt: [0, 1, 1, 2, 3],
  batch: [false, false, true],
  streaming: [false, true],
  operation: ['', 'chat'],
  session_id: ['', 's1', 's2'],
  workflow_id: ['', 'w1'],
  prompt_id: ['', 'p1', 'p2'],
  prompt_version: ['', '1', '2'],
  service: ['', "it's \\ 100%", 'søk'],
  api_key_id: ['', 'k1'],
  routing_rule: ['', 'cheap'],
  baseline_model: ['', 'large'],
} as const satisfies FieldValues

export const TAGS = { exp: ['', 'x', 'y'], 'a.b': ['', 'x'] } as const

const oneOf = <T>(...values: readonly T[]) => fc.constantFrom(...values)

const fields = fc.record(
  Object.fromEntries(
    Object.entries<FieldValues[string]>(FIELDS).map(([name, values]) => [name, oneOf(...values)]),
  ),
)

const count = (max: number) => fc.oneof(fc.constant(0), fc.integer({ min: 0, max }))

/** What a report says of a call. */
const report = fc.record({
  usage_source: oneOf<Copy['usage_source']>('provider', 'provider', 'provider', ...QUALITIES),
  tokens: fc.record({
    // What has usage has some; a report of nothing but zeros is another report.
    input: fc.integer({ min: 1, max: 99_999 }),
    cache_read: count(50_000),
    cache_write_5m: count(9_999),
    output: count(9_999),
    reasoning: count(999),
  }),
  contradicts: oneOf(false, false, false, false, true),
  reported: oneOf('', '', '0.1', '0.000000000001', '12.345678901234'),
  latency_ms: count(60_000),
})

/** A copy beside the first one. */
const variation = fc.record({
  /** ms; within the ten minutes in which copies are one event. */
  later: oneOf(0, 0, 0, 1, 61_000, 599_999, 600_000),
  /** The id used again for another call, 40 minutes on. */
  again: oneOf(false, false, false, false, true),
  feature: fc.option(oneOf(...FIELDS.feature)),
  tenant_id: fc.option(oneOf(...FIELDS.tenant_id)),
  report: fc.option(report, { freq: 2 }),
  stage: oneOf(0, 0, 1, 2),
  book: oneOf(0, 1),
  tied: fc.boolean(),
})

const call = fc.record({
  change: oneOf(...CHANGES),
  quarter: fc.integer({ min: -REACH / QUARTER, max: REACH / QUARTER - 1 }),
  inside: fc.oneof(oneOf(0, 1, QUARTER - 1), fc.nat(QUARTER - 1)),
  fields,
  report,
  tags: fc.record({ exp: oneOf(...TAGS.exp), 'a.b': oneOf(...TAGS['a.b']) }, { requiredKeys: [] }),
  copies: fc.array(variation, { maxLength: 3 }),
  stage: oneOf(0, 0, 0, 1, 2),
})

/** A copy and when it comes: 0 before the first rollup, 1 before the repricing, 2 after it. */
export interface Arrival {
  readonly stage: number
  readonly copy: Copy
}

const NO_TOKENS = { input: 0, cache_read: 0, cache_write_5m: 0, output: 0, reasoning: 0 }

/** What has no usage has nothing that could contradict itself. */
const honest = (copy: Copy): Copy =>
  copy.usage_source === 'none' ? { ...copy, tokens: NO_TOKENS, contradicts: false } : copy

/** All copies of so many calls. No two of them tie in everything, so that each event has one best copy. */
export function randomArrivals(seed: number, calls: number): Arrival[] {
  return fc.sample(call, { seed, numRuns: calls }).flatMap((made, n) => {
    const at = made.change + made.quarter * QUARTER + made.inside
    const first: Copy = {
      ...made.report,
      event_id: `e${n}`,
      occurred_at: at,
      received_at: at + 700_000,
      book: 0,
      tags: made.tags,
      fields: made.fields,
    }
    const others = made.copies.map(({ later, again, feature, tenant_id, ...other }, i): Arrival => {
      const own = {
        feature: feature ?? made.fields['feature'] ?? '',
        tenant_id: tenant_id ?? made.fields['tenant_id'] ?? '',
      }
      const differs = later > 0 || own.feature !== made.fields['feature']
      const tied = i === 0 && other.tied && differs
      return {
        // There is no second book before the second stage.
        stage: other.book === 1 ? Math.max(1, other.stage) : other.stage,
        copy: honest({
          ...first,
          ...other.report,
          occurred_at: at + later + (again ? 40 * 60_000 : 0),
          received_at: first.received_at + (tied ? 0 : (2 * i - 3) * 1_000),
          book: other.book,
          fields: { ...made.fields, ...own },
        }),
      }
    })
    return [{ stage: made.stage, copy: honest(first) }, ...others]
  })
}
