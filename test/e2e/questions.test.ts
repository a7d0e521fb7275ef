// What people come with: "which feature drives most spend?" Each question is asked as one command and as the one query of
// docs/sql.md, over thirty days of the demo, and both answers are held to plain sums over the events that were sent.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { formatPicos, type Picos } from '#core/money.ts'
import type { DemoEvent } from '../../services/embedded/demo/call.ts'
import { demoHistory } from '../../services/embedded/demo/history.ts'
import { incidentsBefore } from '../../services/embedded/demo/incidents.ts'
import { createPost } from '../../services/embedded/demo/post.ts'
import { type Priced, price } from '../embedded/demo/priced.ts'
import { eventually, runCommand, scratchDirectory, startLedger } from '../support/ledger-process.ts'
import { silentLog } from '../support/silent.ts'

const DAY = 86_400_000
const HOUR = 3_600_000
const QUARTER = 900_000
const NOW = Date.now()
const PER_POST = 500

type Row = Readonly<Record<string, unknown>>

const page = readFileSync(new URL('../../docs/sql.md', import.meta.url), 'utf8')

/** The query under a heading of docs/sql.md, with its clock set. */
function queryOf(heading: string, now = NOW): string {
  const sql = page.split(`### ${heading}\n`)[1]?.match(/```sql\n([\s\S]*?)```/)?.[1]
  assert.ok(sql, heading)
  return sql.replace(/now\('([^']+)'\)/g, (_, zone) => `toDateTime(${Math.floor(now / 1_000)}, '${zone}')`)
}

const sum = (calls: readonly Priced[]): Picos =>
  calls.reduce((usd, { cost }) => usd + (cost.costUsd ?? 0n), 0n)

/** Decimal text without zeros at its end: views and API write amounts with different scales. */
const amount = (value: unknown): string => {
  const text = String(value)
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

const usd = (calls: readonly Priced[]): string => amount(formatPicos(sum(calls)))

function groups(calls: readonly Priced[], keyOf: (event: DemoEvent) => unknown): Map<string, Priced[]> {
  const found = new Map<string, Priced[]>()
  for (const call of calls) {
    const key = String(keyOf(call.event) ?? '')
    found.set(key, [...(found.get(key) ?? []), call])
  }
  return found
}

/** Undone last to first, at the end of the file. */
type Hook = (...none: never[]) => unknown
const undo: Hook[] = []
const cleanup = { after: (hook?: Hook) => void (hook && undo.push(hook)) }
after(async () => {
  for (const hook of undo.toReversed()) await hook()
})

const incidents = incidentsBefore(NOW)
const ledger = await startLedger(cleanup, await scratchDirectory(cleanup))
const events: DemoEvent[] = []
for await (const event of demoHistory({ now: NOW })) events.push(event)
const calls: readonly Priced[] = await price(events, NOW)

async function sql(query: string): Promise<Row[]> {
  const { code, stdout, stderr } = await runCommand(['sql', query, '--json'], ledger.env)
  assert.equal(code, 0, stderr)
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Row)
}

async function command(
  ...args: string[]
): Promise<{ readonly data: readonly Row[]; readonly [name: string]: unknown }> {
  const { code, stdout, stderr } = await runCommand([...args, '--json'], ledger.env)
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout)
}

const since = (ms: number) => calls.filter(({ at }) => at >= ms)

