// docs/sql.md is what people copy from: each of its queries is asked as `reader`, over calls whose answers are computed by hand,
// at moments that are hard for calendars, and every view and column that a reader has stands on the page.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, describe, it } from 'node:test'
import { toSqlTime } from '#core/hours.ts'
import { startEngine } from '../support/engine.ts'
import { ANSWERS } from './sql-docs-answers.ts'
import { type Near, type Row, usd, type Value } from './sql-docs-arithmetic.ts'
import { bookOfRates, storeCalls, storeRest } from './sql-docs-store.ts'
import { type Call, callsBefore, DAY, HOUR, isPriced, listCost, ownCost, sumOf } from './sql-docs-world.ts'

const page = readFileSync(new URL('../../docs/sql.md', import.meta.url), 'utf8')
const sections = page.split(/^#{2,3} /m).slice(1)
const queries = new Map(
  sections.flatMap((section): [string, string][] => {
    const sql = /```sql\n([\s\S]*?)```/.exec(section)?.[1]
    return sql === undefined ? [] : [[section.split('\n')[0] ?? '', sql]]
  }),
)

/** Asked about the whole view: its answer is computed below. */
const EXPORT = 'What does finance import of last month?'

const engine = await startEngine({ after })
const reader = engine.warehouse('reader')

await engine
  .warehouse('writer')
  .insertObjects('price_books', [{ hash: 'docs', json: JSON.stringify(bookOfRates()) }])
await engine
  .warehouse('writer')
  .insertObjects('price_book_versions', [
    { sequence: 1, book_hash: 'docs', overlay_hash: '', normaliser_version: 1, effective_hash: 'docs' },
  ])

/** The query with its clock set. */
const at = (sql: string, now: number): string =>
  sql.replace(/now\('([^']+)'\)/g, (_, zone) => `toDateTime(${Math.floor(now / 1000)}, '${zone}')`)

/** Moments stand at least this far apart: none asks about the calls of another. */
const APART = 45 * DAY

/** In the order of time. */
const moments = [
  { name: 'now', now: Date.now() },
  { name: 'in the first minutes of a month that begins on a Monday', now: firstOnMonday() },
  { name: 'in the week after New York changed its clocks', now: afterClockChange() },
].sort((a, b) => a.now - b.now)

describe('the queries of docs/sql.md', () => {
  it('ask for a time by now(zone) only, so that their clock can be set', () => {
    for (const sql of queries.values()) {
      assert.doesNotMatch(sql, /\b(today|yesterday|now64|nowInBlock|UTCTimestamp)\s*\(|now\(\)/)
    }
  })

  it('are each one query under a question, and each has an answer here', () => {
    assert.equal([...page.matchAll(/```sql\n/g)].length, queries.size)
    assert.ok(queries.size >= 25)
    const asked = [...queries.keys()].filter(question => question !== EXPORT)
    assert.deepEqual(asked.toSorted(), Object.keys(ANSWERS).toSorted())
  })

  it('run as they stand', async () => {
    for (const [question, sql] of queries) await reader.query(sql).catch(failed(question))
  })

  const calls: Call[] = []
  for (const { name, now } of moments) {
    describe(`asked ${name} (${new Date(now).toISOString()})`, () => {
      it('has calls to ask about', async () => {
        calls.push(...callsBefore(now))
        await storeCalls(engine, callsBefore(now))
        await storeRest(engine, now)
      })

      for (const [question, answer] of Object.entries(ANSWERS)) {
        it(question, async () => {
          const rows = await reader.query<Record<string, unknown>>(at(queries.get(question) ?? '', now))
          compare(rows, answer(calls, now))
        })
      }

      it(EXPORT, async () => {
        const rows = await reader.query<Record<string, string>>(at(queries.get(EXPORT) ?? '', now))
        checkExport(rows, calls, now)
      })
    })
  }
})

describe('docs/sql.md', () => {
  it('names every view', async () => {
    const views = await reader.query<{ name: string }>(
      'SELECT name FROM system.tables WHERE database = currentDatabase()',
    )
    assert.deepEqual(
      views.map(({ name }) => name).filter(name => !page.includes(`\n### ${name}\n`)),
      [],
    )
    assert.ok(views.length >= 17)
  })

  it('has every column of each view with its type, and no other', async () => {
    const measures = columnsOf('Measures')
    assert.ok(measures.length > 30)
    for (const section of sections.filter(text => /^v_\w+\n/.test(text))) {
      const view = section.split('\n')[0] ?? ''
      const columns = await reader.query<{ name: string; type: string }>(
        'SELECT name, type FROM system.columns WHERE database = currentDatabase() AND table = {view:String}',
        { params: { view } },
      )
      const written = [...columnsOf(view), ...(section.includes('(#measures)') ? measures : [])]
      const text = ({ name, type }: { name: string; type: string }) => `${name} ${type}`
      assert.deepEqual(written.toSorted(), columns.map(text).toSorted(), view)
    }
  })
})

/** The rows of a section's table, as `name type`. */
function columnsOf(title: string): string[] {
  const section = sections.find(text => text.startsWith(`${title}\n`)) ?? ''
  return [...section.matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm)].map(([, name, type]) => `${name} ${type}`)
}

function compare(rows: readonly Record<string, unknown>[], expected: readonly Row[]): void {
  const shown = `\n${JSON.stringify(rows, null, 1)}\nexpected\n${JSON.stringify(expected, null, 1)}`
  assert.ok(expected.length > 0, 'the world has no answer to this question')
  assert.equal(rows.length, expected.length, shown)
  expected.forEach((row, i) => {
    assert.deepEqual(Object.keys(rows[i] ?? {}).sort(), Object.keys(row).sort(), shown)
    for (const [name, value] of Object.entries(row)) {
      const got = rows[i]?.[name]
      assert.ok(equal(got, value), `${name} is ${got}, not ${JSON.stringify(value)}, in row ${i}${shown}`)
    }
  })
}

const isNear = (value: Value): value is Near => typeof value === 'object' && value !== null

const equal = (got: unknown, value: Value): boolean =>
  isNear(value) ? got !== null && Math.abs(Number(got) - value.near) <= value.within : got === value

/** All of last month is in the file once, every component in its place, and what has no price says so. */
function checkExport(rows: readonly Record<string, string>[], calls: readonly Call[], now: number): void {
  const day = new Date(now)
  const from = Date.UTC(day.getUTCFullYear(), day.getUTCMonth() - 1)
  const to = Date.UTC(day.getUTCFullYear(), day.getUTCMonth())
  const own = calls.filter(call => call.at >= from && call.at < to)
  const sum = (column: string): bigint => rows.reduce((all, row) => all + picos(row[column] ?? ''), 0n)
  const total = (of: (call: Call) => bigint): bigint => own.reduce((all, call) => all + of(call), 0n)
  assert.ok(rows.length > 0 && own.length > 0)
  assert.equal(usd(sum('BilledCost')), usd(total(call => sumOf(ownCost(call)))))
  assert.equal(usd(sum('EffectiveCost')), usd(sum('BilledCost')))
  assert.equal(usd(sum('ListCost')), usd(total(call => sumOf(listCost(call)))))
  assert.equal(usd(sum('ContractedCost')), usd(sum('BilledCost')))
  assert.equal(sum('x_Calls'), BigInt(own.length) * 10n ** 12n)
  assert.equal(sum('x_UnpricedCalls'), BigInt(own.filter(call => !isPriced(call)).length) * 10n ** 12n)
  const meters = {
    'Input Tokens': total(call => BigInt(call.tokens.input)),
    'Cache Read Input Tokens': total(call => BigInt(call.tokens.read)),
    'Cache Write Input Tokens': total(call => BigInt(call.tokens.write)),
    'Output Tokens': total(call => BigInt(call.tokens.output + call.tokens.reasoning)),
  }
  for (const [meter, tokens] of Object.entries(meters)) {
    const of = rows.filter(row => row['SkuMeter'] === meter)
    assert.equal(
      of.reduce((all, row) => all + BigInt(row['ConsumedQuantity'] ?? ''), 0n),
      tokens,
      meter,
    )
    assert.ok(
      of.every(row => row['PricingQuantity'] === usd(BigInt(row['ConsumedQuantity'] ?? '') * 1_000_000n)),
    )
  }
  const mystery = rows.filter(row => row['x_Model'] === 'mystery')
  assert.ok(mystery.length > 0 && mystery.every(row => row['x_CostStatus'] === 'Unpriced'))
  for (const row of rows) {
    assert.equal(row['ChargePeriodEnd'], sqlDay(Date.parse(`${row['ChargePeriodStart']}Z`) + DAY))
    assert.equal(row['BillingPeriodStart'], sqlDay(from))
    assert.equal(row['BillingPeriodEnd'], sqlDay(to))
  }
  const columns = Object.keys(rows[0] ?? {})
  const own_ = columns.findIndex(column => column.startsWith('x_'))
  assert.ok(
    columns.slice(own_).every(column => column.startsWith('x_')),
    'columns of our own come last',
  )
}

const sqlDay = (ms: number): string => toSqlTime(ms).slice(0, 19)

/** A number without exponent as 1e-12 of it. */
function picos(text: string): bigint {
  const [, sign = '', whole = '', fraction = ''] =
    /^(-?)(\d+)(?:\.(\d{1,12}))?$/.exec(text) ?? assert.fail(text)
  const value = BigInt(whole) * 10n ** 12n + BigInt(fraction.padEnd(12, '0'))
  return sign === '' ? value : -value
}

function failed(question: string): (error: Error) => never {
  return error => assert.fail(`${question}\n${error.message}`)
}

/** Half past three in the night (UTC), still the day before in New York, three days after the next change of its clocks. */
function afterClockChange(): number {
  const format = new Intl.DateTimeFormat('en', { timeZone: 'America/New_York', timeZoneName: 'longOffset' })
  const offset = (ms: number) => format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value
  const today = Math.floor(Date.now() / DAY) * DAY + 3.5 * HOUR
  for (let day = today + APART; ; day += DAY) {
    if (offset(day) !== offset(day - DAY)) return day + 2 * DAY
  }
}

/** Five minutes past midnight on a first of a month that is a Monday. */
function firstOnMonday(): number {
  const today = new Date()
  for (let months = 2; ; months += 1) {
    const first = Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + months, 1, 0, 5)
    const isFar = [today.getTime(), afterClockChange()].every(other => Math.abs(first - other) >= APART)
    if (isFar && new Date(first).getUTCDay() === 1) return first
  }
}
