// The collector on its own port: what a stop does with a request that is under way, and what readiness hangs on.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createUsageEventCodec } from '#platform/avro/codec.ts'
import { loadSchemaStore } from '#platform/avro/schema-store.ts'
import type { CheckResult } from '#platform/http-health.ts'
import { systemClock } from '#ports/clock.ts'
import { createCollector } from '../../services/collector/app.ts'
import { eventually } from '../support/ledger-process.ts'
import { silentLog, testRegistry } from '../support/silent.ts'

const EVENT =
  '{"provider":"openai","request_model":"gpt-5.4","usage":{"prompt_tokens":1200,"completion_tokens":90}}'

test('a stop waits for the request whose events are being appended', async t => {
  let release: () => void = () => undefined
  const appending = new Promise<void>(resolve => {
    release = resolve
  })
  let asked: () => void = () => undefined
  const underWay = new Promise<void>(resolve => {
    asked = resolve
  })
  let check: CheckResult = { ok: true }
  const collector = createCollector({
    host: '127.0.0.1',
    port: 0,
    keys: undefined,
    eventLog: {
      append: () => {
        asked()
        return appending
      },
    },
    check: async () => check,
    codec: createUsageEventCodec(loadSchemaStore()),
    topic: 'usage',
    deadLetterTopic: 'dead',
    retentionDays: 400,
    clock: systemClock,
    log: silentLog(),
    registry: testRegistry(),
  })
  await collector.start()
  t.after(() => release())
  assert.equal((await fetch(`${collector.url()}/readyz`)).status, 200)
  check = { ok: false, reason: 'no broker answers' }
  await eventually(
    'the reason',
    async () => (await fetch(`${collector.url()}/readyz`)).text(),
    text => text.includes('no broker answers'),
  )

  const answer = fetch(`${collector.url()}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: EVENT,
  })
  await underWay
  const stopped = collector.stop()
  release()
  assert.equal((await answer).status, 202)
  await stopped
  await assert.rejects(fetch(`${collector.url()}/healthz`))
})
