import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { LedgerError } from '#core/errors.ts'
import {
  encodeCursor,
  type PositionKind,
  questionOf,
  readCursor,
} from '../../../services/api/query/cursor.ts'
import { readEventQuery } from '../../../services/api/query/events.ts'
import { NOW, parameters } from './questions.ts'

const WINDOW = { from: Date.parse('2026-11-24T00:00:00Z'), to: Date.parse('2026-11-25T00:00:00Z') }
const POSITION = { window: WINDOW, value: '2026-11-24 10:00:00.000', id: 'e' }

const clock = { now: NOW, defaultZone: 'UTC' }

const refused = (read: () => unknown, what: string): void =>
  assert.throws(
    read,
    error =>
      error instanceof LedgerError && error.code === 'bad_query' && /^.*cursor is /.test(error.message),
    what,
  )

describe('cursors', () => {
  it('are read back as what they were made of', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (id, question) => {
        for (const [kind, value] of [
          ['time', POSITION.value],
          ['amount', '0.000000000001'],
          ['amount', '-1'],
          ['id', ''],
        ] as const) {
          const position = { ...POSITION, value, id }
          assert.deepEqual(readCursor({ cursor: encodeCursor(question, position) }, question, kind), position)
        }
      }),
    )
  })

  it('are refused where any character was changed', () => {
    const cursor = encodeCursor('q', POSITION)
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    const tampered = [
      '',
      'x',
      '!!',
      'A'.repeat(5_000),
      ...parts.map((_: unknown, i: number) => JSON.stringify(parts.toSpliced(i, 1, 'other'))),
      JSON.stringify(parts.slice(1)),
      '{"id":"e"}',
    ]
    for (const text of tampered) {
      const sent = text.includes('"') ? Buffer.from(text).toString('base64url') : text
      refused(() => readCursor({ cursor: sent }, 'q', 'time'), text)
    }
  })

  it('that are made by hand reach nothing that the warehouse cannot read', () => {
    const values: [PositionKind, string][] = [
      ['time', '1); DROP TABLE x'],
      ['time', '0.5'],
      ['time', '2026-11-24 99:00:00.000'],
      ['time', '2026-11-25 00:00:00.000'],
      ['amount', '1e9'],
      ['amount', '2026-11-24 10:00:00.000'],
      ['amount', '1'.repeat(40)],
      ['id', '1'],
    ]
    for (const [kind, value] of values) {
      refused(() => readCursor({ cursor: encodeCursor('q', { ...POSITION, value }) }, 'q', kind), value)
    }
    for (const window of [
      { from: -1e15, to: 1e15 },
      { from: 0.5, to: 1 },
      { from: 0, to: WINDOW.to },
      { from: WINDOW.from, to: Number.NaN },
    ]) {
      refused(
        () => readCursor({ cursor: encodeCursor('q', { ...POSITION, window }) }, 'q', 'time'),
        JSON.stringify(window),
      )
    }
  })

  const after = (text: string): string => {
    const { question, costs, order } = readEventQuery(parameters(text), clock)
    const value = order === 'top' ? '0.5' : '2026-11-24 10:00:00.000'
    return encodeCursor(question, { window: costs.window, value, id: 'e' })
  }

  it('belong to one question: its filters, order, window and zone', () => {
    const asked = 'feature=chat&feature=search&from=24h'
    const cursor = after(asked)
    for (const same of [
      asked,
      'from=24h&feature=search&feature=chat&order=newest&tz=UTC',
      `${asked}&limit=5`,
    ]) {
      readEventQuery({ ...parameters(same), cursor }, clock)
    }
    for (const other of [
      '',
      'feature=chat&from=24h',
      'feature=chat&feature=search&from=25h',
      `${asked}&to=2026-11-24T10:00:00Z`,
      `${asked}&order=top`,
      `${asked}&tz=Asia/Kathmandu`,
      `${asked}&team=a`,
    ]) {
      refused(() => readEventQuery({ ...parameters(other), cursor }, clock), other)
    }
  })

  it('keep the window that a word meant on the first page', () => {
    const later = { ...clock, now: NOW + 3_600_000 }
    const first = readEventQuery(parameters('from=24h'), clock)
    const second = readEventQuery({ ...parameters('from=24h'), cursor: after('from=24h') }, later)
    assert.deepEqual(second.costs.window, first.costs.window)
    assert.notDeepEqual(readEventQuery(parameters('from=24h'), later).costs.window, first.costs.window)
  })

  it('tell lists, orders and parameters apart however these are written', () => {
    const texts = fc.array(fc.string(), { maxLength: 3 })
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const [one, other] = [questionOf(['l'], { x: a }), questionOf(['l'], { x: b })]
        assert.equal(one === other, JSON.stringify(a.toSorted()) === JSON.stringify(b.toSorted()))
      }),
    )
  })

  it('are part of a query string as they are', () => {
    const cursor = encodeCursor('q', { ...POSITION, id: 'ü/+?&' })
    assert.equal(parameters(`cursor=${cursor}`)['cursor'], cursor)
  })
})
