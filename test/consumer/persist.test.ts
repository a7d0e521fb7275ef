import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import { createLogger } from '#platform/log.ts'
import { createPersist } from '../../services/consumer/persist.ts'
import { collectLines } from '../platform/http-fixture.ts'

/** A minute passes with every look at the clock. */
function fixture() {
  const stream = collectLines()
  let now = 0
  const retried: string[] = []
  const persist = createPersist({
    log: createLogger({ level: 'info', format: 'json', service: 'test', stream }),
    clock: { now: () => (now += 60_000) },
    stopping: new AbortController().signal,
    onRetry: what => retried.push(what),
  })
  const lines = () => stream.lines.map(({ level, msg }) => [level, msg])
  return { persist, lines, retried }
}

/** Fails that often, then ends as `last` does. */
function failing(times: number, last: () => Promise<string>): () => Promise<string> {
  let calls = 0
  return async () => {
    if (calls++ < times) throw new LedgerError('warehouse_unavailable')
    return last()
  }
}

const BEGAN = ['warn', 'cannot insert rows at the moment; trying again, nothing is lost']
const OVER = ['info', 'can insert rows again']

test('an outage is said once when it begins and once when it is over, however long it takes', async () => {
  const { persist, lines, retried } = fixture()
  assert.equal(
    await persist(
      'insert rows',
      failing(3, async () => 'done'),
    ),
    'done',
  )
  assert.equal(retried.length, 3)
  assert.deepEqual(lines(), [BEGAN, OVER])
})

test('a refused row ends an outage too: the warehouse has answered', async () => {
  const { persist, lines } = fixture()
  const refusing = failing(1, async () => {
    throw new LedgerError('row_refused')
  })
  await assert.rejects(persist('insert rows', refusing), { code: 'row_refused' })
  assert.deepEqual(lines(), [BEGAN, OVER])
})

test('a call that never failed does not end the outage of one beside it', async () => {
  const { persist, lines } = fixture()
  let isThere = false
  const waiting = persist('insert rows', async () => {
    if (!isThere) throw new LedgerError('warehouse_unavailable')
  })
  await persist('insert rows', async () => 'done')
  assert.deepEqual(lines(), [BEGAN])
  isThere = true
  await waiting
  assert.deepEqual(lines(), [BEGAN, OVER])
})
