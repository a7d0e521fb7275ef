// Conformance of appends: what is acknowledged is there, whole, in order, after whatever happens to the process.

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { it } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import {
  byPartition,
  keys,
  opened,
  POLL,
  type Prepare,
  record,
  setUp,
  TIMEOUT,
  text,
} from './event-log-kit.ts'
import { crash, openLog } from './log-under-test.ts'

export function registerRecordTests(prepare: Prepare): void {
  it('has what it acknowledged after the process was killed right then', TIMEOUT, async t => {
    const { under, topic, group, read } = await setUp(t, prepare)
    const { acknowledged } = await crash(t, under, { kind: 'append', topic, keys: keys(300), acks: 100 })
    assert.ok(acknowledged.length >= 100)
    const log = await openLog(t, under)
    const subscription = await log.subscribe({ group, topics: [topic] })
    const found = new Set<string>()
    await read(
      subscription,
      () => acknowledged.every(key => found.has(key)),
      one => found.add(one.key),
    )
  })

  it('keeps the records of a key in one partition and in order', TIMEOUT, async t => {
    const { topic, log, join, read } = await opened(t, prepare)
    for (let i = 0; i < 20; i++) {
      await log.append(
        topic,
        keys(5).map(key => record(key, `${i}`)),
      )
    }
    const all = await read.count(await join(), 100)
    for (const key of keys(5)) {
      const own = all.filter(one => one.key === key)
      assert.deepEqual(
        own.map(text),
        Array.from({ length: 20 }, (_, i) => `${i}`),
      )
      assert.equal(new Set(own.map(({ partition }) => partition)).size, 1)
    }
  })

  it('gives each record once to a subscription, unchanged, with ascending offsets', TIMEOUT, async t => {
    const { topic, group, log, join, read } = await opened(t, prepare)
    const before = Date.now()
    await Promise.all(keys(200).map(key => log.append(topic, [record(key), record(key, '')])))
    const after = Date.now()
    for (const subscription of [await join(), await join(`${group}-other`)]) {
      const all = await read.count(subscription, 400)
      assert.deepEqual(await subscription.poll(POLL), [])
      assert.deepEqual(
        all.map(one => `${one.key} ${text(one)}`).sort(),
        keys(200)
          .flatMap(key => [`${key} `, `${key} value of ${key}`])
          .sort(),
      )
      for (const records of byPartition(all)) {
        assert.ok(records.every((one, i) => i === 0 || one.offset > (records[i - 1]?.offset ?? Infinity)))
      }
      assert.ok(all.every(({ timestamp }) => timestamp >= before - 60_000 && timestamp <= after + 60_000))
    }
  })

  it('keeps a large record whole', TIMEOUT, async t => {
    const { topic, log, join, read } = await opened(t, prepare)
    const value = randomBytes(900_000)
    await log.append(topic, [{ key: 'large', value }, record('small')])
    const all = await read.count(await join(), 2)
    const large = all.find(({ key }) => key === 'large')
    assert.ok(large && value.equals(large.value))
  })

  it('takes appends that may use the reserve like any other', TIMEOUT, async t => {
    const { topic, log, join, read } = await opened(t, prepare)
    await log.append(topic, [record('a'), record('b')], { reserve: true })
    await assert.rejects(log.append(topic, [record('')], { reserve: true }), TypeError)
    const all = await read.count(await join(), 2)
    assert.deepEqual(all.map(({ key }) => key).sort(), ['a', 'b'])
  })

  it('refuses a record without a key, and what came with it', TIMEOUT, async t => {
    const { topic, log, join, read } = await opened(t, prepare)
    await assert.rejects(log.append(topic, [record('a'), record('')]), TypeError)
    await log.append(topic, [])
    await log.append(topic, [record('b')])
    const subscription = await join()
    assert.deepEqual(
      (await read.count(subscription, 1)).map(({ key }) => key),
      ['b'],
    )
    assert.deepEqual(await subscription.poll(POLL), [])
  })

  it('refuses appends as log_unavailable once it is closed, and says so', TIMEOUT, async t => {
    const { topic, log } = await opened(t, prepare)
    await log.append(topic, [record('a')])
    assert.deepEqual(await log.health(), { ok: true })
    await log.close()
    await assert.rejects(
      log.append(topic, [record('b')]),
      error => error instanceof LedgerError && error.code === 'log_unavailable',
    )
    assert.equal((await log.health()).ok, false)
  })

  it('keeps its id', TIMEOUT, async t => {
    const { under } = await setUp(t, prepare)
    const ids: string[] = []
    for (let i = 0; i < 2; i++) {
      const log = await openLog(t, under)
      ids.push(log.id)
      await log.close()
    }
    assert.ok(ids[0])
    assert.equal(ids[0], ids[1])
  })
}
