// The answers of the real engine against a naive computation in plain loops, for random events around clock changes. The naive
// side reads clocks with Intl and sums picodollars; it knows nothing of views, buckets or rollups.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { formatPicos } from '#core/money.ts'
import { inputTotal, outputTotal } from '#core/tokens.ts'
import type { UsageEvent } from '#core/usage-event.ts'
import type { PricedEvent } from '../../services/consumer/delivery.ts'
import { startEngine } from '../support/engine.ts'
import { createTestApi, storeEvents, testBook, usageEvent } from './fixture.ts'

const HOUR = 3_600_000

interface World {
  readonly zone: string
  /** The UTC day around which the clocks change. */
  readonly day: string
}

/** More zones are in the differential test. */
const WORLDS: readonly World[] = [
  { zone: 'America/New_York', day: '2026-11-01' },
  { zone: 'Australia/Lord_Howe', day: '2026-10-03' },
]

const SPAN = 60 * HOUR

function randomEvents({ zone, day }: World, seed: number): UsageEvent[] {
  const of = <T>(...values: T[]) => fc.constantFrom(...values)
  const start = Date.parse(`${day}T00:00:00Z`) - SPAN / 2
  const event = fc.record({
    at: fc.integer({ min: 0, max: SPAN - 1 }),
    feature: of('', 'chat', 'search'),
    team: of('a', 'b'),
    user_id: of('u1', 'u2', 'u3'),
    tenant_id: of('acme', 'zeta'),
    environment: of('prod', 'dev'),
    session_id: of('s1', 's2'),
    response_model: of('small', 'large', 'unheard-of'),
    batch: fc.boolean(),
    exp: of('', 'x', 'y'),
    usage_source: of('provider' as const, 'estimated' as const),
    broken: of(false, false, false, true),
    input: fc.integer({ min: 0, max: 9_999 }),
    output: fc.integer({ min: 0, max: 999 }),
  })
  return fc.sample(event, { seed, numRuns: 250 }).map(({ at, exp, broken, input, output, ...rest }, i) =>
    usageEvent({
      ...rest,
      event_id: `${zone}-${i}`,
      occurred_at: start + at,
      request_model: rest.response_model,
      tags: exp === '' ? {} : { exp },
      tokens: { input, output },
      total_tokens_reported: broken ? input + output + 1 : null,
    }),
  )
}

interface Sums {
  calls: number
  input_tokens: number
  output_tokens: number
  cost: bigint
  unpriced_calls: number
}

type Keys = (event: PricedEvent) => readonly string[]

function naiveSums(events: readonly PricedEvent[], keys: Keys): Map<string, object> {
  const groups = new Map<string, Sums>()
  for (const priced of events) {
    const key = JSON.stringify(keys(priced))
    const sums = groups.get(key) ?? {
      calls: 0,
      input_tokens: 0,
      output_tokens: 0,
      cost: 0n,
      unpriced_calls: 0,
    }
    sums.calls += 1
    sums.input_tokens += inputTotal(priced.event.tokens)
    sums.output_tokens += outputTotal(priced.event.tokens)
    sums.cost += priced.cost.costUsd ?? 0n
    sums.unpriced_calls += priced.cost.costUsd === null ? 1 : 0
    groups.set(key, sums)
  }
  return new Map(
    [...groups].map(([key, { cost, ...counts }]) => [key, { ...counts, cost_usd: formatPicos(cost) }]),
  )
}

type Row = Record<string, unknown>

/** The answer in the form of `naiveSums`. */
function answeredSums(rows: readonly Row[], keys: (row: Row) => readonly unknown[]): Map<string, object> {
  return new Map(
    rows.map(row => {
      const { calls, input_tokens, output_tokens, cost_usd, unpriced_calls } = row
      return [JSON.stringify(keys(row)), { calls, input_tokens, output_tokens, unpriced_calls, cost_usd }]
    }),
  )
}

const sorted = (sums: Map<string, object>): [string, object][] =>
  [...sums].sort(([a], [b]) => (a < b ? -1 : 1))

/** What the zone's clocks show: date, hour and offset. */
function clockOf(zone: string): (ms: number) => { date: string; hour: string; offset: string } {
  const date = new Intl.DateTimeFormat('en-CA', { timeZone: zone })
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: '2-digit', hourCycle: 'h23' })
  const offset = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
  return ms => ({
    date: date.format(ms),
    hour: hour.format(ms),
    offset: offset.format(ms).split('GMT')[1] ?? '',
  })
}

const engine = await startEngine({ after })
const api = createTestApi({ after }, { warehouse: engine.warehouse('reader'), now: Date.parse('2026-12-01') })
const stored = new Map<string, PricedEvent[]>()

const NOTHING = { calls: 0, input_tokens: 0, output_tokens: 0, cost_usd: '0', unpriced_calls: 0 }

const dayBefore = (date: string): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) - 24 * HOUR).toISOString().slice(0, 10)

