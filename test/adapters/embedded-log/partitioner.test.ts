import assert from 'node:assert/strict'
import { it } from 'node:test'
import { partitionOf } from '#adapters/embedded-log/partitioner.ts'

it('never changes: these keys have always been there', () => {
  const keys = ['a', 'b', 'r:openai:chatcmpl-1', '0190a5d0-7d3c-7b1a-8000-000000000000', 'clé', '鍵', '']
  assert.deepEqual(
    keys.map(key => partitionOf(key, 1_000)),
    [715, 274, 110, 766, 276, 589, 923],
  )
})

it('spreads keys that differ little evenly', () => {
  for (const partitions of [2, 3, 4, 8]) {
    const counts = new Array<number>(partitions).fill(0)
    for (let i = 0; i < 8_000; i++) {
      const partition = partitionOf(`r:openai:chatcmpl-${i}`, partitions)
      counts[partition] = (counts[partition] ?? 0) + 1
    }
    for (const count of counts) assert.ok(Math.abs(count - 8_000 / partitions) < 400, `${counts}`)
  }
})
