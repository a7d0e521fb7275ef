// Hostile names and values, checked twice: as text (nothing that was sent is in the SQL) and as effect (the filter finds
// exactly its own event, and every table is still there with every row).

import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import { compileCosts } from '../../services/api/query/compile.ts'
import { encodeCursor } from '../../services/api/query/cursor.ts'
import { compileEvents, readEventQuery } from '../../services/api/query/events.ts'
import { readCostQuery } from '../../services/api/query/model.ts'
import { startEngine } from '../support/engine.ts'
import { createTestApi, storeEvents, testBook, usageEvent } from './fixture.ts'

const NOW = Date.parse('2026-11-24T10:00:00Z')

/** Values that an event may carry. */
const HOSTILE = [
  "'; DROP TABLE usage_events --",
  "' OR 1=1 --",
  "' OR '1'='1",
  "') OR 1=1 UNION ALL SELECT * FROM usage_events --",
  '" OR ""="',
  '`feature`',
  '\\',
  "\\'",
  "\\'; SELECT 1; --",
  '\\N',
  '\\x27',
  '%',
  '_',
  '%27',
  '{f0:String}',
  '{f0:Array(String)}',
  '$f0',
  "['a','b']",
  "a','b",
  '/* */',
  '-- ',
  '#',
  'NULL',
  'null',
  '0',
  '__proto__',
  'constructor',
  "file('/etc/passwd')",
  'ünïcödé 🦊',
  '\u2028',
  'ʼ OR 1=1',
  'a\u00a0b',
  ' leading and trailing ',
]

/** Values that no event can carry; asking for them is still no error of the warehouse. */
const IMPOSSIBLE = ['a\tb', 'a\nb', 'a\r\nb', 'a\0b', '\x1b[31m', '\u200b', 'x'.repeat(5_000)]

const query = (parameters: Record<string, string>): string => new URLSearchParams(parameters).toString()

const engine = await startEngine({ after })
const api = createTestApi({ after }, { warehouse: engine.warehouse('reader'), now: NOW })

const TABLES = ['usage_events', 'usage_by_feature', 'usage_by_user', 'dead_letters']

async function rowCounts(): Promise<Record<string, string>> {
  const counts = TABLES.map(table => `(SELECT count() FROM ${table}) AS ${table}`)
  const [row] = await engine.warehouse('writer').query<Record<string, string>>(`SELECT ${counts.join(', ')}`)
  return row ?? {}
}

