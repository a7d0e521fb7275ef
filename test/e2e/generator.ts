// An outsider's view of the ledger: makes usage events in the providers' own shapes and works out, with rates of its own and
// the simplest arithmetic, what the totals must be. Imports nothing of the program.

interface Model {
  readonly provider: string
  readonly name: string
  /** Picodollars for one token: USD per million tokens times 10^6. Checked against the providers' price pages. */
  readonly input: bigint
  readonly cached: bigint
  readonly output: bigint
}

const MODELS: readonly Model[] = [
  { provider: 'openai', name: 'gpt-5.4', input: 2_500_000n, cached: 250_000n, output: 15_000_000n },
  { provider: 'openai', name: 'gpt-4.1-mini', input: 400_000n, cached: 100_000n, output: 1_600_000n },
  {
    provider: 'anthropic',
    name: 'claude-haiku-4-5',
    input: 1_000_000n,
    cached: 100_000n,
    output: 5_000_000n,
  },
  {
    provider: 'anthropic',
    name: 'claude-opus-4-8',
    input: 5_000_000n,
    cached: 500_000n,
    output: 25_000_000n,
  },
  { provider: 'google', name: 'gemini-2.5-flash', input: 300_000n, cached: 30_000n, output: 2_500_000n },
]

const FEATURES = ['support-chat', 'search', 'summaries'] as const

const HOUR = 3_600_000
const SECOND = 1_000

export type RawEvent = Record<string, unknown>

/** Events that go out together: as a file for `spendledger send`, or as one POST. */
export interface Shipment {
  readonly via: 'send' | 'post'
  readonly events: readonly RawEvent[]
}

export interface Totals {
  calls: number
  /** 1e-12 USD */
  cost: bigint
  unpriced: number
}

export interface World {
  readonly beforeRestart: readonly Shipment[]
  readonly afterRestart: readonly Shipment[]
  /** ISO hour | feature */
  readonly expected: ReadonlyMap<string, Totals>
  readonly refused: { readonly invalid: number; readonly tooOld: number; readonly inFuture: number }
  /** The invalid ones: no schema would let them pass. */
  readonly invalid: ReadonlySet<RawEvent>
  readonly sent: number
}

interface Call {
  readonly model: Model
  readonly input: number
  readonly cached: number
  readonly output: number
}

/** Deterministic noise: a linear congruential generator is enough here. */
function createNoise(seed: number) {
  let state = BigInt(seed) + 1n
  return (limit: number): number => {
    state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn
    return Number((state >> 33n) % BigInt(limit))
  }
}

const usageOf = ({ model, input, cached, output }: Call): RawEvent => {
  switch (model.provider) {
    case 'openai':
      return {
        prompt_tokens: input + cached,
        completion_tokens: output,
        total_tokens: input + cached + output,
        prompt_tokens_details: { cached_tokens: cached },
      }
    case 'anthropic':
      return { input_tokens: input, cache_read_input_tokens: cached, output_tokens: output }
    default:
      return {
        promptTokenCount: input + cached,
        cachedContentTokenCount: cached,
        candidatesTokenCount: output,
        totalTokenCount: input + cached + output,
      }
  }
}

const costOf = ({ model, input, cached, output }: Call): bigint =>
  model.input * BigInt(input) + model.cached * BigInt(cached) + model.output * BigInt(output)