describe('costs over the real engine', () => {
  before(async () => {
    for (const [seed, world] of WORLDS.entries()) {
      stored.set(world.zone, await storeEvents(engine, randomEvents(world, seed), testBook()))
    }
  })

  async function rowsOf(path: string): Promise<Row[]> {
    const { status, body, text } = await api.get(path)
    assert.equal(status, 200, text)
    return body['data'] as Row[]
  }

  /** A window in the middle of a world's events. */
  const windowOf = ({ zone, day }: World, fromHours = -24, toHours = 24) => {
    const middle = Date.parse(`${day}T00:00:00Z`)
    const [from, to] = [middle + fromHours * HOUR, middle + toHours * HOUR]
    return {
      query: `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}&tz=${zone}`,
      events: (stored.get(zone) ?? []).filter(
        ({ event }) => event.occurred_at >= from && event.occurred_at < to,
      ),
    }
  }

  const GROUPS: readonly (readonly [string, Keys])[] = [
    ['', () => []],
    ['feature', ({ event }) => [event.feature]],
    ['feature,team,model', ({ event, cost }) => [event.feature, event.team, cost.model]],
    ['user_id', ({ event }) => [event.user_id]],
    ['tenant_id,feature', ({ event }) => [event.tenant_id, event.feature]],
    ['session_id', ({ event }) => [event.session_id]],
    ['tag.exp', ({ event }) => [event.tags['exp'] ?? '']],
    ['cost_status,environment', ({ event, cost }) => [cost.status, event.environment]],
  ]

  const FILTERS: readonly (readonly [string, (priced: PricedEvent) => boolean])[] = [
    ['', () => true],
    ['feature=chat', ({ event }) => event.feature === 'chat'],
    ['feature=&team=a', ({ event }) => event.feature === '' && event.team === 'a'],
    ['user_id=u1&user_id=u2', ({ event }) => event.user_id !== 'u3'],
    ['tag.exp=x&batch=true', ({ event }) => event.tags['exp'] === 'x' && event.batch],
  ]

  for (const world of WORLDS) {
    it(`every grouping and filter gives the naive sums (${world.zone})`, async () => {
      const { query, events } = windowOf(world)
      for (const [groupBy, keys] of GROUPS) {
        for (const [filter, passes] of FILTERS) {
          const rows = await rowsOf(`/v1/costs?${query}&group_by=${groupBy}&${filter}`)
          const names = groupBy === '' ? [] : groupBy.split(',')
          assert.deepEqual(
            sorted(answeredSums(rows, row => names.map(name => row[name]))),
            sorted(naiveSums(events.filter(passes), keys)),
            `${groupBy} ${filter}`,
          )
        }
      }
    })

    it(`days, weeks and months are those of the zone's clocks (${world.zone})`, async () => {
      const { query, events } = windowOf(world, -27.25, 26.5)
      const clock = clockOf(world.zone)
      const monday = (date: string): string => {
        const day = new Date(`${date}T00:00:00Z`)
        day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7))
        return day.toISOString().slice(0, 10)
      }
      const labels = {
        day: (date: string) => date,
        week: monday,
        month: (date: string) => `${date.slice(0, 7)}-01`,
      }
      for (const [granularity, label] of Object.entries(labels)) {
        // One that the rollups answer, one that only events can.
        for (const [name, key] of [
          ['feature', (event: UsageEvent) => event.feature],
          ['session_id', (event: UsageEvent) => event.session_id],
        ] as const) {
          const rows = await rowsOf(
            `/v1/costs/timeseries?${query}&granularity=${granularity}&group_by=${name}`,
          )
          assert.deepEqual(
            sorted(answeredSums(rows, row => [String(row['time']).slice(0, 10), row[name]])),
            sorted(naiveSums(events, ({ event }) => [label(clock(event.occurred_at).date), key(event)])),
            granularity,
          )
        }
      }
    })
  }

  for (const world of WORLDS.filter(({ zone }) => zone !== 'Australia/Lord_Howe')) {
    it(`hours are those of the zone's clocks, and one that comes twice is two (${world.zone})`, async () => {
      const { query, events } = windowOf(world)
      const clock = clockOf(world.zone)
      const rows = await rowsOf(`/v1/costs/timeseries?${query}&granularity=hour`)
      assert.deepEqual(
        sorted(answeredSums(rows, row => [String(row['time']).replace(':00:00', '')])),
        sorted(
          naiveSums(events, ({ event }) => {
            const { date, hour, offset } = clock(event.occurred_at)
            return [`${date}T${hour}${offset === '+00:00' ? 'Z' : offset}`]
          }),
        ),
      )
    })
  }

  it('a window that cuts quarter-hours is exact to the millisecond', async () => {
    const [world] = WORLDS
    assert.ok(world)
    const middle = Date.parse(`${world.day}T00:00:00Z`)
    const events = stored.get(world.zone) ?? []
    const borders = events.map(({ event }) => event.occurred_at).filter(at => at > middle)
    const [from = 0, to = 0] = [borders[0] ?? 0, borders[1] ?? 0].sort((a, b) => a - b)
    const [row] = await rowsOf(
      `/v1/costs?from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`,
    )
    const naive = events.filter(({ event }) => event.occurred_at >= from && event.occurred_at < to).length
    assert.equal(row?.['calls'], naive)
    assert.ok(naive > 0)
  })

  it('previous is the total of the previous window, and change is the difference', async () => {
    for (const world of WORLDS) {
      const now = windowOf(world, 0, 24)
      const then = windowOf(world, -24, 0)
      const rows = await rowsOf(`/v1/costs?${now.query}&group_by=feature&compare=previous`)
      const key: Keys = ({ event }) => [event.feature]
      const previous = naiveSums(then.events, key)
      for (const row of rows) {
        assert.deepEqual(row['previous'], previous.get(JSON.stringify([row['feature']])))
        const picos = (text: unknown): bigint =>
          BigInt(
            String(text).replace(
              /^(-?\d+)(?:\.(\d+))?$/,
              (_, whole, part = '') => whole + part.padEnd(12, '0'),
            ),
          )
        const change = row['change'] as { cost_usd: string }
        const before = (row['previous'] as { cost_usd: string }).cost_usd
        assert.equal(picos(change.cost_usd), picos(row['cost_usd']) - picos(before))
      }
      assert.deepEqual(
        sorted(answeredSums(rows, row => [row['feature']])),
        sorted(naiveSums(now.events, key)),
      )
    }
  })

  it('a day that has begun is compared with the day before up to the same time of day', async () => {
    for (const world of WORLDS) {
      const clock = clockOf(world.zone)
      const before = dayBefore(world.day)
      const upToNoon = (stored.get(world.zone) ?? []).filter(
        ({ event }) => Number(clock(event.occurred_at).hour) < 12,
      )
      const days = naiveSums(upToNoon, ({ event }) => [clock(event.occurred_at).date])
      const [row] = await rowsOf(
        `/v1/costs?from=${world.day}&to=${world.day}T12:00&tz=${world.zone}&compare=previous`,
      )
      const { previous, change: _, ...current } = row ?? {}
      assert.deepEqual(current, days.get(JSON.stringify([world.day])), world.zone)
      assert.deepEqual(previous, days.get(JSON.stringify([before])), world.zone)
    }
  })

  it('the n-th bucket is compared with the n-th of the previous window', async () => {
    const [world] = WORLDS
    assert.ok(world)
    const { day, zone } = world
    const clock = clockOf(zone)
    const hours = naiveSums(stored.get(zone) ?? [], ({ event }) => {
      const { date, hour } = clock(event.occurred_at)
      return [`${date}T${hour}`]
    })
    // The day before has 24 hours, this one 25: the hour that comes twice moves the rest by one.
    const rows = await rowsOf(
      `/v1/costs/timeseries?from=${day}&to=${day}T06:00&tz=${zone}&granularity=hour&compare=previous`,
    )
    const counterpart = new Map(
      rows.map(row => [String(row['time']).slice(11, 13) + String(row['time']).slice(-6), row['previous']]),
    )
    const expected = ['00-04:00', '01-04:00', '01-05:00', '02-05:00', '03-05:00', '04-05:00']
    for (const [n, label] of expected.entries()) {
      const previous = hours.get(JSON.stringify([`${dayBefore(day)}T0${n}`]))
      if (counterpart.has(label)) assert.deepEqual(counterpart.get(label), previous ?? NOTHING, label)
      else assert.equal(previous, undefined, label)
    }
    assert.ok(counterpart.size > 3)
  })

  it('coverage counts every call once and says the same from every view', async () => {
    for (const world of WORLDS) {
      const { query, events } = windowOf(world)
      const expected = {
        calls: events.length,
        priced: events.filter(({ cost }) => cost.costUsd !== null && cost.status !== 'estimated').length,
        unpriced: events.filter(({ cost }) => cost.costUsd === null).length,
        estimated: events.filter(({ cost }) => cost.status === 'estimated').length,
        inconsistent: events.filter(({ cost }) => cost.status === 'inconsistent_usage').length,
        without_feature: events.filter(({ event }) => event.feature === '').length,
      }
      assert.equal(expected.priced + expected.unpriced + expected.estimated, expected.calls)
      assert.ok(expected.inconsistent > 0 && expected.inconsistent < expected.unpriced)
      for (const all of ['', 'user_id=u1&user_id=u2&user_id=u3', 'session_id=s1&session_id=s2']) {
        const { body } = await api.get(`/v1/coverage?${query}&${all}`)
        assert.deepEqual(body['data'], [expected], all)
        assert.deepEqual((body['meta'] as Row)['coverage'], expected, all)
      }
    }
  })

  it('total is the sum of all rows, also of those that the limit cut', async () => {
    const [world] = WORLDS
    assert.ok(world)
    const { query } = windowOf(world)
    const { body } = await api.get(`/v1/costs?${query}&group_by=feature,team&limit=2`)
    const [all] = await rowsOf(`/v1/costs?${query}`)
    assert.equal((body['data'] as Row[]).length, 2)
    assert.deepEqual(body['total'], all)
    assert.equal((body['meta'] as Row)['truncated'], true)
  })
})
