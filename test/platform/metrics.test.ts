import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Counter, register } from 'prom-client'
import { createMetrics } from '#platform/metrics.ts'

test('every metric is named spendledger_* and labelled with its service', async () => {
  const registry = createMetrics({ service: 'collector' })
  const counter = new Counter({ name: 'spendledger_events_total', help: 'Events', registers: [registry] })
  counter.inc(3)
  const text = await registry.metrics()
  assert.match(text, /^spendledger_events_total\{service="collector"\} 3$/m)
  assert.match(text, /^spendledger_process_resident_memory_bytes\{/m)
  const names = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  assert.deepEqual(
    names.filter(line => !line.startsWith('spendledger_')),
    [],
  )
})

test('two registries in one process do not share metrics, and the global one stays empty', async () => {
  for (const service of ['a', 'b']) {
    const registry = createMetrics({ service })
    new Counter({ name: 'spendledger_same_total', help: 'The same name', registers: [registry] }).inc()
    assert.match(await registry.metrics(), new RegExp(`spendledger_same_total\\{service="${service}"\\} 1`))
  }
  assert.equal(await register.metrics(), '\n')
})
