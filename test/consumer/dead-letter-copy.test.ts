// The dead-letter topic in the warehouse: what is no letter stops nothing, a copy is one letter and keeps its mark.

import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { contentId, createDeadLetter, type DeadLetter, toRecord } from '#core/dead-letter.ts'
import { LedgerError } from '#core/errors.ts'
import type { LogBatch } from '#ports/event-log.ts'
import type { Warehouse } from '#ports/warehouse.ts'
import { idsByReason, type Letter, markReplayed, readLetters } from '../../services/cli/letters.ts'
import { copyDeadLetters } from '../../services/consumer/dead-letter-copy.ts'
import { startEngine } from '../support/engine.ts'
import { createStepWorld } from './context.ts'

const engine = await startEngine({ after })
const writer = engine.warehouse('writer')

const AT = Date.now() - 60_000

const letter = (name: string, more: Partial<Parameters<typeof createDeadLetter>[0]> = {}): DeadLetter =>
  createDeadLetter({
    id: contentId(Buffer.from(name)),
    refusal: { code: 'wrong_type', field: 'tokens.input', got: '"five"', expected: 'a whole number' },
    stage: 'collector',
    bytes: Buffer.from(name),
    origin: null,
    eventId: name,
    refusedAt: AT,
    ...more,
  })

const batchOf = (values: readonly Uint8Array[]): LogBatch => ({
  logId: 'log-1',
  topic: 'dead',
  partition: 0,
  first: 0,
  last: values.length - 1,
  records: values.map((value, offset) => ({ key: 'k', value, offset, timestamp: Date.now() })),
})

const letters = (...all: DeadLetter[]): LogBatch => batchOf(all.map(one => toRecord(one).value))

async function lettersNamed(prefix: string) {
  return writer.query<{ event_id: string; refused_at: string; replayed: number }>(
    `SELECT event_id, toString(toUnixTimestamp64Milli(refused_at)) AS refused_at, replayed_at IS NOT NULL AS replayed
FROM v_dead_letters WHERE startsWith(event_id, {prefix:String}) ORDER BY event_id`,
    { params: { prefix } },
  )
}

test('poison in the dead-letter topic is dropped and counted, the letters beside it are kept', async t => {
  const { context, batchRows, committed, lines } = await createStepWorld(t, writer.insert)
  const whole = JSON.stringify(letter('poison-x'))
  const poison = [
    '{"dead_letter_id":"a","bytes_base64":""}',
    'null',
    '[]',
    '{',
    '',
    whole.replace(String(AT), '"today"'),
    whole.replace(String(AT), '1e300'),
    whole.replace('"origin":null', '"origin":{"log_id":"l"}'),
  ].map(text => Buffer.from(text))
  const good = ['poison-1', 'poison-2'].map(name => toRecord(letter(name)).value)
  await copyDeadLetters(context, [batchOf([...poison, ...good])])
  assert.deepEqual(
    (await lettersNamed('poison-')).map(({ event_id }) => event_id),
    ['poison-1', 'poison-2'],
  )
  const [row] = batchRows
  assert.deepEqual([row?.['read'], row?.['stored'], row?.['dead'], row?.['dropped']], [10, 2, 0, 8])
  assert.deepEqual(committed, [{ logId: 'log-1', topic: 'dead', partition: 0, first: 0, last: 9 }])
  assert.equal(lines.length, 1)
  const { values } = await context.metrics.lettersDropped.get()
  assert.deepEqual(values, [{ labels: { reason: 'no_letter' }, value: 8 }])
})

test('a letter that the warehouse refuses is dropped alone', async t => {
  const picky: Warehouse['insert'] = async (table, columns, rows, options) => {
    if (Buffer.from(rows).includes('refused-1')) throw new LedgerError('row_refused', 'it does not like 1')
    await writer.insert(table, columns, rows, options)
  }
  const { context, batchRows, lines } = await createStepWorld(t, picky)
  await copyDeadLetters(context, [letters(...[0, 1, 2].map(n => letter(`refused-${n}`)))])
  assert.deepEqual(
    (await lettersNamed('refused-')).map(({ event_id }) => event_id),
    ['refused-0', 'refused-2'],
  )
  assert.deepEqual([batchRows[0]?.['stored'], batchRows[0]?.['dropped']], [2, 1])
  assert.deepEqual(
    lines.map(({ dead_letter_id: id }) => id),
    [contentId(Buffer.from('refused-1'))],
  )
  const { values } = await context.metrics.lettersDropped.get()
  assert.deepEqual(values, [{ labels: { reason: 'row_refused' }, value: 1 }])
})

test('a letter that is copied again is one letter, the first refusal of it, and stays replayed', async t => {
  const { context } = await createStepWorld(t, writer.insert)
  const first = letter('again')
  const later = letter('again', { refusedAt: AT + 5_000 })
  await copyDeadLetters(context, [letters(first)])
  await copyDeadLetters(context, [letters(later, first, later)])
  assert.deepEqual(await lettersNamed('again'), [{ event_id: 'again', refused_at: String(AT), replayed: 0 }])
  assert.ok((await idsByReason(writer, 'wrong_type')).includes(first.dead_letter_id))

  await markReplayed(writer, [first.dead_letter_id])
  await copyDeadLetters(context, [letters(first, later)])
  assert.deepEqual(await lettersNamed('again'), [{ event_id: 'again', refused_at: String(AT), replayed: 1 }])
  await writer.command('OPTIMIZE TABLE dead_letters FINAL')
  assert.deepEqual(await lettersNamed('again'), [{ event_id: 'again', refused_at: String(AT), replayed: 1 }])
  assert.ok(!(await idsByReason(writer, 'wrong_type')).includes(first.dead_letter_id))
})

test('a letter is read with its time and the place where its record stood', async t => {
  const { context } = await createStepWorld(t, writer.insert)
  const origin = { log_id: 'log-1', topic: 'usage', partition: 3, offset: 2 ** 40 }
  const placed = letter('placed', { id: 'log-1/usage/3/x', stage: 'consumer', origin })
  const own = letter('own')
  await copyDeadLetters(context, [letters(placed, own)])
  const read: Letter[] = []
  for await (const one of readLetters(writer, [own.dead_letter_id, placed.dead_letter_id])) read.push(one)
  assert.deepEqual(
    read.map(({ id, refusedAt, origin: at, bytes }) => [id, refusedAt, at, bytes.toString()]),
    [
      [own.dead_letter_id, AT, null, 'own'],
      [placed.dead_letter_id, AT, origin, 'placed'],
    ],
  )
})