/** About 10,000 events over the thirty hours before `now`, with everything that goes wrong in practice. */
export function generate(options: { now: number; seed: number }): World {
  const noise = createNoise(options.seed)
  const lastHour = Math.floor(options.now / HOUR) * HOUR - HOUR
  const firstHour = lastHour - 29 * HOUR
  const expected = new Map<string, Totals>()
  let serial = 0

  const randomCall = (): Call => ({
    model: MODELS[noise(MODELS.length)] as Model,
    input: noise(4_000),
    cached: noise(3_000),
    output: 1 + noise(900),
  })
  const randomTime = () => firstHour + noise(30) * HOUR + noise(HOUR)
  /** Away from borders, where no pair can reach another hour. */
  const feature = () => FEATURES[noise(FEATURES.length)] as string

  function event(call: Call, at: number, where: string, more: RawEvent = {}): RawEvent {
    serial += 1
    return {
      event_id: `gen-${options.seed}-${serial}`,
      occurred_at: new Date(at).toISOString(),
      provider: call.model.provider,
      request_model: call.model.name,
      usage: usageOf(call),
      feature: where,
      tenant_id: `tenant-${noise(20)}`,
      user_id: `user-${noise(200)}`,
      environment: 'prod',
      ...more,
    }
  }

  function count(at: number, where: string, cost: bigint | null): void {
    const key = `${new Date(Math.floor(at / HOUR) * HOUR).toISOString().slice(0, 13)}|${where}`
    const totals = expected.get(key) ?? { calls: 0, cost: 0n, unpriced: 0 }
    totals.calls += 1
    totals.cost += cost ?? 0n
    totals.unpriced += cost === null ? 1 : 0
    expected.set(key, totals)
  }

  function plain(): RawEvent {
    const call = randomCall()
    const at = randomTime()
    const where = feature()
    count(at, where, costOf(call))
    return event(call, at, where)
  }

  const base = Array.from({ length: 9_330 }, plain)
  const repeats = Array.from({ length: 300 }, () => base[noise(base.length)] as RawEvent)
  const repeatsAfterRestart = Array.from({ length: 100 }, () => base[noise(base.length)] as RawEvent)

  const unknown = Array.from({ length: 40 }, () => {
    const at = randomTime()
    const where = feature()
    count(at, where, null)
    return event({ ...randomCall(), model: { ...(MODELS[0] as Model), name: 'gpt-99-imaginary' } }, at, where)
  })

  /**
   * Two observers of one call: seconds apart across an hour's border, with other features. In one POST they arrive together
   * and the earlier one counts; in two, the one that arrived first.
   */
  const pairs = Array.from({ length: 40 }, (_, i) => {
    const border = firstHour + (1 + noise(29)) * HOUR
    const call = randomCall()
    const early = event(call, border - (1 + noise(20)) * SECOND, 'support-chat')
    const late = {
      ...early,
      occurred_at: new Date(border + noise(20) * SECOND).toISOString(),
      feature: 'search',
      tenant_id: 'tenant-other',
    }
    const together = i % 2 === 0
    const lateFirst = !together && i % 4 === 1
    const winner = lateFirst ? late : early
    count(Date.parse(winner.occurred_at as string), winner.feature as string, costOf(call))
    return { together, first: lateFirst ? late : early, second: lateFirst ? early : late }
  })

  /** A report on an aborted stream and the final one: the final one counts, whichever comes first. */
  const qualities = Array.from({ length: 30 }, (_, i) => {
    const final = randomCall()
    const at = randomTime()
    const where = feature()
    count(at, where, costOf(final))
    const good = event(final, at, where, { usage_source: 'provider' })
    const partial = {
      ...good,
      usage: usageOf({ ...final, output: Math.floor(final.output / 2) }),
      usage_source: i % 3 === 0 ? 'estimated' : 'provider_partial',
    }
    return i % 2 === 0 ? [partial, good] : [good, partial]
  })

  const invalid = Array.from({ length: 50 }, (_, i) =>
    breakEvent(event(randomCall(), randomTime(), feature()), i),
  )
  const old = Array.from({ length: 20 }, () =>
    event(randomCall(), options.now - 425 * 24 * HOUR - noise(HOUR), feature()),
  )
  const tomorrow = Array.from({ length: 20 }, () =>
    event(randomCall(), options.now + 24 * HOUR + noise(HOUR), feature()),
  )

  const middle = 5_000
  const main = [
    ...base.slice(0, middle),
    ...repeats.slice(0, 150),
    ...unknown,
    ...invalid,
    ...old,
    ...tomorrow,
  ]
  const rest = [...base.slice(middle), ...repeats.slice(150)]
  const post = (events: RawEvent[]): Shipment => ({ via: 'post', events })
  const beforeRestart: Shipment[] = [
    { via: 'send', events: shuffled(main, noise) },
    post(qualities.map(([first]) => first as RawEvent)),
    post(pairs.filter(pair => !pair.together).map(pair => pair.first)),
    ...chunks(
      pairs.filter(pair => pair.together).flatMap(pair => [pair.first, pair.second]),
      10,
    ).map(post),
    { via: 'send', events: shuffled(rest, noise) },
    post(qualities.map(([, second]) => second as RawEvent)),
    post(pairs.filter(pair => !pair.together).map(pair => pair.second)),
  ]
  const afterRestart: Shipment[] = chunks(repeatsAfterRestart, 7).map(post)
  const all = [...beforeRestart, ...afterRestart].flatMap(shipment => shipment.events)
  return {
    beforeRestart,
    afterRestart,
    expected,
    refused: { invalid: invalid.length, tooOld: old.length, inFuture: tomorrow.length },
    invalid: new Set(invalid),
    sent: all.length,
  }
}

/** Ten ways to be wrong. */
function breakEvent(event: RawEvent, kind: number): RawEvent {
  const usage = event['usage'] as RawEvent
  const [firstCount = 'x'] = Object.keys(usage)
  const wrong: RawEvent[] = [
    { usage: { ...usage, [firstCount]: null } },
    { usage: { ...usage, [firstCount]: '12' } },
    { usage: { ...usage, [firstCount]: -5 } },
    { usage: { ...usage, [firstCount]: 1.5 } },
    { occurred_at: '2026-02-30T00:00:00Z' },
    { occurred_at: undefined },
    { provider: undefined },
    { feature: 7 },
    { tags: { nested: { no: 'way' } } },
    { tokens: { input: -1 }, usage: undefined },
  ]
  return { ...event, ...wrong[kind % wrong.length] }
}

function shuffled<T>(items: readonly T[], noise: (limit: number) => number): T[] {
  const result = [...items]
  for (let i = result.length - 1; i > 0; i--) {
    const j = noise(i + 1)
    const swapped = result[i] as T
    result[i] = result[j] as T
    result[j] = swapped
  }
  return result
}

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
