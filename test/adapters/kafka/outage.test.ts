import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createOutage } from '#adapters/kafka/outage.ts'
import { recordedLog } from './kit.ts'

test('an outage is said once when it begins and once when it is over, with how long it took', () => {
  const { log, lines } = recordedLog()
  let now = 1_000
  const outage = createOutage('take appends', log, { now: () => now })
  outage.over()
  assert.deepEqual(lines, [])
  for (let i = 0; i < 3; i++) outage.began(new Error('refused'))
  now += 61_000
  for (let i = 0; i < 3; i++) outage.over()
  outage.began(new Error('refused again'))
  assert.deepEqual(
    lines.map(({ level, msg }) => [level, msg]),
    [
      ['warn', 'Kafka does not take appends; trying again until it does'],
      ['info', 'Kafka does take appends again'],
      ['warn', 'Kafka does not take appends; trying again until it does'],
    ],
  )
  assert.equal(lines[1]?.['seconds'], 61)
})
