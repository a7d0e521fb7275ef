// Random questions, asked over HTTP and answered by the real engine from rollups and events, against plain loops over the same
// calls: row for row, to the last digit of the money. fast-check names the seed and the smallest question that differs.

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { startEngine } from '../support/engine.ts'
import { answer, type NaiveRow, SUMS, shifted, type Value } from './differential-answer.ts'
import { fill } from './differential-ledger.ts'
import { type Call, type Copy, callsOf, costOf, picosOf } from './differential-naive.ts'
import { type Asked, pathOf, question } from './differential-questions.ts'
import { BOOKS, randomArrivals } from './differential-world.ts'
import { createTestApi } from './fixture.ts'

/** SEED=7 asks other questions of another world. */
const SEED = Number(process.env['SEED'] ?? 6)
const QUESTIONS = 200
const CALLS = 400

type Row = Readonly<Record<string, unknown>>

interface Answer {
  /** Which view it comes from. */
  readonly source: unknown
  readonly rows: ReadonlyMap<string, NaiveRow>
  readonly total: NaiveRow
  readonly coverage: unknown
}

/** Amounts are text in answers, and picodollars here. */
const readValue = (value: unknown): Value =>
  typeof value === 'string' ? picosOf(value) : (value as number | null)

function measured(asked: Asked, row: Row): NaiveRow {
  const read = (of: Row) => Object.fromEntries(asked.metrics.map(name => [name, readValue(of[name])]))
  return { values: read(row), previous: asked.compare ? read(row['previous'] as Row) : {} }
}

function keyOf({ granularity, groupBy }: Asked, row: Row): string {
  return JSON.stringify([...(granularity ? [row['time']] : []), ...groupBy.map(name => row[name])])
}

const sorted = <T>(rows: ReadonlyMap<string, T>): [string, T][] =>
  [...rows].sort(([a], [b]) => (a < b ? -1 : 1))

function assertAnswers(asked: Asked, found: Answer, calls: readonly Call[]): void {
  const expected = answer(asked, calls)
  assert.deepEqual(sorted(found.rows), sorted(expected.rows), 'rows')
  assert.deepEqual(found.total, expected.total, 'total')
  assert.deepEqual(found.coverage, expected.coverage, 'coverage')
}

/** Rows of buckets without a counterpart are not shown, so what was before adds up only without buckets. */
function assertAddsUp({ metrics, granularity }: Asked, { rows, total }: Answer): void {
  for (const side of granularity ? (['values'] as const) : (['values', 'previous'] as const)) {
    for (const name of metrics.filter(metric => metric in SUMS && metric in total[side])) {
      const sum = [...rows.values()].reduce((added, row) => added + BigInt(row[side][name] ?? 0), 0n)
      assert.equal(sum, BigInt(total[side][name] ?? 0), `${side} of ${name} add up`)
    }
  }
}

/** The dearest first, in a timeseries within each of its buckets. */
function assertOrder(asked: Asked, data: readonly Row[]): void {
  for (const [n, row] of data.slice(1).entries()) {
    const before = data[n] ?? {}
    if (before['time'] !== row['time']) {
      const [last, next] = [before, row].map(({ time }) => Date.parse(String(time)))
      assert.ok(Number(last) < Number(next), 'buckets follow one another')
    } else {
      const [last, next] = [before, row].map(one => measured(asked, one).values['cost_usd'] ?? 0)
      assert.ok(Number(last) >= Number(next), 'the dearest comes first')
    }
  }
}

const engine = await startEngine({ after })
const api = createTestApi({ after }, { warehouse: engine.warehouse('reader'), now: Date.parse('2026-12-01') })

async function ask(asked: Asked): Promise<Answer> {
  const { status, body, text } = await api.get(pathOf(asked))
  assert.equal(status, 200, text)
  const { data, total, meta } = body as { data: Row[]; total: Row; meta: Row }
  const rows = new Map(data.map(row => [keyOf(asked, row), measured(asked, row)]))
  assert.equal(rows.size, data.length, 'no row comes twice')
  for (const row of [...data, total].filter(one => one['change'])) {
    const { cost_usd: change } = row['change'] as { cost_usd: string }
    const { values, previous } = measured(asked, row)
    assert.equal(picosOf(change), BigInt(values['cost_usd'] ?? 0) - BigInt(previous['cost_usd'] ?? 0))
  }
  assertOrder(asked, data)
  return { source: meta['source'], rows, total: measured(asked, total), coverage: meta['coverage'] }
}

const questions = fc.record({
  asked: question,
  /** The same question, grouped otherwise. */
  otherwise: fc.option(
    question.map(({ groupBy }) => groupBy),
    { freq: 1 },
  ),
})

describe(`random questions about a random ledger (SEED=${SEED})`, () => {
  let copies: readonly Copy[] = []
  let calls: readonly Call[] = []

  before(async () => {
    copies = await fill(engine, randomArrivals(SEED, CALLS))
    calls = callsOf(copies, BOOKS)
  })

  it('have the answers that plain loops give, whatever they group and filter by', async () => {
    const sources = new Set<unknown>()
    await fc.assert(
      fc.asyncProperty(questions, async ({ asked, otherwise }) => {
        const found = await ask(asked)
        sources.add(found.source)
        assertAnswers(asked, found, calls)
        assertAddsUp(asked, found)
        if (!otherwise) return
        const { total } = await ask({ ...asked, groupBy: otherwise, granularity: undefined })
        assert.deepEqual(total, found.total, 'another grouping has the same total')
      }),
      { seed: SEED, numRuns: QUESTIONS },
    )
    assert.deepEqual([...sources].sort(), ['events', 'rollup by feature', 'rollup by user'])
  })

  it('would tell a ledger that is wrong in one thing', () => {
    const asked = fc.sample(question, { seed: SEED, numRuns: QUESTIONS })
    const right = asked.map(one => answer(one, calls))
    const wrong: Readonly<Record<string, readonly Call[]>> = {
      'events are in the next quarter-hour': shifted(calls),
      'copies count, too': copies.map(copy => ({ ...copy, cost: costOf(copy, BOOKS) })),
      'a partial report is as good as a final one': callsOf(copies.map(asFinal), BOOKS),
      'prices are the old ones': callsOf(copies, [BOOKS[0], BOOKS[0]]),
    }
    for (const [what, others] of Object.entries(wrong)) {
      const told = asked.filter((one, n) => !isDeepStrictEqual(answer(one, others), right[n]))
      assert.ok(told.length > QUESTIONS / 10, `${told.length} questions tell that ${what}`)
    }
  })
})

const asFinal = (copy: Copy): Copy =>
  copy.usage_source === 'provider_partial' ? { ...copy, usage_source: 'provider' } : copy
