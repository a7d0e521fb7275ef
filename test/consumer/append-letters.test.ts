// A dead-letter topic that takes less than a letter may have.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromRecord } from '#core/dead-letter.ts'
import { LedgerError } from '#core/errors.ts'
import type { EventLog } from '#ports/event-log.ts'
import { appendLetters } from '../../services/consumer/append-letters.ts'
import { recordLetter } from '../../services/consumer/record-letter.ts'
import { createStepWorld } from './context.ts'

const AT = Date.UTC(2026, 10, 24, 9, 30)
const REFUSAL = { code: 'malformed_avro', field: '', got: '', expected: '' } as const

const letter = (offset: number, bytes: number) => {
  const record = { key: 'k', value: Buffer.alloc(bytes, 'x'), offset, timestamp: AT }
  return recordLetter({ logId: 'log-1', topic: 'usage', partition: 0, record }, REFUSAL, '')
}

test('a letter that its topic can never take is kept without bytes, its neighbours are whole', {
  timeout: 10_000,
}, async t => {
  const { context, appended, lines } = await createStepWorld(t, async () => undefined)
  const calls: number[] = []
  const append: EventLog['append'] = async (_topic, records, options) => {
    assert.deepEqual(options, { reserve: true })
    calls.push(records.length)
    if (records.some(({ value }) => value.byteLength > 1_000)) throw new LedgerError('record_too_large')
    appended.push(...records)
  }
  const small = { ...context, eventLog: { ...context.eventLog, append } }
  await appendLetters(small, [letter(0, 10), letter(1, 2_000), letter(2, 20), letter(3, 3_000)])

  assert.deepEqual(calls, [4, 1, 1, 1, 1, 1, 1])
  const kept = appended.map(({ value }) => fromRecord(value))
  assert.deepEqual(
    kept.map(one => [
      one?.origin?.offset,
      one?.bytes_total,
      Buffer.from(one?.bytes_base64 ?? '', 'base64').length,
    ]),
    [
      [0, 10, 10],
      [1, 2_000, 0],
      [2, 20, 20],
      [3, 3_000, 0],
    ],
  )
  assert.deepEqual((await context.metrics.lettersCut.get()).values, [{ labels: {}, value: 2 }])
  assert.deepEqual(
    lines.map(({ cause, dead_letter_id }) => [cause, dead_letter_id]),
    [['letter too large', 'log-1/usage/0/1']],
  )
})

test('letters that their topic takes are appended once, together', async t => {
  const { context, appended } = await createStepWorld(t, async () => undefined)
  await appendLetters(context, [letter(0, 10), letter(1, 10)])
  assert.deepEqual(
    appended.map(({ key }) => key),
    ['log-1/usage/0/0', 'log-1/usage/0/1'],
  )
})
