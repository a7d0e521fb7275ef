// Repricing as a part of the running service: a new book prices the past by itself, an old consumer does not get the last word,
// and whatever happened in between, the totals are those of the newest book.

import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, describe, it, type TestContext } from 'node:test'
import fc from 'fast-check'
import { HOUR_MS, MINUTE_MS } from '#core/hours.ts'
import { ALONE } from '#platform/leader-watch.ts'
import { systemClock } from '#ports/clock.ts'
import type { NumberedBook } from '../../../services/consumer/context.ts'
import { createNumberedBooks } from '../../../services/consumer/numbered-books.ts'
import { createRepricer } from '../../../services/consumer/reprice/repricer.ts'
import { startEngine } from '../../support/engine.ts'
import { eventually } from '../../support/ledger-process.ts'
import { silentLog } from '../../support/silent.ts'
import {
  bookOf,
  changingBooks,
  dyingAfter,
  event,
  nextDay,
  numbered,
  type Rates,
  repriceDay,
  rowsIn,
  seen,
  settle,
  store,
} from './kit.ts'

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')

async function service(t: TestContext, pricing: () => NumberedBook, everyMs = 100) {
  const repricer = createRepricer({
    warehouse: writer,
    pricing,
    retentionDays: 400,
    leadership: ALONE,
    newRunId: randomUUID,
    clock: systemClock,
    log: silentLog(),
    everyMs,
  })
  await repricer.start()
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= repricer.stop())
  t.after(stop)
  return { stop }
}

/** What the events of a day say in the end, before any recompute. */
const shows = (day: number, ...expected: string[]) =>
  eventually(
    expected.join(', '),
    () => seen(engine, day),
    events => events.join() === expected.join(),
  )

describe('the repricer', () => {
  it('prices the past with each new book, also when two are at work, and what an old consumer stores later', async t => {
    const day = nextDay()
    const at = day + 5 * HOUR_MS
    const first = await numbered(writer, bookOf({ a: 1 }))
    const books = changingBooks(first.book)
    const { sequence } = first
    const log = silentLog()
    const prices = createNumberedBooks({
      books,
      numbered: { pricing: books.current(), sequence },
      warehouse: writer,
      log,
      clock: systemClock,
    })
    await prices.start()
    t.after(() => prices.stop())
    const unpriced = event({ event_id: 'b', occurred_at: at, request_model: 'b', response_model: 'b' })
    await store(writer, first, [event({ event_id: 'a', occurred_at: at }), unpriced])
    await service(t, prices.current)
    // An hour between two of its looks: it is the new book that wakes this one.
    await service(t, prices.current, HOUR_MS)

    books.change(bookOf({ a: 1, b: 3 }))
    await shows(day, 'a chat 0.001 priced', 'b chat 0.003 priced')
    books.change(bookOf({ a: 2, b: 4 }))
    await shows(day, 'a chat 0.002 priced', 'b chat 0.004 priced')
    await store(writer, first, [event({ event_id: 'old', occurred_at: at + HOUR_MS })])
    await shows(day, 'a chat 0.002 priced', 'b chat 0.004 priced', 'old chat 0.002 priced')
    await settle(engine, day)
  })

  it('leaves the past alone when others have a newer book', async t => {
    const day = nextDay()
    const older = await numbered(writer, bookOf({ a: 1, l: 1 }))
    await store(writer, older, [event({ event_id: 'a', occurred_at: day + HOUR_MS })])
    const mine = await numbered(writer, bookOf({ a: 2, l: 1 }))
    await numbered(writer, bookOf({ a: 9, l: 1 }))
    const { stop } = await service(t, () => mine, 20)
    await new Promise(resolve => setTimeout(resolve, 300))
    await stop()
    assert.equal(await rowsIn(writer, day), 1)
  })

  it('ends while it waits and while it works', async t => {
    const pricing = await numbered(writer, bookOf({ a: 3, m: 1 }))
    for (const ms of [0, 200]) {
      const { stop } = await service(t, () => pricing, HOUR_MS)
      await new Promise(resolve => setTimeout(resolve, ms))
      await stop()
    }
  })
})

const MODELS = ['a', 'b', 'c'] as const

const rates: fc.Arbitrary<Rates> = fc.record(
  { a: fc.integer({ min: 1, max: 4 }), b: fc.integer({ min: 1, max: 4 }), c: fc.integer({ min: 1, max: 4 }) },
  { requiredKeys: ['a'] },
) as fc.Arbitrary<Rates>

/** A copy of one of a few calls: a repeat, one that differs in time and feature, a final report after a partial one. */
const copy = fc.record({
  call: fc.nat(5),
  twin: fc.boolean(),
  final: fc.boolean(),
  /** From a consumer that still has the first book. */
  old: fc.boolean(),
})

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('store' as const),
      copies: fc.array(copy, { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('change' as const), rates }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reprice' as const), writes: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
)

describe('any world', () => {
  it('has the totals of its winners at the newest prices, and repricing again writes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(rates, fc.array(step, { minLength: 3, maxLength: 8 }), async (firstRates, steps) => {
        const day = nextDay()
        const first = await numbered(writer, bookOf(firstRates))
        let newest = first
        let now = firstRates
        const final = new Map<number, boolean>()
        for (const what of steps) {
          if (what.kind === 'change') {
            now = what.rates
            newest = await numbered(writer, bookOf(now))
          } else if (what.kind === 'reprice') {
            // Killed after so many writes, or not at all.
            await repriceDay(dyingAfter(writer, what.writes), newest, day).catch(() => undefined)
          } else if (what.kind === 'settle') await settle(engine, day)
          else {
            for (const old of [true, false]) {
              const copies = what.copies.filter(each => each.old === old)
              const events = copies.map(({ call, twin, final }) => ({
                ...event({
                  event_id: `e${call}`,
                  // The last minute of an hour, and of the next for its twin.
                  occurred_at: day + (call + 2) * HOUR_MS - MINUTE_MS + (twin ? 2 * MINUTE_MS : 0),
                  feature: twin ? 'twin' : 'chat',
                  input: final ? 2_000 : 1_000,
                  request_model: MODELS[call % 3] ?? '',
                  response_model: MODELS[call % 3] ?? '',
                }),
                usage_source: final ? ('provider' as const) : ('provider_partial' as const),
              }))
              if (events.length > 0) await store(writer, old ? first : newest, events)
            }
            for (const { call, final: whole } of what.copies)
              final.set(call, whole || final.get(call) === true)
          }
        }
        await repriceDay(writer, newest, day)
        await settle(engine, day)
        const expected = [...final].map(([call, whole]) => {
          const rate = now[MODELS[call % 3] ?? '']
          return `e${call} ${rate === undefined ? '-' : (rate * (whole ? 2 : 1)) / 1_000}`
        })
        const events = (await seen(engine, day)).map(line => line.replace(/^(\S+) \S+ (\S+) .*$/, '$1 $2'))
        assert.deepEqual(events, expected.sort())
        const rows = await rowsIn(writer, day)
        await repriceDay(writer, newest, day)
        assert.equal(await rowsIn(writer, day), rows)
      }),
      { numRuns: 8 },
    )
  })
})
