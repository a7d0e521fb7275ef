import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeMetadataResponse, encodeMetadataRequest } from '#adapters/kafka/metadata-wire.ts'

const hex = (...parts: string[]): Buffer => Buffer.from(parts.join('').replaceAll(' ', ''), 'hex')

// Written by hand from https://kafka.apache.org/protocol#The_Messages_Metadata, version 10.
const ANSWER = hex(
  '00', // tags of the header
  '00000000', // throttle time
  '02', // one broker
  '00000001 0a 3132372e302e302e31 00002384 00 00', // 1, "127.0.0.1", 9092, no rack, no tags
  '07 636c7573 7421', // "clust!"
  '00000001', // controller
  '03', // two topics
  '0000 07 6576656e7473 00112233445566778899aabbccddeeff 00', // no error, "events", id, not internal
  '03', // two partitions
  '0000 00000000 00000001 00000005 02 00000001 02 00000001 01 00', // 0: leader 1, one replica, in sync, none offline
  '0005 00000001 ffffffff 00000005 02 00000001 01 02 00000001 00', // 1: without a leader
  '80000000 00', // rights not asked for, no tags
  '0003 04 676f6e', // unknown topic, "gon"
  '00000000000000000000000000000000 00 01 80000000 00',
  '80000000 01 07 02 abcd', // rights of the cluster, one tag that nobody knows
)

describe('the Metadata request of version 10', () => {
  test('is written byte by byte as the protocol says', () => {
    assert.equal(
      encodeMetadataRequest(['ab', 'ü']).toString('hex'),
      [
        '00', // tags of the header
        '03', // two topics
        `${'00'.repeat(16)}03616200`, // any id, "ab", no tags
        `${'00'.repeat(16)}03c3bc00`, // any id, "ü", no tags
        '000000', // make no topic, no rights
        '00',
      ].join(''),
    )
  })

  test('asks for no topic, not for all, when none is named', () => {
    assert.equal(encodeMetadataRequest([]).toString('hex'), '000100000000')
  })

  test('writes the lengths of long names and long lists in several bytes', () => {
    const name = 'x'.repeat(249)
    const bytes = encodeMetadataRequest(Array.from({ length: 300 }, () => name))
    assert.deepEqual([...bytes.subarray(0, 3)], [0, 0xad, 0x02])
    assert.deepEqual([...bytes.subarray(19, 21)], [0xfa, 0x01])
  })

  test('the answer gives ids, partitions and errors', () => {
    assert.deepEqual(decodeMetadataResponse(ANSWER), {
      clusterId: 'clust!',
      brokers: 1,
      topics: [
        {
          name: 'events',
          errorCode: 0,
          id: '00112233445566778899aabbccddeeff',
          partitions: [
            { partition: 0, leader: 1 },
            { partition: 1, leader: -1 },
          ],
        },
        { name: 'gon', errorCode: 3, id: '0'.repeat(32), partitions: [] },
      ],
    })
  })

  test('an answer that ends too early is an error, wherever it ends', () => {
    const behindTopics = hex('80000000 01 07 02 abcd').length
    for (let length = 0; length < ANSWER.length - behindTopics; length++) {
      assert.throws(() => decodeMetadataResponse(ANSWER.subarray(0, length)), RangeError, `${length} bytes`)
    }
  })

  test('no bytes make it hang or throw anything but a RangeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, behindGood) => {
        const bytes = behindGood ? Buffer.concat([ANSWER.subarray(0, 30), noise]) : Buffer.from(noise)
        const began = performance.now()
        try {
          decodeMetadataResponse(bytes)
        } catch (error) {
          assert.ok(error instanceof RangeError)
        }
        assert.ok(performance.now() - began < 2_000)
      }),
      { numRuns: 3_000 },
    )
  })

  test('a count beyond the bytes that are there costs nothing', () => {
    assert.throws(() => decodeMetadataResponse(hex('00 00000000 ffffffff0f')), RangeError)
    assert.throws(() => decodeMetadataResponse(hex('00 00000000', 'ff'.repeat(2_000))), RangeError)
  })
})
