// A broker of the test's own goes away, freezes and comes back.

import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLog, Subscription } from '#ports/event-log.ts'
import { needsOwnBroker, startBroker } from '../../support/broker.ts'
import { uniqueName } from '../../support/kafka.ts'
import { eventually, loud, openLog, POLL, rangeOf, records, valuesOf } from './kit.ts'

/** Appends without pause, one record a call, and keeps what became of each. */
function appendOn(log: EventLog, topic: string) {
  const acknowledged = new Set<number>()
  const refused: { readonly code: string; readonly tookMs: number }[] = []
  let stopped = false
  let next = 0
  async function run(): Promise<void> {
    while (!stopped) {
      const mine = next++
      const began = performance.now()
      await log.append(topic, records(mine, mine + 1)).then(
        () => acknowledged.add(mine),
        error => refused.push({ code: error.code, tookMs: performance.now() - began }),
      )
      await sleep(10)
    }
  }
  const running = Promise.all([run(), run(), run()])
  return {
    acknowledged,
    refused,
    async stop() {
      stopped = true
      await running
    },
  }
}

/** Reads and commits without pause, through whatever comes. */
async function readOn(log: EventLog, topic: string, read: Set<number>, stopped: () => boolean) {
  const group = uniqueName('group')
  let subscription: Subscription | undefined
  while (!stopped()) {
    try {
      subscription ??= await log.subscribe({ group, topics: [topic] })
      const batches = await subscription.poll(POLL)
      for (const value of valuesOf(batches)) read.add(value)
      await subscription.commit(batches.map(rangeOf))
    } catch {
      await sleep(200)
    }
  }
}

/** Does something bad while records are appended and read: what was acknowledged must be read. */
async function fault(t: TestContext, log: EventLog, during: () => Promise<void>) {
  const topic = uniqueName('outage')
  const read = new Set<number>()
  let stopped = false
  await log.append(topic, records(1_000_000, 1_000_001))
  const reading = readOn(log, topic, read, () => stopped)
  const appending = appendOn(log, topic)
  t.after(async () => {
    stopped = true
    await appending.stop()
  })
  await eventually('reading goes well', () => read.size > 20)
  await during()
  const ago = appending.acknowledged.size
  await eventually('appends are taken again', () => appending.acknowledged.size > ago + 20, 60_000)
  await appending.stop()
  await eventually(
    'all that was acknowledged is read',
    () => [...appending.acknowledged].every(n => read.has(n)),
    60_000,
  )
  stopped = true
  await reading
  return appending
}

describe('with a broker of its own', { ...needsOwnBroker(), timeout: 240_000 }, () => {
  test('the log loses nothing when the broker is killed or frozen, says so once, and recovers by itself', async t => {
    const broker = await startBroker(t)
    let fatal = 0
    const { log, lines } = await openLog(t, { brokers: broker.brokers, onFatal: () => fatal++ })

    const killed = await fault(t, log, async () => {
      await broker.kill()
      await sleep(3_000)
      const health = await log.health()
      assert.equal(health.ok, false)
      await broker.start()
    })
    assert.ok(killed.refused.length > 0)
    for (const { code, tookMs } of killed.refused) {
      assert.equal(code, 'log_unavailable')
      assert.ok(tookMs < 5_500, `refused after ${tookMs} ms`)
    }
    assert.ok(loud(lines).length <= 3, `few words: ${loud(lines).join('; ')}`)
    assert.equal(
      loud(lines).length,
      lines.filter(({ msg }) => String(msg).endsWith(' again')).length,
      'what began is said to be over',
    )

    const said = lines.length
    const frozen = await fault(t, log, async () => {
      const pid = await broker.pid()
      process.kill(pid, 'SIGSTOP')
      try {
        await sleep(12_000)
      } finally {
        process.kill(pid, 'SIGCONT')
      }
    })
    assert.ok(frozen.refused.length > 0)
    for (const { code, tookMs } of frozen.refused) {
      assert.equal(code, 'log_unavailable')
      assert.ok(tookMs < 8_000, `refused after ${tookMs} ms`)
    }
    assert.ok(loud(lines.slice(said)).length <= 4, `few words: ${loud(lines.slice(said)).join('; ')}`)
    assert.equal(fatal, 0)

    // Closing does not wait for a broker that is not there.
    const late = await log.subscribe({ group: uniqueName('group'), topics: [uniqueName('late')] })
    await broker.kill()
    await sleep(500)
    const began = performance.now()
    await Promise.all([late.close(), log.close()])
    assert.ok(performance.now() - began < 30_000, 'closing comes to an end')
    await assert.rejects(openLog(t, { brokers: broker.brokers }), {
      code: 'log_unavailable',
      retryable: true,
    })
  })
})
