import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LedgerError } from '#core/errors.ts'
import { type CheckResult, createReadiness } from '#platform/http-health.ts'

/** Readiness of one check that counts its runs and ends when the test says so. */
function fixture() {
  let now = 0
  const ends: ((result: CheckResult) => void)[] = []
  const log = () => new Promise<CheckResult>(resolve => ends.push(resolve))
  return { ends, readiness: createReadiness({ log }, () => now), advance: (ms: number) => (now += ms) }
}

test('who asks at the same time shares one run, and its result serves for a second', async () => {
  const { ends, readiness, advance } = fixture()
  const [first, second] = [readiness(), readiness()]
  advance(1_500)
  const third = readiness()
  assert.equal(ends.length, 1)
  ends[0]?.({ ok: true })
  for (const asked of [first, second, third]) assert.equal((await asked).ok, true)

  advance(999)
  assert.equal((await readiness()).ok, true)
  assert.equal(ends.length, 1)
  advance(1)
  const later = readiness()
  assert.equal(ends.length, 2)
  ends[1]?.({ ok: false, reason: 'full' })
  assert.deepEqual(await later, { ok: false, checks: { log: { ok: false, reason: 'full' } } })
})

test('a reason names no account and no password, however it came', async () => {
  const denied = new LedgerError('warehouse_denied', 'alice: Authentication failed: password is incorrect')
  const readiness = createReadiness({
    told: async () => ({ ok: false, reason: denied.message }),
    thrown: async () => {
      throw denied
    },
    address: async () => ({ ok: false, reason: 'connect http://alice:hunter2@db:8123 failed' }),
    other: async () => {
      throw new Error('no route to http://alice:hunter2@db:8123')
    },
  })
  const shown = JSON.stringify(await readiness())
  assert.doesNotMatch(shown, /alice|hunter2/)
  assert.match(shown, /The warehouse refuses this user/)
  assert.match(shown, /db:8123/)
})