describe('injection, as effect', () => {
  let counts: Record<string, string>

  before(async () => {
    const events = HOSTILE.map((value, i) =>
      usageEvent({
        event_id: value.trim() === value ? value : `e${i}`,
        occurred_at: NOW - 60_000 * (i + 1),
        feature: value,
        user_id: value,
        session_id: value,
        tags: { [value === '__proto__' ? 'proto' : value]: value },
        tokens: { input: i + 1 },
      }),
    )
    await storeEvents(engine, events, testBook())
    await engine.warehouse('writer').insertObjects(
      'dead_letters',
      HOSTILE.map(value => ({
        dead_letter_id: value,
        refused_at: '2026-11-24 09:00:00.000',
        reason: 'x',
        event_id: value,
      })),
    )
    counts = await rowCounts()
  })

  after(async () => {
    assert.deepEqual(await rowCounts(), counts, 'every table is still there with every row')
  })

  async function data(path: string): Promise<Record<string, unknown>[]> {
    const { status, body, text } = await api.get(path)
    assert.equal(status, 200, `${path}: ${text}`)
    return body['data'] as Record<string, unknown>[]
  }

  it('a filter finds exactly its own event, in every view', async () => {
    for (const [i, value] of HOSTILE.entries()) {
      for (const name of ['feature', 'user_id', 'session_id']) {
        const [row, ...more] = await data(`/v1/costs?${query({ [name]: value, group_by: name })}`)
        assert.deepEqual(
          [row?.[name], row?.['calls'], row?.['input_tokens'], more],
          [value, 1, i + 1, []],
          value,
        )
      }
    }
  })

  it('a tag’s key is a value', async () => {
    for (const [i, value] of HOSTILE.entries()) {
      const key = `tag.${value === '__proto__' ? 'proto' : value}`
      const filtered = await data(`/v1/costs?${query({ [key]: value })}`)
      assert.deepEqual([filtered[0]?.['calls'], filtered[0]?.['input_tokens']], [1, i + 1], value)
      // A list of groups is split at commas and trimmed.
      if (value.includes(',') || value.trim() !== value) continue
      const grouped = await data(`/v1/costs?${query({ group_by: key })}`)
      assert.ok(
        grouped.some(row => row[key] === value && row['input_tokens'] === i + 1),
        value,
      )
    }
  })

  it('ids of events and dead letters are values', async () => {
    for (const value of HOSTILE) {
      const letter = await api.get(`/v1/dead-letters/${encodeURIComponent(value)}`)
      assert.equal((letter.body['data'] as Record<string, unknown>)['dead_letter_id'], value)
      assert.equal((await data(`/v1/dead-letters?${query({ event_id: value })}`)).length, 1)
      if (value.trim() !== value) continue
      const event = await api.get(`/v1/events/${encodeURIComponent(value)}`)
      assert.equal((event.body['data'] as Record<string, unknown>)['event_id'], value)
    }
  })

  it('ids in cursors are values', async () => {
    const seen: unknown[] = []
    let next: unknown = ''
    while (next !== null) {
      const { body } = await api.get(`/v1/dead-letters?limit=1&${next === '' ? '' : `cursor=${next}`}`)
      seen.push(...(body['data'] as Record<string, unknown>[]).map(row => row['dead_letter_id']))
      next = body['next_cursor']
    }
    assert.deepEqual([...seen].sort(), [...HOSTILE].sort())
  })

  it('no value of any parameter of any list is an error of the server', async () => {
    const names = [
      'group_by',
      'metrics',
      'order',
      'granularity',
      'compare',
      'from',
      'to',
      'tz',
      'limit',
      'format',
    ]
    const others = [
      'cursor',
      'at',
      'model',
      'provider',
      'stage',
      'reason',
      'field',
      'event_id',
      'attempt',
      'batch',
    ]
    for (const path of [
      'costs',
      'costs/timeseries',
      'coverage',
      'events',
      'changes',
      'dead-letters',
      'prices',
    ]) {
      for (const name of [...names, ...others]) {
        for (const value of [HOSTILE[0], HOSTILE[14], 'NaN', ...IMPOSSIBLE.slice(3, 5)]) {
          const { status, text } = await api.get(`/v1/${path}?${query({ [name]: String(value) })}`)
          assert.ok(status === 200 || status === 400, `${path} ${name}=${JSON.stringify(value)}: ${text}`)
        }
      }
    }
  })

  it('what no event can carry matches nothing', async () => {
    for (const value of IMPOSSIBLE) {
      for (const name of ['feature', 'session_id', 'tag.x']) {
        const [row] = await data(`/v1/costs?${query({ [name]: value })}`)
        assert.equal(row?.['calls'], 0, JSON.stringify(value))
      }
    }
  })

  it('as many values of a filter as there may be are one question', async () => {
    const many = Array.from({ length: 499 }, (_, i) => `feature=f${i}`).join('&')
    const [row] = await data(`/v1/costs?${many}&feature=NULL`)
    assert.equal(row?.['calls'], 1)
  })
})

describe('injection, as text', () => {
  const options = { now: NOW, defaultZone: 'UTC' }
  const refuse = (parameters: Record<string, string>): void =>
    assert.throws(
      () => readCostQuery(parameters, { ...options, series: true }),
      error => error instanceof LedgerError && error.code === 'bad_query',
      JSON.stringify(parameters),
    )

  it('names are refused unless they are on the list', () => {
    for (const value of [...HOSTILE, ...IMPOSSIBLE, 'feature; DROP TABLE x', 'feature`', 'FEATURE', 'tags']) {
      if (value.trim() !== '') {
        refuse({ group_by: value })
        refuse({ metrics: value })
      }
      for (const name of ['order', 'granularity', 'tz', 'from', 'to', 'compare', 'limit'])
        refuse({ [name]: value })
      refuse({ [value]: 'x' })
    }
  })

  it('the SQL is the same whatever the values are', () => {
    const needle = 'nEeDlE'
    const texts = new Set<string>()
    for (const value of HOSTILE) {
      const sent = `${needle}${value}`
      const parameters = {
        feature: sent,
        [`tag.${sent}`]: sent,
        group_by: `tag.${sent.replaceAll(',', '')}`,
      }
      const { sql } = compileCosts(
        readCostQuery({ ...parameters, compare: 'previous' }, { ...options, series: true }),
      )
      texts.add(sql)
      const { group_by: _, ...filters } = parameters
      const { question, costs } = readEventQuery(filters, options)
      const cursor = encodeCursor(question, {
        window: costs.window,
        value: '2026-11-24 09:00:00.000',
        id: sent,
      })
      texts.add(compileEvents(readEventQuery({ ...filters, cursor }, options)).sql)
    }
    assert.equal(texts.size, 2)
    assert.doesNotMatch([...texts].join(), /nEeDlE/)
  })
})
