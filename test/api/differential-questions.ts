// Random questions for the differential test, and how each is asked over HTTP.

import fc from 'fast-check'
import { METRICS, type Question, SUMS } from './differential-answer.ts'
import { DAY, type Granularity, type NaiveZone, naiveZone, QUARTER, type Span } from './differential-clock.ts'
import { CHANGES, FIELDS, REACH, TAGS } from './differential-world.ts'

/** With whole, half and quarter hours, and all kinds of clock changes. */
const ZONES: readonly NaiveZone[] = [
  'UTC',
  'America/New_York',
  'Asia/Kolkata',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'America/St_Johns',
  'Pacific/Chatham',
].map(naiveZone)

/** A question and the window as it is written: a date is the zone's. */
export interface Asked extends Question {
  readonly from: string
  readonly to: string
}

type Text = readonly [from: string, to: string]

const iso = (ms: number): string => new Date(ms).toISOString()

/** [from, to) around a clock change, in steps of so many ms. */
const instants = (step: number): fc.Arbitrary<(change: number) => Text> =>
  fc
    .tuple(
      fc.integer({ min: -REACH / step, max: REACH / step - 1 }),
      fc.integer({ min: 1, max: REACH / step }),
    )
    .map(([start, length]) => change => [iso(change + start * step), iso(change + (start + length) * step)])

const dateOf = (change: number, days: number): string => iso(change + days * DAY).slice(0, 10)

/** Whole days, and a day that has only begun. */
const days = fc
  .record({
    start: fc.integer({ min: -2, max: 1 }),
    length: fc.integer({ min: 1, max: 3 }),
    clock: fc.constantFrom('', 'T06:45', 'T18:30'),
  })
  .map(
    ({ start, length, clock }) =>
      (change: number): Text =>
        clock === ''
          ? [dateOf(change, start), dateOf(change, start + length)]
          : [dateOf(change, start), dateOf(change, start) + clock],
  )

/** A whole month, and one that has only begun. */
const months = fc
  .record({ whole: fc.boolean(), day: fc.integer({ min: 3, max: 28 }) })
  .map(({ whole, day }) => (change: number): Text => {
    const first = new Date(
      Date.UTC(new Date(change).getUTCFullYear(), new Date(change - DAY).getUTCMonth(), 1),
    )
    const next = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1))
    const begun = `${iso(first.getTime()).slice(0, 8)}${String(day).padStart(2, '0')}`
    return [iso(first.getTime()).slice(0, 10), whole ? iso(next.getTime()).slice(0, 10) : begun]
  })

const window = fc.oneof(
  { weight: 5, arbitrary: instants(QUARTER) },
  { weight: 2, arbitrary: instants(1) },
  { weight: 3, arbitrary: days },
  { weight: 2, arbitrary: months },
)

/** The values that a filter may name, by dimension. */
const VALUES: ReadonlyMap<string, readonly string[]> = new Map([
  ...Object.entries<readonly (string | number | boolean)[]>(FIELDS).map(
    ([name, values]) => [name, [...new Set(values.map(String))]] as const,
  ),
  ['cost_status', ['priced', 'estimated', 'unpriced', 'inconsistent_usage', 'unbilled', 'provider_reported']],
  ['usage_source', ['provider', 'provider_partial', 'estimated', 'none']],
  ...Object.entries<readonly string[]>(TAGS).map(([key, values]) => [`tag.${key}`, values] as const),
])

const NAMES = [...VALUES.keys()]
const ROLLED_UP = NAMES.slice(0, NAMES.indexOf('status') + 1)
const BY_USER = ['tenant_id', 'user_id', 'feature', 'model']

/** Of one rollup, or of any. */
const some = (maxLength: number): fc.Arbitrary<string[]> =>
  fc.oneof(
    ...[ROLLED_UP, BY_USER, NAMES].map(names => fc.uniqueArray(fc.constantFrom(...names), { maxLength })),
  )

const filters = some(2).chain(names =>
  fc.tuple(
    ...names.map(name =>
      fc
        .uniqueArray(fc.constantFrom(...(VALUES.get(name) ?? [])), { minLength: 1, maxLength: 3 })
        .map(values => ({ name, values })),
    ),
  ),
)

const ALWAYS = ['calls', 'cost_usd', 'unpriced_calls']
const DEFAULT = ['calls', 'input_tokens', 'output_tokens', 'cost_usd', 'unpriced_calls']

const metricNames = fc.oneof(
  fc.constant([]),
  ...[Object.keys(SUMS), Object.keys(METRICS)].map(names =>
    fc.uniqueArray(fc.constantFrom(...names), { minLength: 1, maxLength: 6 }),
  ),
)

export const question: fc.Arbitrary<Asked> = fc
  .record({
    zone: fc.constantFrom(...ZONES),
    change: fc.constantFrom(...CHANGES),
    window,
    granularity: fc.constantFrom<Granularity | undefined>(
      undefined,
      undefined,
      undefined,
      'hour',
      'day',
      'week',
      'month',
    ),
    groupBy: some(3),
    filters,
    metrics: metricNames,
    compare: fc.boolean(),
  })
  .map(({ change, window: windowAt, metrics, ...rest }) => {
    const [from, to] = windowAt(change)
    return {
      ...rest,
      metrics: metrics.length === 0 ? DEFAULT : [...new Set([...ALWAYS, ...metrics])],
      from,
      to,
      window: spanOf(from, to, rest.zone),
    }
  })
  .map(asked => ({ ...asked, [fc.toStringMethod]: () => pathOf(asked) }))

/** An instant, or what the zone's clocks show. */
function spanOf(from: string, to: string, zone: NaiveZone): Span {
  const read = (text: string): number =>
    text.endsWith('Z')
      ? Date.parse(text)
      : zone.instantAt(Date.parse(`${text}${text.length > 10 ? ':00' : ''}Z`))
  return { from: read(from), to: read(to) }
}

export function pathOf({
  zone,
  from,
  to,
  granularity,
  groupBy,
  filters: given,
  metrics,
  compare,
}: Asked): string {
  const parameters = new URLSearchParams({ from, to, tz: zone.name, limit: '10000' })
  if (groupBy.length > 0) parameters.set('group_by', groupBy.join())
  if (metrics !== DEFAULT) parameters.set('metrics', metrics.join())
  if (granularity) parameters.set('granularity', granularity)
  if (compare) parameters.set('compare', 'previous')
  for (const { name, values } of given) for (const value of values) parameters.append(name, value)
  return `/v1/costs${granularity ? '/timeseries' : ''}?${parameters}`
}
