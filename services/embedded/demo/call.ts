// One call of the demo as the events that a service would send: usually one, two where the first attempt failed.

import type { User } from './customers.ts'
import {
  CODE_REVIEW,
  DOC_SEARCH,
  type Feature,
  GPT,
  type Model,
  OPUS,
  SQL_ASSISTANT,
  SUPPORT_CHAT,
} from './features.ts'
import { type Incidents, isCacheBroken, isWordy, promptGrowth, releaseOf } from './incidents.ts'
import type { Random } from './random.ts'
import { type Counts, usageOf } from './usage.ts'

/** An event in the JSON form of POST /v1/events. */
export interface DemoEvent {
  readonly event_id: string
  /** ISO, UTC. */
  readonly occurred_at: string
  readonly provider: string
  readonly request_model: string
  readonly [field: string]: unknown
}

export interface Call {
  readonly id: string
  /** ms */
  readonly at: number
  readonly feature: Feature
  readonly user: User
}

const FAILED = 0.012
const NOT_PROD = 0.07
const UNKNOWN_MODEL = 0.0002
const WITHOUT_FEATURE = 0.001

/** How often a cache still holds the shared prompt. */
const CACHE_HITS = 0.88

const FAILURES: Readonly<Record<Model['provider'], readonly string[]>> = {
  openai: ['rate_limit_exceeded', 'server_error'],
  anthropic: ['overloaded_error', 'rate_limit_error'],
  google: ['RESOURCE_EXHAUSTED', 'UNAVAILABLE'],
}

/** The events of a call. Every call draws the same numbers whatever went wrong, so incidents change nothing but themselves. */
export function eventsOf(call: Call, incidents: Incidents, random: Random): DemoEvent[] {
  const { feature, user, at } = call
  const model = feature.name === CODE_REVIEW && at >= incidents.upgrade ? OPUS : feature.model
  const prod = !random.chance(NOT_PROD)
  const failed = random.chance(FAILED)
  const unknown = random.chance(UNKNOWN_MODEL)
  const named = !random.chance(WITHOUT_FEATURE)
  const counts = countsOf(call, model, incidents, random)
  const latencyMs = random.around(350 + (counts.output + counts.reasoning) * 11, 0.25)
  const experiment = random.pick(['a', 'b'])
  const failure = random.pick(FAILURES[model.provider])
  const requestId = hex(random, 16)

  const common = {
    provider: model.provider,
    request_model: unknown ? `${model.name}-canary` : model.name,
    operation: 'chat',
    request_id: requestId,
    streaming: feature.streaming,
    environment: prod ? 'prod' : random.pick(['staging', 'staging', 'dev']),
    ...(named ? { feature: feature.name, team: feature.team, task_type: feature.task } : {}),
    // What runs in staging and on laptops has no customer.
    ...(prod ? { tenant_id: user.tenant, user_id: user.id, user_segment: user.segment } : {}),
    ...(prod && feature.streaming ? { session_id: sessionOf(user, at) } : {}),
    prompt_id: feature.name,
    prompt_version: isWordyCall(call, incidents) ? 'v7' : 'v6',
    ...(feature.name === DOC_SEARCH ? { routing_rule: 'small-first', baseline_model: GPT.name } : {}),
    service: feature.service,
    release: releaseOf(feature.service, at, incidents),
    ...(feature.name === SUPPORT_CHAT ? { tags: { experiment } } : {}),
  }
  const answered: DemoEvent = {
    event_id: call.id,
    occurred_at: iso(at + (failed ? 1_500 : 0)),
    ...common,
    ...(model.served && !unknown ? { response_model: model.served } : {}),
    attempt: failed ? 2 : 1,
    ...(model.provider === 'openai' ? { service_tier: 'default' } : {}),
    status: 'ok',
    finish_reason: 'stop',
    latency_ms: latencyMs,
    ...(feature.streaming ? { time_to_first_token_ms: Math.round(latencyMs / 5) + 120 } : {}),
    usage: usageOf(model.provider, counts),
    ...(feature.name === DOC_SEARCH ? { prompt_parts: partsOf(counts) } : {}),
  }
  if (!failed) return [answered]
  const refused: DemoEvent = {
    event_id: `${call.id}.failed`,
    occurred_at: iso(at),
    ...common,
    attempt: 1,
    status: 'error',
    error_type: failure,
    latency_ms: 210,
  }
  return [refused, answered]
}

/** People come once in the morning and once in the afternoon. */
const sessionOf = (user: User, at: number): string => {
  const [day, hour] = [iso(at).slice(0, 10), new Date(at).getUTCHours()]
  return `${user.id}-${day}-${hour < 12 ? 'am' : 'pm'}`
}

const isWordyCall = ({ feature, at }: Call, incidents: Incidents): boolean =>
  feature.name === SQL_ASSISTANT && isWordy(incidents, at)

/** Most of what a search puts into its prompt is what it found. */
function partsOf({ fresh, cacheRead, cacheWrite }: Counts): Readonly<Record<string, number>> {
  const found = Math.round(fresh * 0.85)
  return { system_prompt: cacheRead + cacheWrite, retrieved_context: found, user_message: fresh - found }
}

/** What the call used. A larger model also says more; a broken cache is written with every call and never read. */
function countsOf(call: Call, model: Model, incidents: Incidents, random: Random): Counts {
  const { feature, at } = call
  const hit = random.chance(CACHE_HITS)
  const input = random.around(feature.input, 0.5)
  const output = random.around(feature.output, 0.45)
  const reasoning = feature.reasoning === 0 ? 0 : random.around(feature.reasoning, 0.7)
  const broken = feature.name === SUPPORT_CHAT && isCacheBroken(incidents, at)
  const growth = feature.name === DOC_SEARCH ? promptGrowth(incidents, at) : 1
  const wordy = isWordyCall(call, incidents) ? 2.1 : 1
  const wordiness = model === OPUS ? 1.6 : wordy
  return {
    fresh: Math.round(input * growth),
    cacheRead: hit && !broken ? feature.shared : 0,
    cacheWrite: hit && !broken ? 0 : feature.shared,
    output: Math.round(output * wordiness),
    reasoning: Math.round(reasoning * wordy),
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()

function hex(random: Random, digits: number): string {
  let text = ''
  while (text.length < digits) text += Math.floor(random.next() * 16).toString(16)
  return text
}
