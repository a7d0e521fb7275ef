// The world that the queries of docs/sql.md are asked about: calls written by hand at fixed distances from a moment, whose costs
// are tokens times RATES and nothing else. No code of the ledger is used to price them.

const MINUTE = 60_000
export const HOUR = 3_600_000
export const DAY = 86_400_000

export type Bucket = 'input' | 'read' | 'write' | 'output' | 'reasoning'

/** Picodollars (1e-12 USD) a token. */
export const RATES: Readonly<Record<string, Readonly<Record<Bucket, bigint>>>> = {
  small: { input: 1_000_000n, read: 100_000n, write: 1_250_000n, output: 2_000_000n, reasoning: 2_000_000n },
  large: {
    input: 10_000_000n,
    read: 1_000_000n,
    write: 12_500_000n,
    output: 20_000_000n,
    reasoning: 20_000_000n,
  },
  /** Has no price for a cache. */
  plain: { input: 3_000_000n, read: 0n, write: 0n, output: 6_000_000n, reasoning: 6_000_000n },
  opus: {
    input: 5_000_000n,
    read: 500_000n,
    write: 6_250_000n,
    output: 25_000_000n,
    reasoning: 25_000_000n,
  },
}

export interface Call {
  readonly id: string
  /** ms */
  readonly at: number
  /** ms */
  readonly received: number
  readonly source: string
  readonly provider: string
  readonly model: string
  readonly baseline: string
  readonly rule: string
  readonly feature: string
  readonly team: string
  readonly task: string
  readonly segment: string
  readonly environment: string
  readonly release: string
  readonly status: 'ok' | 'error' | 'aborted'
  readonly error: string
  readonly attempt: number
  readonly tenant: string
  readonly user: string
  readonly session: string
  readonly workflow: string
  readonly prompt: string
  readonly version: string
  readonly experiment: string
  readonly latency: number
  readonly tokens: Readonly<Record<Bucket, number>>
  readonly parts: Readonly<Record<string, number>>
  /** Half of the list price is owed. */
  readonly contract: boolean
  readonly costStatus: 'priced' | 'estimated' | 'unpriced' | 'inconsistent_usage'
  readonly reason: string
}

export const isPriced = ({ costStatus }: Call): boolean =>
  costStatus === 'priced' || costStatus === 'estimated'

/** Picodollars by bucket at list price; of a call without a price, all 0. */
export function listCost(call: Call): Record<Bucket, bigint> {
  const of = (bucket: Bucket): bigint =>
    isPriced(call) ? BigInt(call.tokens[bucket]) * (RATES[call.model]?.[bucket] ?? 0n) : 0n
  return {
    input: of('input'),
    read: of('read'),
    write: of('write'),
    output: of('output'),
    reasoning: of('reasoning'),
  }
}

export function ownCost(call: Call): Record<Bucket, bigint> {
  const list = listCost(call)
  const share = call.contract ? 2n : 1n
  return {
    input: list.input / share,
    read: list.read / share,
    write: list.write / share,
    output: list.output / share,
    reasoning: list.reasoning / share,
  }
}

export const sumOf = (cost: Readonly<Record<Bucket, bigint>>): bigint =>
  cost.input + cost.read + cost.write + cost.output + cost.reasoning

type Written = Partial<Omit<Call, 'tokens'>> & { readonly tokens?: Partial<Record<Bucket, number>> }

