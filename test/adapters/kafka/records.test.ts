import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { KafkaMessage } from 'kafkajs'
import { recordOf } from '#adapters/kafka/records.ts'

const NOW = Date.UTC(2026, 5, 1)
const HOUR = 3_600_000

const message = (fields: object): KafkaMessage =>
  ({
    key: Buffer.from('key'),
    value: Buffer.from('value'),
    timestamp: String(NOW - HOUR),
    attributes: 0,
    offset: '7',
    ...fields,
  }) as KafkaMessage

describe('a message as a record', () => {
  test('keeps offset, key, value and a time that can be', () => {
    assert.deepEqual(recordOf(message({}), NOW), {
      offset: 7,
      key: 'key',
      value: Buffer.from('value'),
      timestamp: NOW - HOUR,
      takenBefore: NOW,
    })
  })

  test('gets the time of its fetch where the producer told none, one from before 2020, or one still to come', () => {
    for (const timestamp of ['-1', '0', String(Date.UTC(2019, 11, 31)), String(NOW + HOUR), 'soon']) {
      const { timestamp: time, takenBefore, guessed } = recordOf(message({ timestamp }), NOW)
      assert.deepEqual([time, takenBefore, guessed], [NOW, NOW, true], timestamp)
    }
  })

  test('keeps the time of a broker that stamped it, whatever our clock says', () => {
    const stamped = message({ timestamp: String(NOW + HOUR), batchContext: { timestampType: 1 } })
    const { timestamp, takenBefore, guessed } = recordOf(stamped, NOW)
    assert.deepEqual([timestamp, takenBefore, guessed], [NOW + HOUR, undefined, undefined])
    const told = message({ timestamp: String(NOW + HOUR), batchContext: { timestampType: 0 } })
    assert.equal(recordOf(told, NOW).timestamp, NOW)
  })

  test('has an empty key or value where there is none', () => {
    const { key, value } = recordOf(message({ key: null, value: null }), NOW)
    assert.equal(key, '')
    assert.equal(value.byteLength, 0)
  })
})
