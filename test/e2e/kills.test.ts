// The crash test in small: every named point once, and one random kill. `npm run faults -- kills` is the whole of it.

import assert from 'node:assert/strict'
import { it } from 'node:test'
import { kills } from '../faults/kills.ts'

it('nothing acknowledged is lost or doubled when the ledger is killed at each named point', {
  timeout: 180_000,
}, async t => {
  const figures = await kills.run({ seed: 1, scale: 0.1, say: line => t.diagnostic(line) })
  assert.equal(figures['kills'], 5)
  assert.ok(Number(figures['acknowledged']) > 100)
})
