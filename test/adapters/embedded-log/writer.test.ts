// Failed writes, which a disk does not give on demand: the store is real, its `write` fails when told to.

import assert from 'node:assert/strict'
import { constants } from 'node:os'
import { it, type TestContext } from 'node:test'
import type { Catalog } from '#adapters/embedded-log/catalog.ts'
import { createHolders } from '#adapters/embedded-log/holders.ts'
import { createRetention } from '#adapters/embedded-log/retention.ts'
import { openStore } from '#adapters/embedded-log/store.ts'
import { createWriter } from '#adapters/embedded-log/writer.ts'
import { isCode, record, tempDir } from './kit.ts'

async function writerThatFails(t: TestContext) {
  const store = openStore(await tempDir(t), 2 ** 24)
  t.after(() => store.close())
  const faults = {
    write: undefined as unknown,
    answers: true,
    room: 2 ** 24,
    reserve: 2 ** 24,
    exhausted: false,
  }
  const catalog: Catalog = new Map()
  const clock = { now: () => 0 }
  const failing: typeof store = {
    ...store,
    write: change => (faults.write ? Promise.reject(faults.write) : store.write(change)),
  }
  const writer = createWriter({
    store: failing,
    catalog,
    retention: createRetention(store, catalog, createHolders(clock)),
    async room() {
      if (!faults.answers) throw new Error('MDB_PANIC')
      return {
        bytes: faults.room,
        reserveBytes: faults.reserve,
        limit: 'so the test says',
        exhausted: faults.exhausted,
      }
    },
    clock,
    partitions: 1,
    limits: { transactionBytes: 2 ** 20, queueBytes: 2 ** 20 },
    onWritten: () => undefined,
    onPassed: () => undefined,
  })
  const append = (key: string, options?: { reserve: boolean }): Promise<void> =>
    writer.append(100, transaction => transaction.append('t', [record(key)]), options)
  const bounds = () => catalog.get('t')?.partitions.map(({ head, end }) => ({ head, end }))
  return { store, faults, writer, append, bounds }
}

it('burns no offset and leaves nothing behind when a write fails', async t => {
  const { store, faults, append, bounds } = await writerThatFails(t)
  await append('a')
  faults.write = new Error('broken disk')
  const failed = await Promise.allSettled([append('b'), append('c')])
  assert.ok(failed.every(result => result.status === 'rejected' && isCode('log_unavailable')(result.reason)))
  assert.deepEqual(bounds(), [{ head: 0, end: 1 }])
  faults.write = undefined
  await append('d')
  assert.deepEqual(bounds(), [{ head: 0, end: 2 }])
  assert.deepEqual(
    [...store.blocks(0, 0, 0)].map(({ first, count }) => [first, count]),
    [
      [0, 1],
      [1, 1],
    ],
  )
})

it('makes no topic when the write that would make it fails', async t => {
  const { faults, append, bounds } = await writerThatFails(t)
  faults.write = new Error('broken disk')
  await assert.rejects(append('a'))
  assert.equal(bounds(), undefined)
})

it('calls a write that met a full disk log_full', async t => {
  const { faults, append } = await writerThatFails(t)
  faults.write = Object.assign(new Error('No space left on device'), { code: constants.errno.ENOSPC })
  await assert.rejects(append('a'), isCode('log_full'))
  faults.write = Object.assign(new Error('Input/output error'), { code: constants.errno.EIO })
  await assert.rejects(append('a'), isCode('log_unavailable'))
  // LMDB calls a write that was cut short EIO, whatever cut it.
  faults.room = 0
  await assert.rejects(append('a'), isCode('log_full'))
})

it('writes nothing while the store does not answer', async t => {
  const { faults, writer, append, bounds } = await writerThatFails(t)
  faults.write = new Error('the root was not written')
  faults.answers = false
  for (let i = 0; i < 2; i++) {
    await assert.rejects(append('a'), isCode('log_unavailable'))
    faults.write = undefined
  }
  await assert.rejects(
    writer.update(transaction => transaction.topic('u')),
    isCode('log_unavailable'),
  )
  assert.equal(bounds(), undefined)
})

it('refuses appends without room and still writes what needs none', async t => {
  const { faults, writer, append } = await writerThatFails(t)
  faults.room = 0
  const results = await Promise.allSettled([
    append('a'),
    writer.update(transaction => transaction.topic('u')),
    append('b'),
  ])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled', 'rejected'],
  )
  faults.exhausted = true
  await assert.rejects(
    writer.update(transaction => transaction.topic('v')),
    isCode('log_full'),
  )
})

it('takes from the reserve who may, in turn with those who are refused, until the reserve is gone too', async t => {
  const { faults, append } = await writerThatFails(t)
  faults.room = 0
  faults.reserve = 250
  const results = await Promise.allSettled([
    append('a'),
    append('b', { reserve: true }),
    append('c'),
    append('d', { reserve: true }),
    append('e', { reserve: true }),
  ])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
  )
  faults.reserve = 99
  await assert.rejects(append('f', { reserve: true }), isCode('log_full'))
})

it('lets an append that may use the reserve wait, however much waits', async t => {
  const { writer } = await writerThatFails(t)
  const append = (reserve: boolean): Promise<void> =>
    writer.append(2 ** 20, transaction => transaction.append('t', [record('a')]), { reserve })
  const results = await Promise.allSettled([append(false), append(false), append(true)])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
})
