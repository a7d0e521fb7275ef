import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Clock } from '#ports/clock.ts'
import { createDemo, runDemo } from '../../../services/embedded/demo/app.ts'
import type { DemoEvent } from '../../../services/embedded/demo/call.ts'
import { demoLive } from '../../../services/embedded/demo/live.ts'
import { silentLog } from '../../support/silent.ts'

const NOW = Date.parse('2026-11-24T11:40:00Z')

/** A clock that goes on by a second with every pause. */
function steppingClock(): Clock & { step: () => Promise<void> } {
  let now = NOW
  return {
    now: () => now,
    step: async () => {
      now += 1_000
    },
  }
}

test('live traffic is a few events a second, each with an id of its own, and goes on with the history', async () => {
  const clock = steppingClock()
  const abort = new AbortController()
  const events: DemoEvent[] = []
  for await (const some of demoLive({ clock, since: NOW, signal: abort.signal, pause: clock.step })) {
    events.push(...some)
    if (clock.now() >= NOW + 600_000) abort.abort()
  }
  assert.ok(events.length > 600 && events.length < 1_800, String(events.length))
  assert.equal(new Set(events.map(event => event.event_id)).size, events.length)
  assert.ok(events.every(event => Math.abs(Date.parse(event.occurred_at) - NOW) <= 602_000))
  const ofHistory = events.filter(event => event.event_id.startsWith('demo:2026-11-24T11:'))
  assert.ok(ofHistory.length > 5)
})

test('live traffic ends when it is told to', async () => {
  const abort = new AbortController()
  abort.abort()
  const live = demoLive({ clock: { now: () => NOW }, since: NOW, signal: abort.signal })
  assert.deepEqual(await live.next(), { done: true, value: undefined })
})

test('the history is posted in batches of at most 500, once each, and live traffic follows', async () => {
  const abort = new AbortController()
  const ids = new Set<string>()
  let largest = 0
  let sent = 0
  let live = 0
  await runDemo({
    post: async events => {
      largest = Math.max(largest, events.length)
      sent += events.length
      for (const { event_id } of events) ids.add(event_id)
      live += events.filter(event => event.event_id.startsWith('demo:live:')).length
      if (live > 0) abort.abort()
    },
    clock: { now: () => NOW },
    log: silentLog(),
    signal: abort.signal,
  })
  assert.equal(largest, 500)
  assert.equal(ids.size, sent)
  assert.ok(sent - live > 55_000)
})

test('a batch that is not accepted is posted again, unchanged', { timeout: 20_000 }, async () => {
  const abort = new AbortController()
  const posted: string[] = []
  await runDemo({
    post: async events => {
      posted.push(JSON.stringify(events))
      if (posted.length === 1) throw new Error('503')
      abort.abort()
    },
    clock: { now: () => NOW },
    log: silentLog(),
    signal: abort.signal,
  })
  assert.equal(posted.length, 2)
  assert.equal(posted[1], posted[0])
})

test('the demo sends to the collector like every service, and stops in the middle of it', async t => {
  let received = 0
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    assert.equal(`${request.method} ${request.url}`, 'POST /v1/events')
    assert.equal(request.headers['content-type'], 'application/json')
    received += (JSON.parse(Buffer.concat(chunks).toString()) as unknown[]).length
    response.writeHead(202).end(JSON.stringify({ accepted: 500, rejected: [], warnings: [] }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const demo = createDemo({ url: () => url, log: silentLog(), clock: { now: () => NOW } })
  await demo.start()
  while (received < 2_000) await new Promise(resolve => setTimeout(resolve, 10))
  await demo.stop()
  const atStop = received
  await new Promise(resolve => setTimeout(resolve, 50))
  assert.equal(received, atStop)
})
