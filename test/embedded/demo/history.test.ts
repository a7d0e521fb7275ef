import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { formatPicos, type Picos } from '#core/money.ts'
import type { DemoEvent } from '../../../services/embedded/demo/call.ts'
import { DEMO_SEED, demoHistory } from '../../../services/embedded/demo/history.ts'
import { incidentsBefore } from '../../../services/embedded/demo/incidents.ts'
import { type Priced, price } from './priced.ts'

const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** A Tuesday: the last day of a week of the demo. */
const NOW = Date.parse('2026-11-24T11:40:00Z')

async function historyAt(now: number, { seed = DEMO_SEED, most = 100_000 } = {}): Promise<DemoEvent[]> {
  const events: DemoEvent[] = []
  for await (const event of demoHistory({ now, seed })) {
    if (events.length === most) break
    events.push(event)
  }
  return events
}

const text = (value: unknown) => JSON.stringify(value)

const byId = (events: readonly DemoEvent[]) => new Map(events.map(event => [event.event_id, event]))

const costOf = (calls: readonly Priced[]): Picos =>
  calls.reduce((sum, { cost }) => sum + (cost.costUsd ?? 0n), 0n)

/** USD per answered call. */
function perCall(calls: readonly Priced[]): number {
  const answered = calls.filter(({ event }) => event['status'] === 'ok')
  assert.ok(answered.length > 10)
  return Number(formatPicos(costOf(answered))) / answered.length
}

