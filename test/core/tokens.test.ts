import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inputTotal, noTokens, OUTPUT_BUCKETS, outputTotal, TOKEN_BUCKETS } from '#core/tokens.ts'

test('each bucket counts once, as input or as output', () => {
  for (const bucket of TOKEN_BUCKETS) {
    const tokens = { ...noTokens(), [bucket]: 7 }
    const isOutput = (OUTPUT_BUCKETS as readonly string[]).includes(bucket)
    assert.deepEqual([inputTotal(tokens), outputTotal(tokens)], isOutput ? [0, 7] : [7, 0], bucket)
  }
})
