// The naive side of the differential test: which copies of events count and what they cost, in plain loops over all of them.
// It is written from the documents and imports nothing of what it judges; if it did, both would be wrong together.

export const BUCKETS = ['input', 'cache_read', 'cache_write_5m', 'output', 'reasoning'] as const
export type Bucket = (typeof BUCKETS)[number]
export type Counts = Readonly<Record<Bucket, number>>

/** From the worst to the best: a final report beats a partial one. */
export const QUALITIES = ['none', 'estimated', 'provider_partial', 'provider'] as const

/** A copy of an event as a consumer stored it. */
export interface Copy {
  readonly event_id: string
  /** ms */
  readonly occurred_at: number
  readonly received_at: number
  readonly usage_source: (typeof QUALITIES)[number]
  /** Which book it was priced with: 0 or 1. */
  readonly book: number
  readonly tokens: Counts
  /** Its reported total says something else than its buckets. */
  readonly contradicts: boolean
  /** USD, decimal; '' is none. The provider `openrouter` bills what it reports. */
  readonly reported: string
  readonly latency_ms: number
  readonly tags: Readonly<Record<string, string>>
  /** Every other dimension that the question may name, by its name. */
  readonly fields: Readonly<Record<string, string | number | boolean>>
}

/** Tenths of a picodollar for one token, by model and bucket; a model that is not there has no price. */
export type Rates = Readonly<Record<string, Counts>>

const COMPONENT = {
  input: 'uncached_input',
  cache_read: 'cache_read',
  cache_write_5m: 'cache_write',
  output: 'output',
  reasoning: 'output',
} as const
const COMPONENTS = ['uncached_input', 'cache_read', 'cache_write', 'output', 'units'] as const

/** Picodollars; null is not known. */
export interface Cost {
  readonly status: string
  readonly usd: bigint | null
  readonly components: Readonly<Record<(typeof COMPONENTS)[number], bigint>>
}

export interface Call extends Copy {
  readonly cost: Cost
}

export const picosOf = (usd: string): bigint => {
  const [, sign = '', whole = '', part = ''] = /^(-?)(\d+)(?:\.(\d{1,12}))?$/.exec(usd) ?? []
  if (whole === '') throw new Error(`${usd} is no amount`)
  return BigInt(`${sign}${whole}${part.padEnd(12, '0')}`)
}

export const halfEven = (n: bigint, d: bigint): bigint => {
  const [quotient, rest] = [n / d, 2n * (n % d)]
  return rest > d || (rest === d && quotient % 2n === 1n) ? quotient + 1n : quotient
}

const NOTHING = { uncached_input: 0n, cache_read: 0n, cache_write: 0n, output: 0n, units: 0n }
const without = (status: string): Cost => ({ status, usd: null, components: NOTHING })
const FREE: Cost = { status: 'unbilled', usd: 0n, components: NOTHING }

export function costOf(copy: Copy, books: readonly Rates[]): Cost {
  const { fields, tokens, usage_source: source } = copy
  if (fields['status'] === 'cached_by_gateway') return FREE
  if (fields['provider'] === 'openrouter' && copy.reported !== '') {
    const usd = picosOf(copy.reported)
    return { status: 'provider_reported', usd, components: { ...NOTHING, units: usd } }
  }
  if (copy.contradicts) return without('inconsistent_usage')
  if (source === 'none')
    return fields['status'] === 'error' && fields['error_type'] === '429' ? FREE : without('unpriced')
  const rates = fields['provider'] === 'openai' ? books[copy.book]?.[String(fields['model'])] : undefined
  if (!rates) return without('unpriced')
  // Twentieths of a picodollar: rates have tenths, and a batch costs half.
  const exact: Record<string, bigint> = { ...NOTHING }
  for (const bucket of BUCKETS) {
    const whole = BigInt(tokens[bucket]) * BigInt(rates[bucket])
    exact[COMPONENT[bucket]] = (exact[COMPONENT[bucket]] ?? 0n) + whole * (fields['batch'] ? 1n : 2n)
  }
  const usd = halfEven(
    Object.values(exact).reduce((sum, part) => sum + part, 0n),
    20n,
  )
  const components = { ...NOTHING }
  let rest = usd
  let largest: (typeof COMPONENTS)[number] = 'uncached_input'
  for (const name of COMPONENTS) {
    components[name] = (exact[name] ?? 0n) / 20n
    rest -= components[name]
    if ((exact[name] ?? 0n) > (exact[largest] ?? 0n)) largest = name
  }
  components[largest] += rest
  return { status: source === 'provider' ? 'priced' : 'estimated', usd, components }
}

/** Quality, then the newest book, then the first to arrive; of partial reports the last, since they grow. */
function versionOf({ usage_source: source, book, received_at: received }: Copy): bigint {
  const arrival = source === 'provider_partial' ? received : 2 ** 44 - 1 - received
  return BigInt(QUALITIES.indexOf(source)) * 2n ** 62n + BigInt(book) * 2n ** 44n + BigInt(arrival)
}

function beats(a: Copy, b: Copy): boolean {
  const [versionA, versionB] = [versionOf(a), versionOf(b)]
  if (versionA !== versionB) return versionA > versionB
  if (a.occurred_at !== b.occurred_at) return a.occurred_at < b.occurred_at
  const features = [String(a.fields['feature']), String(b.fields['feature'])] as const
  if (features[0] !== features[1]) return features[0] > features[1]
  return String(a.fields['tenant_id']) > String(b.fields['tenant_id'])
}

const TWIN_MS = 10 * 60_000

/** The copy of each event that counts; copies with more than ten minutes between them are of two events. */
export function winners(copies: readonly Copy[]): Copy[] {
  const best: Copy[] = []
  let last: Copy | undefined
  const order = (a: Copy, b: Copy) =>
    a.event_id === b.event_id ? a.occurred_at - b.occurred_at : a.event_id < b.event_id ? -1 : 1
  for (const copy of [...copies].sort(order)) {
    const known = best.at(-1)
    const isTwin = last?.event_id === copy.event_id && copy.occurred_at - last.occurred_at <= TWIN_MS
    if (!known || !isTwin) best.push(copy)
    else if (beats(copy, known)) best[best.length - 1] = copy
    last = copy
  }
  return best
}

export const callsOf = (copies: readonly Copy[], books: readonly Rates[]): Call[] =>
  winners(copies).map(copy => ({ ...copy, cost: costOf(copy, books) }))
