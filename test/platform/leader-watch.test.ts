import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALONE, watchLeadership } from '#platform/leader-watch.ts'
import { createLogger } from '#platform/log.ts'
import { testRegistry } from '../support/silent.ts'
import { collectLines } from './http-fixture.ts'

test('beginning and ceasing to lead are a line each, a gauge, and a call', async () => {
  const stream = collectLines()
  const log = createLogger({ level: 'info', format: 'json', service: 'test', stream })
  const registry = testRegistry()
  let leads = false
  let began = 0
  const leadership = { isLeader: () => leads, close: async () => undefined }
  const watch = watchLeadership(leadership, { job: 'aggregator', log, registry, onLead: () => began++ })
  const gauge = async () => Number(/^spendledger_leader\S* (\d)/m.exec(await registry.metrics())?.[1])

  assert.equal(watch.isLeader(), false)
  assert.equal(await gauge(), 0)
  for (const now of [true, true, false, false, true]) {
    leads = now
    assert.equal(watch.isLeader(), now)
    assert.equal(await gauge(), now ? 1 : 0)
  }
  assert.equal(began, 2)
  assert.deepEqual(
    stream.lines.map(line => line['msg']),
    ['leads from now on', 'leads no longer', 'leads from now on'],
  )
})

test('who is alone leads without a word', () => {
  const stream = collectLines()
  const log = createLogger({ level: 'info', format: 'json', service: 'test', stream })
  assert.ok(watchLeadership(ALONE, { job: 'aggregator', log, registry: testRegistry() }).isLeader())
  assert.deepEqual(stream.lines, [])
})
