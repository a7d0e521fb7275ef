import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger } from '#platform/log.ts'
import { createOutage } from '#platform/outage.ts'
import { collectLines } from './http-fixture.ts'

test('an outage is said once when it begins and once when it is over, in the words of who has it', () => {
  const stream = collectLines()
  const log = createLogger({ level: 'info', format: 'json', service: 'test', stream })
  let now = 1_000
  const outage = createOutage({ began: 'it is gone', over: 'it is back' }, log, { now: () => now })
  outage.over()
  for (let i = 0; i < 3; i++) outage.began(new Error('refused'))
  now += 61_000
  for (let i = 0; i < 3; i++) outage.over()
  outage.began(new Error('refused again'))
  assert.deepEqual(
    stream.lines.map(({ level, msg, seconds }) => [level, msg, seconds]),
    [
      ['warn', 'it is gone', undefined],
      ['info', 'it is back', 61],
      ['warn', 'it is gone', undefined],
    ],
  )
})
