import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from '#platform/log.ts'
import { createAlerter } from '../../services/alerter/app.ts'
import { collectLines } from '../platform/http-fixture.ts'
import { eventually } from '../support/ledger-process.ts'
import { testRegistry } from '../support/silent.ts'

test('an alerter takes its place and says that it sends nothing', async t => {
  const stream = collectLines()
  const registry = testRegistry()
  let leads = false
  let closed = false
  const leadership = {
    isLeader: () => leads,
    close: async () => {
      closed = true
    },
  }
  const log = createLogger({ level: 'info', format: 'json', service: 'test', stream })
  const alerter = createAlerter({ leadership, log, registry })
  await alerter.start()
  t.after(() => alerter.stop())
  assert.deepEqual(
    stream.lines.map(line => line['msg']),
    ['this version evaluates no rules and sends nothing'],
  )
  leads = true
  await eventually(
    'the gauge says that it leads',
    () => registry.metrics(),
    text => /^spendledger_leader\{job="alerter"\S* 1$/m.test(text),
  )
  await alerter.stop()
  assert.ok(closed)
})
