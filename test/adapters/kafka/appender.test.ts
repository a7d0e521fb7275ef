import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createTopic, needsKafka, uniqueName } from '../../support/kafka.ts'
import { numbers, openLog, readUntil, records, sorted, valuesOf } from './kit.ts'

const need = await needsKafka()

describe('appends', { ...need, concurrency: true, timeout: 90_000 }, () => {
  test('a record too large for the topic is refused alone: its neighbours and other callers are taken', async t => {
    const { log, lines } = await openLog(t)
    const topic = await createTopic(t, uniqueName('small'), { config: { 'max.message.bytes': '3000' } })
    const large = { key: 'large', value: Buffer.alloc(8_000, '1') }
    const mixed = log.append(topic, [...records(0, 10), large, ...records(10, 20)])
    const others = numbers(20, 60).map(n => log.append(topic, records(n, n + 1)))
    await assert.rejects(mixed, { code: 'record_too_large', retryable: false })
    await Promise.all(others)
    await assert.rejects(log.append(topic, [large]), { code: 'record_too_large' })
    const subscription = await log.subscribe({ group: uniqueName('group'), topics: [topic] })
    const read = await readUntil(subscription, all => new Set(valuesOf(all)).size >= 50)
    const found = new Set(valuesOf(read))
    for (const n of [...numbers(0, 10), ...numbers(20, 60)]) assert.ok(found.has(n), `${n} is there`)
    assert.ok(!found.has(Number('1'.repeat(8_000))))
    assert.deepEqual(
      lines.filter(({ level }) => level !== 'info'),
      [],
      'no outage is made of it',
    )
  })

  test('of many callers, read by many groups: each gets each record', async t => {
    const { log } = await openLog(t)
    const topic = await createTopic(t, uniqueName('many'), { partitions: 3 })
    const groups = await Promise.all(
      numbers(0, 6).map(() => log.subscribe({ group: uniqueName('group'), topics: [topic] })),
    )
    const readers = groups.map(one =>
      readUntil(one, all => valuesOf(all).length >= 2_000, { ms: 60_000, commit: true }),
    )
    await Promise.all(numbers(0, 1_000).map(n => log.append(topic, records(n * 2, n * 2 + 2))))
    for (const read of await Promise.all(readers)) assert.deepEqual(sorted(valuesOf(read)), numbers(0, 2_000))
  })

  test('larger than one send arrive whole', async t => {
    const { log } = await openLog(t)
    const topic = await createTopic(t, uniqueName('large'), { partitions: 2 })
    await log.append(topic, records(0, 3_000))
    await log.append(topic, [])
    const subscription = await log.subscribe({ group: uniqueName('group'), topics: [topic] })
    const read = await readUntil(subscription, all => valuesOf(all).length >= 3_000)
    assert.deepEqual(sorted(valuesOf(read)), numbers(0, 3_000))
  })

  test('after the end are refused, and the end may come twice', async t => {
    const { log } = await openLog(t)
    const topic = await createTopic(t, uniqueName('end'))
    const last = log.append(topic, records(0, 1))
    await Promise.all([log.close(), log.close()])
    await last.catch(error => assert.equal(error.code, 'log_unavailable'))
    await assert.rejects(log.append(topic, records(1, 2)), { code: 'log_unavailable' })
    assert.deepEqual(await log.health(), { ok: false, reason: 'the event log is closed' })
  })
})