/** Calls around a moment: minutes, hours and weeks before it, and in the middle of the month before. */
export function callsBefore(now: number): Call[] {
  const calls: Call[] = []
  const prompt = `answer-${now}`
  const add = (at: number, written: Written): void => {
    calls.push({
      id: `${now}-${calls.length}`,
      at,
      received: at + 2_000,
      source: 'http',
      provider: 'openai',
      model: 'small',
      baseline: '',
      rule: '',
      feature: 'chat',
      team: 'support',
      task: 'answer',
      segment: 'free',
      environment: 'prod',
      release: 'r1',
      status: 'ok',
      error: '',
      attempt: 1,
      tenant: 'acme',
      user: 'u1',
      session: '',
      workflow: '',
      prompt: '',
      version: '',
      experiment: '',
      latency: 800,
      parts: {},
      contract: false,
      costStatus: 'priced',
      reason: '',
      ...written,
      tokens: { input: 1_000, read: 0, write: 0, output: 100, reasoning: 0, ...written.tokens },
    })
  }
  const large = { model: 'large', feature: 'search', team: 'discovery', task: 'rank' } as const
  const opus = {
    provider: 'anthropic',
    model: 'opus',
    feature: 'report',
    task: 'write',
    tenant: 'globex',
  } as const
  const lost = { costStatus: 'unpriced', reason: 'model_unknown', model: 'mystery' } as const

  // A minute ago, but never in another month.
  const month = startOfMonth(now)
  const minute = Math.max(now - MINUTE, month + (now - month) / 2)
  add(minute, { session: 's1', tokens: { input: 1_200, read: 800, output: 333 }, latency: 950 })
  add(minute, { ...large, release: 'r2', user: 'u2', session: 's2', tokens: { output: 77, reasoning: 40 } })
  add(minute, { ...lost, user: 'u1', session: 's1', tokens: { input: 500, output: 50 } })

  const today = now - 3 * HOUR
  add(today, {
    ...large,
    release: 'r2',
    user: 'u3',
    tokens: { input: 90_000, output: 4_000 },
    latency: 4_100,
  })
  add(today, {
    ...opus,
    user: 'u9',
    session: 's3',
    segment: 'pro',
    tokens: { input: 700, write: 3_000, output: 900 },
  })
  add(today, {
    status: 'error',
    error: 'rate_limit',
    session: 's1',
    tokens: { input: 0, output: 0 },
    latency: 0,
    ...lost,
    model: 'small',
    reason: 'no_usage',
  })
  add(today + MINUTE, { attempt: 2, session: 's1', tokens: { input: 900, output: 120 } })

  const yesterday = now - 30 * HOUR
  add(yesterday, { ...large, release: 'r1', user: 'u2', tokens: { input: 8_000, output: 400 } })
  add(yesterday, {
    release: 'r2',
    user: 'u4',
    tenant: 'initech',
    tokens: { input: 640, output: 64 },
    received: yesterday + 1.5 * HOUR,
  })
  add(yesterday, {
    ...opus,
    status: 'aborted',
    error: 'client_closed',
    user: 'u9',
    session: 's3',
    segment: 'pro',
    costStatus: 'estimated',
    tokens: { input: 700, output: 210 },
  })

  const routed = { rule: 'cheap-first', baseline: 'large' } as const
  const parts = { system_prompt: 300, history: 500, user_message: 200 }
  const twoDays = now - 2 * DAY - 2 * HOUR
  add(twoDays, {
    ...routed,
    parts,
    prompt,
    version: 'v2',
    tokens: { output: 210 },
    workflow: 'w1',
    experiment: 'a',
  })
  add(twoDays + MINUTE, {
    ...routed,
    parts,
    prompt,
    version: 'v2',
    tokens: { output: 230 },
    workflow: 'w1',
    experiment: 'b',
  })
  add(twoDays + MINUTE, {
    ...routed,
    prompt,
    version: 'v2',
    tokens: { read: 400, output: 201 },
    workflow: 'w2',
    experiment: 'b',
    user: 'u5',
  })
  add(twoDays, { ...routed, baseline: 'plain', tokens: { read: 50, output: 6 } })
  add(twoDays, { ...routed, baseline: 'plain', tokens: { output: 8 } })
  add(twoDays, { ...routed, baseline: 'unheard-of', user: 'u5', tokens: { output: 5 } })
  add(twoDays, { ...routed, ...lost, tokens: { output: 7 }, workflow: 'w2', experiment: 'a' })
  add(twoDays, {
    ...large,
    environment: 'staging',
    user: '',
    parts: { system_prompt: 4_000, retrieved_context: 9_000 },
    tokens: { input: 13_000, output: 20 },
  })

  const fiveDays = now - 5 * DAY
  add(fiveDays, {
    ...opus,
    user: 'u8',
    session: 's4',
    segment: 'pro',
    contract: true,
    tokens: { input: 2_001, read: 9_000, output: 333 },
  })
  add(fiveDays, {
    status: 'aborted',
    error: 'timeout',
    user: 'u6',
    tokens: { input: 1_500, output: 12 },
    latency: 30_000,
  })
  add(fiveDays, {
    ...large,
    costStatus: 'inconsistent_usage',
    reason: 'inconsistent',
    user: 'u2',
    tokens: { input: 10, output: 3 },
  })
  add(fiveDays, {
    feature: '',
    team: '',
    task: '',
    tokens: { output: 11 },
    received: fiveDays + 3 * HOUR + 1_500,
    source: 'import',
  })

  const weekBefore = now - 9 * DAY
  add(weekBefore, { prompt, version: 'v1', tokens: { output: 101 }, user: 'u5' })
  add(weekBefore, { prompt, version: 'v1', tokens: { output: 99 } })
  add(weekBefore + MINUTE, {
    ...opus,
    prompt: 'report',
    version: 'v7',
    user: 'u9',
    tokens: { output: 1_000 },
  })
  add(weekBefore, { ...large, release: 'r1', user: 'u2', tokens: { input: 30_000, output: 900 } })

  const twelveDays = now - 12 * DAY - 5 * HOUR
  add(twelveDays, {
    model: 'large',
    user: 'u7',
    release: 'r0',
    tokens: { input: 2_200, read: 300, output: 410 },
  })
  add(twelveDays, { ...lost, user: 'u7', release: 'r0', tokens: { input: 77, output: 7 } })

  add(twelveDays, { prompt, version: 'v0', tokens: { output: 40 } })

  // At the edges of days in other zones.
  const midnight = now - (now % DAY)
  add(midnight - 6 * DAY - 2 * HOUR, { user: 'u6', tokens: { output: 61 } })
  add(midnight - 5 * DAY - 2 * HOUR, { user: 'u6', tokens: { output: 62 } })
  add(midnight - 13 * DAY + 2 * HOUR, { user: 'u6', tokens: { output: 63 } })
  add(midnight - 12 * DAY + 2 * HOUR, { user: 'u6', tokens: { output: 64 } })

  const threeWeeks = now - 19 * DAY
  add(threeWeeks, { user: 'u4', tenant: 'initech', release: 'r0', tokens: { output: 55 } })
  add(threeWeeks, { ...opus, user: 'u8', release: 'r0', tokens: { output: 500 } })

  const monthBefore = startOfMonth(now, -1) + 14 * DAY + 12 * HOUR + 7 * MINUTE
  add(monthBefore, { tokens: { input: 11_000, read: 2_000, output: 1_500 }, release: 'r0' })
  add(monthBefore, {
    ...opus,
    contract: true,
    tokens: { input: 4_001, write: 800, output: 700 },
    release: 'r0',
  })
  add(monthBefore + MINUTE, { ...lost, release: 'r0', tokens: { input: 40, output: 4 } })
  return calls
}

function startOfMonth(now: number, months = 0): number {
  const day = new Date(now)
  return Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + months)
}
