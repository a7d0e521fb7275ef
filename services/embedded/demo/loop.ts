// The runaway loop: for an hour one agent feeds its own answers back to itself, with an ever longer context.

import { HOUR_MS } from '#core/hours.ts'
import type { DemoEvent } from './call.ts'
import { RESEARCH_AGENT } from './features.ts'
import { type Incidents, releaseOf } from './incidents.ts'
import { createRandom } from './random.ts'
import { usageOf } from './usage.ts'

const CALLS = 1_100

/** After this many rounds the agent begins anew. */
const ROUNDS = 40

/** The events of the loop, in order; none for other hours than the one in which it ran. */
export function loopEvents(seed: number, hour: number, incidents: Incidents): DemoEvent[] {
  if (hour !== incidents.loop) return []
  const random = createRandom(seed, 'loop')
  return Array.from({ length: CALLS }, (_, i) => {
    const round = i % ROUNDS
    const context = 4_000 + round * 1_200
    const cached = round === 0 ? 0 : Math.floor((context * 0.7) / 128) * 128
    const at = hour + Math.floor((i * HOUR_MS) / CALLS)
    return {
      event_id: `demo:${new Date(hour).toISOString().slice(0, 13)}:loop:${i}`,
      occurred_at: new Date(at).toISOString(),
      provider: 'openai',
      request_model: 'gpt-5.4',
      response_model: 'gpt-5.4-2026-03-05',
      operation: 'chat',
      service_tier: 'default',
      status: 'ok',
      finish_reason: 'tool_calls',
      latency_ms: random.around(2_600, 0.2),
      environment: 'prod',
      feature: RESEARCH_AGENT,
      team: 'data',
      task_type: 'agent',
      service: 'agents',
      release: releaseOf('agents', at, incidents),
      tenant_id: 'initech',
      user_id: 'u0003',
      user_segment: 'enterprise',
      workflow_id: `wf-${new Date(hour).toISOString().slice(0, 10)}-loop`,
      usage: usageOf('openai', {
        fresh: context - cached,
        cacheRead: cached,
        cacheWrite: 0,
        output: random.around(420, 0.3),
        reasoning: random.around(260, 0.5),
      }),
    }
  })
}
