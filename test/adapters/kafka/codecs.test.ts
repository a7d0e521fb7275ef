// Compressions that producers of other languages use. The broker compresses these batches itself (`compression.type` of the
// topic), so what is read was not written by the libraries that read it.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import kafkajs from 'kafkajs'
import { createTopic, kafkaClient, needsKafka, startProducer, uniqueName } from '../../support/kafka.ts'
import { numbers, openLog, readUntil, sorted } from './kit.ts'

const need = await needsKafka()

const text = (n: number): string => `${n} ${'words that come again and again '.repeat(n % 40)}`

describe('compressed batches are read', { ...need, concurrency: true, timeout: 60_000 }, () => {
  for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
    test(`of ${codec}, as the broker writes it`, async t => {
      const { log } = await openLog(t)
      const topic = await createTopic(t, uniqueName(codec), { config: { 'compression.type': codec } })
      await (await startProducer(t)).send(
        topic,
        numbers(0, 300).map(n => ({ key: 'k', value: text(n) })),
      )
      const subscription = await log.subscribe({ group: uniqueName('group'), topics: [topic] })
      const all = await readUntil(
        subscription,
        batches => batches.flatMap(({ records }) => records).length === 300,
      )
      const values = all.flatMap(({ records }) => records.map(({ value }) => Buffer.from(value).toString()))
      assert.deepEqual(values, numbers(0, 300).map(text))
    })
  }

  test('of gzip and snappy, as kafkajs writes them, mixed in one topic', async t => {
    const { log } = await openLog(t)
    const topic = await createTopic(t, uniqueName('mixed'))
    const producer = kafkaClient().producer()
    await producer.connect()
    t.after(() => producer.disconnect())
    const { GZIP, Snappy, None } = kafkajs.CompressionTypes
    for (const [index, compression] of [GZIP, Snappy, None, GZIP].entries()) {
      const messages = numbers(index * 50, index * 50 + 50).map(n => ({ key: 'k', value: text(n) }))
      await producer.send({ topic, compression, messages })
    }
    const subscription = await log.subscribe({ group: uniqueName('group'), topics: [topic] })
    const all = await readUntil(
      subscription,
      batches => batches.flatMap(({ records }) => records).length === 200,
    )
    const found = all.flatMap(({ records }) =>
      records.map(({ value }) => Number(Buffer.from(value).toString().split(' ')[0])),
    )
    assert.deepEqual(sorted(found), numbers(0, 200))
  })
})
