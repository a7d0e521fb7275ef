import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { packBlocks, recordBytes, recordsOf } from '#adapters/embedded-log/block.ts'

const records = fc.array(
  fc.record({
    key: fc.string({ minLength: 1, unit: 'grapheme' }),
    value: fc.oneof(
      fc.uint8Array({ maxLength: 50 }),
      fc.integer({ min: 0, max: 70_000 }).map(size => new Uint8Array(size)),
    ),
  }),
  { maxLength: 30 },
)

it('gives records back as they were packed, from any offset', () => {
  fc.assert(
    fc.property(records, fc.nat({ max: 2 ** 50 }), fc.nat({ max: 35 }), (packed, first, skipped) => {
      const blocks = packBlocks(packed, first, 7)
      assert.equal(
        blocks.reduce((sum, { count }) => sum + count, 0),
        packed.length,
      )
      assert.equal(
        blocks.reduce((sum, { data }) => sum + data.length, 0),
        packed.reduce((sum, one) => sum + recordBytes(one), 0),
      )
      const from = first + skipped
      const unpacked = blocks.flatMap(block => [...recordsOf(block, from)])
      assert.deepEqual(
        unpacked.map(({ offset, key, value, timestamp }) => ({
          offset,
          key,
          timestamp,
          value: Uint8Array.from(value),
        })),
        packed
          .map((one, i) => ({ offset: first + i, timestamp: 7, ...one }))
          .filter(({ offset }) => offset >= from),
      )
    }),
    { numRuns: 200 },
  )
})

it('fills pages: blocks of many small records are nearly 32 KiB', () => {
  const blocks = packBlocks(
    Array.from({ length: 1_000 }, (_, i) => ({ key: `${i}`, value: Buffer.alloc(500) })),
    0,
    0,
  )
  for (const { data } of blocks.slice(0, -1)) assert.ok(data.length <= 32 * 1024 - 16 && data.length > 32_000)
})