describe('a question of the guides, as one command and as one query', () => {
  before(async () => {
    const post = createPost(ledger.url, silentLog())
    for (let i = 0; i < events.length; i += PER_POST) await post(events.slice(i, i + PER_POST))
    const reader = await ledger.connect('reader')
    await eventually(
      'totals of all events',
      () =>
        reader.query<{ events: string; calls: string }>(
          'SELECT (SELECT count() FROM v_events) AS events, (SELECT sum(calls) FROM v_user_costs_hourly) AS calls',
        ),
      ([row]) => Number(row?.events) === calls.length && Number(row?.calls) === calls.length,
      120_000,
    )
  })

  it('which feature drives most spend', async () => {
    const from = Math.floor(NOW / DAY) * DAY - 29 * DAY
    const byFeature = groups(since(from), event => event['feature'])
    const { data } = await command('top', 'features', '--from', new Date(from).toISOString())
    assert.equal(data.length, byFeature.size)
    for (const row of data)
      assert.equal(amount(row['cost_usd']), usd(byFeature.get(String(row['feature'])) ?? []))

    const rows = await sql(queryOf('Which feature drives most spend?'))
    assert.deepEqual(
      rows.map(row => [row['feature'], amount(row['usd'])]),
      data.map(row => [row['feature'], amount(row['cost_usd'])]),
    )
    const [first] = [...byFeature].sort(([, a], [, b]) => (sum(a) < sum(b) ? 1 : -1))
    assert.equal(data[0]?.['feature'], first?.[0])
  })

  it('which segment costs most per session', async () => {
    const week = since(NOW - 7 * DAY).filter(({ event }) => event['session_id'] !== undefined)
    const expected = [...groups(week, event => event['user_segment'])]
      .map(([segment, of]) => {
        const sessions = groups(of, event => event['session_id']).size
        return { segment, sessions, each: Number(formatPicos(sum(of))) / sessions }
      })
      .sort((a, b) => b.each - a.each)
    const rows = await sql(queryOf('Which segment costs most per session?'))
    assert.deepEqual(
      rows.map(row => [row['user_segment'], Number(row['sessions'])]),
      expected.map(({ segment, sessions }) => [segment, sessions]),
    )

    const from = Math.ceil(NOW / QUARTER) * QUARTER - 7 * DAY
    const { data } = await command(
      ...['top', 'segments', '--metrics', 'sessions,cost_per_session', '--order', 'cost_per_session'],
      ...['--from', new Date(from).toISOString()],
    )
    const asked = groups(since(from), event => event['user_segment'])
    for (const row of data) {
      const of = asked.get(String(row['user_segment'])) ?? []
      const sessions = [...groups(of, event => event['session_id']).keys()].filter(id => id !== '').length
      assert.equal(row['sessions'], sessions)
    }
    assert.equal(data[0]?.['user_segment'], expected[0]?.segment)
  })

  it('which prompt change doubled output tokens', async () => {
    const [row, ...others] = await sql(queryOf('Which prompt change doubled output tokens?'))
    assert.deepEqual(
      [row?.['prompt_id'], row?.['version_before'], row?.['prompt_version']],
      ['sql-assistant', 'v6', 'v7'],
    )
    assert.ok(Number(row?.['times']) > 1.8 && Number(row?.['times']) < 2.4, JSON.stringify(row))
    assert.deepEqual(others, [])

    const from = Math.ceil(NOW / QUARTER) * QUARTER - 29 * DAY
    const { data } = await command(
      'top',
      'prompt_id,prompt_version',
      '--from',
      new Date(from).toISOString(),
      '--metrics',
      'output_tokens,output_tokens_per_call',
    )
    const versions = groups(since(from), event => `${event['prompt_id']} ${event['prompt_version']}`)
    for (const found of data) {
      const of =
        versions.get(`${found['prompt_id'] || undefined} ${found['prompt_version'] || undefined}`) ?? []
      const tokens = of.reduce((total, call) => total + call.outputTokens, 0)
      assert.equal(found['output_tokens'], tokens)
    }
    const written = (version: string) => {
      const of = data.find(
        found => found['prompt_id'] === 'sql-assistant' && found['prompt_version'] === version,
      )
      return Number(of?.['output_tokens_per_call'])
    }
    assert.ok(written('v7') > 1.8 * written('v6'))
  })

  it('which release caused the spike', async () => {
    const mondays = { from: incidents.growth + 3 * DAY, to: incidents.growth + 5 * DAY }
    const before = { from: mondays.from - 7 * DAY, to: mondays.to - 7 * DAY }
    const iso = (ms: number) => new Date(ms).toISOString()
    const answer = await command(
      ...['explain', '--feature', 'doc-search', '--from', iso(mondays.from), '--to', iso(mondays.to)],
      ...['--baseline', `${iso(before.from)}/${iso(before.to)}`],
    )
    const of = ({ from, to }: typeof before) =>
      calls.filter(({ event, at }) => event['feature'] === 'doc-search' && at >= from && at < to)
    const change = sum(of(mondays)) - sum(of(before))
    assert.equal(amount(answer['change_usd']), amount(formatPicos(change)))
    const parts = answer.data as readonly { readonly factor: string; readonly change_usd: string }[]
    const [largest] = [...parts].sort((a, b) => Number(b.change_usd) - Number(a.change_usd))
    assert.equal(largest?.factor, 'input', JSON.stringify(parts))
    const carried = answer['carried_by'] as { readonly release: readonly { readonly value: string }[] }
    const released = calls.find(
      ({ event, at }) => event['feature'] === 'doc-search' && at >= incidents.growth,
    )
    assert.equal(carried.release[0]?.value, released?.event['release'])

    const then = Math.floor(mondays.to / HOUR) * HOUR
    const rows = await sql(queryOf('Which release caused the spike?', then))
    for (const row of rows) {
      const same = (from: number, to: number) =>
        calls.filter(
          ({ event, at }) =>
            (event['feature'] ?? '') === row['feature'] &&
            (event['release'] ?? '') === row['release'] &&
            at >= from &&
            at < to,
        )
      const after = same(then - 23 * HOUR, Number.POSITIVE_INFINITY)
      const earlier = same(then - 47 * HOUR, then - 23 * HOUR)
      assert.equal(amount(row['usd']), usd(after))
      assert.equal(amount(row['usd_before']), usd(earlier))
    }
    assert.ok(rows.length > 5)
  })

  it('what one user cost this month', async () => {
    const now = new Date(NOW)
    const month = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)
    // Of all thirty days: in the first minutes of a month nobody has called yet.
    const [[user] = ['']] = [...groups(calls, event => event['user_id'])]
      .filter(([id]) => id !== '')
      .sort(([, a], [, b]) => b.length - a.length)
    const own = since(month).filter(({ event }) => event['user_id'] === user)
    const { total } = await command('user', user, '--from', new Date(month).toISOString())
    assert.equal(amount((total as Row)['cost_usd']), usd(own))
    assert.equal((total as Row)['calls'], own.length)

    const query = queryOf('What did user u1 cost this month?').replace("'u1'", `'${user}'`)
    const [row] = await sql(query)
    assert.equal(amount(row?.['usd']), usd(own))
  })

  it('what input and output are of each feature', async () => {
    const from = Math.floor(NOW / DAY) * DAY - 6 * DAY
    const of = groups(since(from), event => event['feature'])
    const metrics = 'input_tokens,output_tokens,output_per_input'
    const { data } = await command(
      'top',
      'features',
      '--metrics',
      metrics,
      '--from',
      new Date(from).toISOString(),
    )
    const rows = await sql(queryOf('What are input and output of each feature, and their ratio?'))
    assert.equal(rows.length, of.size)
    for (const row of rows) {
      const own = of.get(String(row['feature'])) ?? []
      const tokens = {
        input: own.reduce((total, { inputTokens }) => total + inputTokens, 0),
        output: own.reduce((total, { outputTokens }) => total + outputTokens, 0),
      }
      assert.deepEqual([Number(row['input']), Number(row['output'])], [tokens.input, tokens.output])
      const found = data.find(({ feature }) => feature === row['feature'])
      assert.deepEqual([found?.['input_tokens'], found?.['output_tokens']], [tokens.input, tokens.output])
      assert.ok(Math.abs(Number(found?.['output_per_input']) - tokens.output / tokens.input) < 1e-9)
    }
  })
})