describe('thirty days of demo history', () => {
  let events: DemoEvent[]
  let priced: Priced[]
  const incidents = incidentsBefore(NOW)

  const of = (feature: string, from: number, to: number) =>
    priced.filter(({ event, at }) => event['feature'] === feature && at >= from && at < to)

  before(async () => {
    events = await historyAt(NOW)
    priced = await price(events, NOW)
  })

  test('about 60,000 events in order of time, each with an id of its own', () => {
    assert.ok(events.length > 55_000 && events.length < 66_000, String(events.length))
    assert.equal(byId(events).size, events.length)
    const times = events.map(event => event.occurred_at)
    assert.deepEqual(times, [...times].sort())
    assert.ok(Date.parse(times[0] ?? '') >= NOW - 30 * DAY_MS)
    assert.ok(Date.parse(times.at(-1) ?? '') < NOW)
  })

  test('the same seed makes the same history, another seed another one', async () => {
    const most = 5_000
    assert.ok(text(await historyAt(NOW, { most })) === text(events.slice(0, most)))
    assert.ok(text(await historyAt(NOW, { most, seed: 1 })) !== text(events.slice(0, most)))
  })

  test('a start later in the week repeats the events of an earlier one, and adds what happened since', async () => {
    const ours = byId(events)
    for (const event of await historyAt(NOW - 6 * DAY_MS)) {
      const same = ours.get(event.event_id)
      if (same) assert.ok(text(same) === text(event), event.event_id)
      else assert.ok(Date.parse(event.occurred_at) < NOW - 29 * DAY_MS, event.event_id)
    }
  })

  test('in any later start an id stays at its time, feature and customer, so that copies are found', async () => {
    const again = byId(await historyAt(NOW + 8 * DAY_MS))
    for (const event of events) {
      const same = again.get(event.event_id)
      if (!same) continue
      for (const field of ['occurred_at', 'feature', 'tenant_id', 'user_id']) {
        assert.equal(same[field], event[field], `${event.event_id} ${field}`)
      }
    }
  })

  test('everything has a price but the few models that nobody knows', () => {
    const unpriced = priced.filter(({ cost }) => cost.costUsd === null)
    assert.ok(unpriced.length > 0 && unpriced.length < 30, String(unpriced.length))
    for (const { event } of unpriced) assert.match(event.request_model, /-canary$/)
  })

  test('eight features, six models, forty customers of very different size, some four hundred people', () => {
    const values = (field: string) => new Set(events.map(event => event[field]).filter(Boolean))
    assert.equal(values('feature').size, 8)
    assert.equal([...values('request_model')].filter(name => !String(name).endsWith('-canary')).length, 6)
    assert.equal(values('tenant_id').size, 40)
    assert.ok(values('user_id').size > 350)
    const largest = events.filter(event => event['tenant_id'] === 'acme').length
    assert.ok(largest > events.length / 8)
    const nameless = events.filter(event => event['feature'] === undefined)
    assert.ok(nameless.length > 20 && nameless.length < 150)
  })

  test('nights and weekends are quiet', () => {
    const at = (test: (date: Date) => boolean) => priced.filter(call => test(new Date(call.at))).length
    assert.ok(
      at(date => date.getUTCHours() === 15) >
        5 * at(date => date.getUTCHours() === 3 && date.getUTCDay() !== 2),
    )
    assert.ok(at(date => date.getUTCDay() === 3) > 2 * at(date => date.getUTCDay() === 6))
  })

  test('failed attempts share the request with the one that succeeded, and cost nothing', () => {
    const failed = priced.filter(({ event }) => event['status'] === 'error')
    assert.ok(failed.length > 300)
    const second = new Map(events.map(event => [event['request_id'], event]))
    for (const { event, cost } of failed) {
      assert.equal(second.get(event['request_id'])?.['attempt'], 2)
      assert.equal(cost.status, 'unbilled')
    }
  })

  test('incident: an agent runs in a loop for an hour and spends more than the whole day around it', () => {
    const hour = priced.filter(({ at }) => at >= incidents.loop && at < incidents.loop + HOUR_MS)
    const before = priced.filter(({ at }) => at >= incidents.loop - DAY_MS && at < incidents.loop)
    assert.ok(costOf(hour) > costOf(before))
    const looping = hour.filter(({ event }) => String(event['workflow_id'] ?? '').endsWith('-loop'))
    assert.ok(costOf(looping) * 10n > costOf(hour) * 9n)
  })

  test('incident: a model upgrade triples the cost of a review', () => {
    const before = perCall(of('code-review', incidents.upgrade - 7 * DAY_MS, incidents.upgrade))
    const after = perCall(of('code-review', incidents.upgrade, NOW))
    assert.ok(after / before > 2.6 && after / before < 3.4, String(after / before))
  })

  test('incident: prompts of doc-search grow from one release on', () => {
    const tokens = (from: number, to: number) => {
      const calls = of('doc-search', from, to)
      return calls.reduce((sum, call) => sum + call.inputTokens, 0) / calls.length
    }
    const before = tokens(incidents.growth - 5 * DAY_MS, incidents.growth)
    const week = tokens(incidents.growth + 4 * DAY_MS, incidents.growth + 5 * DAY_MS)
    const now = tokens(NOW - DAY_MS, NOW)
    assert.ok(week > 1.3 * before)
    assert.ok(now > 1.3 * week)
    const releases = new Set(of('doc-search', incidents.growth, NOW).map(({ event }) => event['release']))
    assert.equal(releases.size, 1)
    assert.ok(!of('doc-search', 0, incidents.growth).some(({ event }) => releases.has(event['release'])))
  })

  test('incident: for a day no cache finds the prompt of support-chat', () => {
    const reads = (from: number, to: number) =>
      of('support-chat', from, to).filter(({ event }) => {
        const usage = event['usage'] as { cache_read_input_tokens?: number } | undefined
        return (usage?.cache_read_input_tokens ?? 0) > 0
      }).length
    assert.equal(reads(incidents.cacheBroken, incidents.cacheMended), 0)
    assert.ok(reads(incidents.cacheMended, incidents.cacheMended + DAY_MS) > 100)
    const broken = perCall(of('support-chat', incidents.cacheBroken, incidents.cacheMended))
    const ordinary = perCall(of('support-chat', incidents.cacheMended, NOW))
    assert.ok(broken > 1.5 * ordinary)
  })

  test('incident: a new prompt version of sql-assistant doubles its answers', () => {
    const answered = of('sql-assistant', 0, NOW).filter(({ event }) => event['status'] === 'ok')
    const written = (version: string) => {
      const calls = answered.filter(({ event }) => event['prompt_version'] === version)
      const tokens = calls.map(({ event }) => {
        const usage = event['usage'] as {
          completion_tokens: number
          completion_tokens_details: { reasoning_tokens: number }
        }
        return usage.completion_tokens - usage.completion_tokens_details.reasoning_tokens
      })
      return tokens.reduce((sum, count) => sum + count, 0) / calls.length
    }
    const ratio = written('v7') / written('v6')
    assert.ok(ratio > 1.9 && ratio < 2.4, String(ratio))
    const first = answered.find(({ event }) => event['prompt_version'] === 'v7')
    assert.ok(first && first.at >= incidents.wordy && first.at < incidents.wordy + 4 * HOUR_MS)
  })

  test('conversations have sessions, and searches say what their prompts are made of', () => {
    const sessions = new Set(events.map(event => event['session_id']).filter(Boolean))
    assert.ok(sessions.size > 2_000, String(sessions.size))
    for (const { event, inputTokens } of of('doc-search', 0, NOW)) {
      const parts = event['prompt_parts'] as Readonly<Record<string, number>> | undefined
      if (!parts) continue
      assert.equal(
        Object.values(parts).reduce((sum, count) => sum + count, 0),
        inputTokens,
      )
    }
  })
})

test('every incident lies within the history, on whatever day the demo starts', () => {
  for (let day = 0; day < 14; day++) {
    const now = NOW + day * DAY_MS
    const { loop, upgrade, growth, cacheBroken, cacheMended, wordy } = incidentsBefore(now)
    for (const at of [loop, upgrade, growth, cacheBroken, cacheMended, wordy]) {
      assert.ok(at > now - 25 * DAY_MS && at + HOUR_MS < now, new Date(at).toISOString())
    }
    assert.ok(loop > now - 9 * DAY_MS)
    assert.equal(loop % HOUR_MS, 0)
  }
})
